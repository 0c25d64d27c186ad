"""What a NOTIFY asks for (RFC 5465 §8): its grammar, and what it says of a mailbox."""

from enum import Enum, auto

from attrs import define, field, frozen

from mailsuite.imap.answers import Bad
from mailsuite.imap.elements import MAILBOX, list_of
from mailsuite.imap.fetch.asked import Asked, read_items
from mailsuite.imap.grammar import Cursor

LARGEST_GROUPS = 100
LARGEST_NAMES = 1_000  # of mailboxes, in all groups together


class Event(Enum):
    """What can be told of (RFC 5465 §5); the order is that of BADEVENT's answer."""

    MESSAGE_NEW = "MessageNew"
    MESSAGE_EXPUNGE = "MessageExpunge"
    FLAG_CHANGE = "FlagChange"
    MAILBOX_NAME = "MailboxName"
    SUBSCRIPTION_CHANGE = "SubscriptionChange"
    MAILBOX_METADATA = "MailboxMetadataChange"
    SERVER_METADATA = "ServerMetadataChange"


MESSAGES = frozenset({Event.MESSAGE_NEW, Event.MESSAGE_EXPUNGE, Event.FLAG_CHANGE})
BOTH = frozenset({Event.MESSAGE_NEW, Event.MESSAGE_EXPUNGE})  # never one without the other
BY_NAME = {event.value.upper().encode("ascii"): event for event in Event}
BADEVENT = b"BADEVENT (%b)" % " ".join(event.value for event in Event).encode("ascii")


class Filter(Enum):
    """Which mailboxes are meant (RFC 5465 §6)."""

    SELECTED = auto()
    SELECTED_DELAYED = auto()
    # Sieve may file into any of one's own mailboxes: no set is easily computed (§6.3).
    INBOXES = auto()
    PERSONAL = auto()
    SUBSCRIBED = auto()
    SUBTREE = auto()
    MAILBOXES = auto()


FILTERS = {one.name.replace("_", "-").encode("ascii"): one for one in Filter}
NAMING = (Filter.SUBTREE, Filter.MAILBOXES)
OF_SELECTED = (Filter.SELECTED, Filter.SELECTED_DELAYED)
_NAMES = list_of(MAILBOX)


@frozen
class Place:
    """A mailbox, as the filters see it."""

    name: str
    own: bool  # in the personal namespace
    subscribed: bool


@frozen
class Group:
    """One event-group: some mailboxes, and what to tell of them.

    Attributes:
        items: of new messages; what FETCH asks for.
        unsupported: an event is asked for that nobody here can tell of.
    """

    filter: Filter
    names: tuple[str, ...]
    events: frozenset[Event]
    items: Asked | None = None
    unsupported: bool = False

    def means(self, place: Place) -> bool:
        """Say whether a mailbox that is not selected is one of the group's."""
        match self.filter:
            case Filter.PERSONAL | Filter.INBOXES:
                return place.own
            case Filter.SUBSCRIBED:
                return place.subscribed
            case Filter.MAILBOXES:
                return place.name in self.names
            case Filter.SUBTREE:
                return any(
                    place.name == name or place.name.startswith(name + "/") for name in self.names
                )
        return False


@frozen
class Request:
    """A NOTIFY SET; without groups it is NOTIFY NONE."""

    groups: tuple[Group, ...] = ()
    status: bool = False

    @property
    def unsupported(self) -> bool:
        """Whether an event is asked for that nobody here can tell of."""
        return any(group.unsupported for group in self.groups)

    @property
    def selected(self) -> Group | None:
        """What to tell of the selected mailbox's messages."""
        return next((group for group in self.groups if group.filter in OF_SELECTED), None)

    def events(self, place: Place) -> frozenset[Event]:
        """Return what to tell of a mailbox that is not selected."""
        asked: frozenset[Event] = frozenset()
        for group in self.groups:
            if group.means(place):
                asked |= group.events
        return asked

    def asks(self, *events: Event) -> bool:
        """Say whether one of the events is asked for, of whichever mailbox but the selected."""
        return any(
            event in group.events
            for group in self.groups
            for event in events
            if group.filter not in OF_SELECTED
        )


def read_request(cursor: Cursor) -> Request:
    """Read what follows `NOTIFY `.

    Raises:
        Bad: the grammar, or a rule about which events stand together, is broken.
    """
    word = cursor.word()
    if word == b"NONE":
        return Request()
    if word != b"SET":
        raise Bad("Expected SET or NONE")
    cursor.space()
    status = not cursor.sees(b"(")
    if status:
        if cursor.word() != b"STATUS":
            raise Bad("Expected STATUS or an event group")
        cursor.space()
    groups = [_group(cursor)]
    while cursor.skip(b" "):
        groups.append(_group(cursor))
    if len(groups) > LARGEST_GROUPS or sum(len(group.names) for group in groups) > LARGEST_NAMES:
        raise Bad("Too many groups or mailboxes")
    if sum(group.filter in OF_SELECTED for group in groups) > 1:
        raise Bad("SELECTED twice (RFC 5465, section 6.1)")
    return Request(tuple(groups), status)


def _group(cursor: Cursor) -> Group:
    cursor.enter()
    kind = FILTERS.get(cursor.word())
    if kind is None:
        raise Bad("Unknown mailbox filter")
    cursor.space()
    names: list[str] = []
    if kind in NAMING:
        names = _NAMES.parse(cursor) if cursor.sees(b"(") else [MAILBOX.parse(cursor)]
        cursor.space()
    asked = _events(cursor)
    if not cursor.leave():
        raise Bad("Expected )")
    group = Group(kind, tuple(names), frozenset(asked.events), asked.items, asked.unsupported)
    _check(group)
    return group


def _check(group: Group) -> None:
    if group.filter in OF_SELECTED:
        if group.events - MESSAGES:
            raise Bad("Of the selected mailbox there are message events only")
    elif group.items is not None:
        raise Bad("Items are for the selected mailbox only")
    if group.events & MESSAGES and not group.events >= BOTH:
        raise Bad("MessageNew and MessageExpunge stand together (RFC 5465, section 5)")


@define
class _Events:
    events: set[Event] = field(factory=set)
    items: Asked | None = None
    unsupported: bool = False


def _events(cursor: Cursor) -> _Events:
    asked = _Events()
    if not cursor.sees(b"("):
        if cursor.word() != b"NONE":
            raise Bad("Expected events or NONE")
        return asked
    cursor.enter()
    while True:
        event = BY_NAME.get(cursor.word())
        if event is None:
            asked.unsupported = True
        else:
            asked.events.add(event)
        if cursor.leave():
            return asked
        cursor.space()
        if event is Event.MESSAGE_NEW and cursor.sees(b"("):
            asked.items = read_items(cursor)
            if cursor.leave():
                return asked
            cursor.space()
