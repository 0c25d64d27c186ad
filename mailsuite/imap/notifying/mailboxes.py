"""Which mailboxes there are, and what became of them: two listings compared (RFC 5465 §5.4, §5.5).

Nothing here waits or writes: `Known` takes in what was read, and gives out lines.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from attrs import define, field, frozen

from mailsuite.imap.notifying.request import MESSAGES, Event, Place, Request
from mailsuite.imap.writing import parenthesised
from mailsuite.store.mailboxes import MailboxRow, superiors
from mailsuite.store.rights import Right

SEEN = Right.LOOKUP | Right.READ  # what every event needs (RFC 5465 §5)
Spelled = Callable[[str], bytes]


@frozen
class Manner:
    """How the client is told.

    Attributes:
        account_id: who it is: their mailboxes are the personal ones.
        spelled: a mailbox name, as this client reads it.
        modseqs: it has enabled CONDSTORE (RFC 7162).
    """

    account_id: int
    spelled: Spelled
    modseqs: Callable[[], bool]


@define(eq=False)
class Known:
    """The mailboxes as the client knows them, by their ids."""

    request: Request
    manner: Manner
    rows: dict[int, MailboxRow] = field(factory=dict)
    subscriptions: frozenset[str] = frozenset()
    _by_name: dict[str, MailboxRow] = field(factory=dict)
    _above: set[str] = field(factory=set)  # names that something stands below

    def place(self, row: MailboxRow) -> Place:
        """Return a mailbox as the filters see it."""
        own = row.account_id == self.manner.account_id
        return Place(row.name, own, row.name in self.subscriptions)

    def events(self, row: MailboxRow) -> frozenset[Event]:
        """Return what is told of a mailbox, its rights regarded."""
        return self.request.events(self.place(row)) if row.rights & SEEN == SEEN else frozenset()

    def watched(self) -> Iterator[int]:
        """Return the ids of the mailboxes whose messages are told of."""
        return (number for number, row in self.rows.items() if self.events(row) & MESSAGES)

    # STATUS.

    def status(self, row: MailboxRow, *, modseq: bool) -> bytes:
        """One STATUS line with all that any event of its messages may have to say."""
        items = [
            b"MESSAGES %d" % row.messages,
            b"UIDNEXT %d" % row.uidnext,
            b"UIDVALIDITY %d" % row.uidvalidity,
            b"UNSEEN %d" % row.unseen,
        ]
        if modseq or self.manner.modseqs():
            items.append(b"HIGHESTMODSEQ %d" % row.modseq)
        return b"* STATUS %b %b\r\n" % (self.manner.spelled(row.name), parenthesised(items))

    def counted(self, row: MailboxRow, *, silent: bool) -> bytes:
        """Take in a mailbox's new counters; return the line about them, if one is due.

        The selected mailbox is `silent`: its view tells of it.
        """
        before = self.rows.get(row.id)
        if before is None:
            return b""
        self.rows[row.id] = row
        return b"" if silent else self._change(before, row)

    def _change(self, before: MailboxRow | None, row: MailboxRow) -> bytes:
        asked = self.events(row)
        if not asked & MESSAGES:
            return b""
        if before is None:
            return self.status(row, modseq=False) if row.messages else b""
        if (row.messages, row.uidnext, row.uidvalidity) != _numbers(before):
            return self.status(row, modseq=False)
        # What a flag did is seen in UNSEEN, or by who enabled CONDSTORE (§5.1).
        flagged = row.unseen != before.unseen
        flagged = flagged or (self.manner.modseqs() and row.modseq != before.modseq)
        return self.status(row, modseq=False) if flagged and Event.FLAG_CHANGE in asked else b""

    # LIST.

    def listed(
        self,
        rows: Iterable[MailboxRow],
        subscriptions: frozenset[str],
        own: frozenset[str] = frozenset(),
        selected: int = 0,
    ) -> list[bytes]:
        """Take in a new listing; return a line for each name that it affects, and for counters.

        Of the names in `own`, which this client has just changed itself, it is not told; nor of
        the messages of the mailbox with the id `selected`, of which its view tells.
        """
        now = {row.id: row for row in rows}
        before, self.rows = self.rows, now
        known, self.subscriptions = self.subscriptions, subscriptions
        self._by_name = {row.name: row for row in now.values()}
        self._above = {above for name in self._by_name for above in superiors(name)}
        affected = _Affected(set(own))
        affected.compare(before, now)
        lines = [self._line(name, affected.old.get(name)) for name in self._named(affected)]
        changed = sorted((known ^ subscriptions) - affected.names - own)
        for name in changed:
            row = self._by_name.get(name)
            place = Place(name, own=True, subscribed=True) if row is None else self.place(row)
            # Whoever is no longer subscribed was until now.
            was = Place(place.name, place.own, subscribed=True)
            if Event.SUBSCRIPTION_CHANGE in self.request.events(was):
                lines.append(self._line(name, None))
        lines += [self._change(before.get(n), row) for n, row in now.items() if n != selected]
        return lines

    def refused(self) -> list[bytes]:
        """LIST lines of mailboxes that are meant, and that may be listed but not read (§3.1)."""
        return [
            b'* LIST (\\NoAccess) "/" %b\r\n' % self.manner.spelled(row.name)
            for row in self.rows.values()
            if row.rights & SEEN == Right.LOOKUP and self.request.events(self.place(row))
        ]

    def _named(self, affected: "_Affected") -> list[str]:
        return [name for name in affected.in_order() if self._wants_names(name)]

    def _wants_names(self, name: str) -> bool:
        row = self._by_name.get(name)
        own = True if row is None else row.account_id == self.manner.account_id
        place = Place(name, own, name in self.subscriptions)
        return Event.MAILBOX_NAME in self.request.events(place)

    def _line(self, name: str, old: str | None) -> bytes:
        row = self._by_name.get(name)
        words = []
        if row is None:
            words.append(b"\\NonExistent")
        elif row.rights & SEEN != SEEN:
            words.append(b"\\NoAccess")
        if name in self.subscriptions:
            words.append(b"\\Subscribed")
        words.append(b"\\HasChildren" if name in self._above else b"\\HasNoChildren")
        if row is not None and row.special_use:
            words.append(row.special_use.encode("ascii"))
        spelled = self.manner.spelled
        line = b'* LIST %b "/" %b' % (parenthesised(words), spelled(name))
        if old is not None:
            line += b' ("OLDNAME" (%b))' % spelled(old)
        return line + b"\r\n"


@define
class _Affected:
    """Names that were created, deleted or renamed, and their parents (§5.4)."""

    own: set[str]
    names: set[str] = field(factory=set)
    parents: set[str] = field(factory=set)
    old: dict[str, str] = field(factory=dict)  # new name to old

    def compare(self, before: dict[int, MailboxRow], now: dict[int, MailboxRow]) -> None:
        """Find them in two listings."""
        renamed = {
            before[number].name: row.name
            for number, row in now.items()
            if number in before and before[number].name != row.name
        }
        for old, new in renamed.items():
            self.names.update((old, new))
            if new not in self.own and not _moved_with_parent(old, new, renamed):
                self.old[new] = old
        for number in before.keys() ^ now.keys():
            name = (now.get(number) or before[number]).name
            self.names.add(name)
            if name not in self.own:
                self.parents.update((name, name.rpartition("/")[0]))
        for number in before.keys() & now.keys():
            # A right that came or went is a mailbox that came or went (§5.9).
            if (before[number].rights ^ now[number].rights) & SEEN:
                self.names.add(now[number].name)
                self.parents.add(now[number].name)

    def in_order(self) -> Sequence[str]:
        """Every name that is told of, once."""
        return sorted((self.parents | set(self.old)) - {""})


def _moved_with_parent(old: str, new: str, renamed: dict[str, str]) -> bool:
    """Whether a mailbox has its new name because one above it has: no event of its own."""
    above, _, leaf = old.rpartition("/")
    while above:
        moved = renamed.get(above)
        if moved is not None and new == f"{moved}/{leaf}":
            return True
        above, _, upper = above.rpartition("/")
        leaf = f"{upper}/{leaf}"
    return False


def _numbers(row: MailboxRow) -> tuple[int, int, int]:
    return row.messages, row.uidnext, row.uidvalidity
