"""Which mailboxes LIST and LSUB tell of, and with which attributes (RFC 3501, RFC 5258)."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from attrs import define, field, frozen

from mailsuite.imap.patterns import Pattern
from mailsuite.imap.ports import Manner, Session
from mailsuite.imap.tables import StatusItem
from mailsuite.imap.writing import parenthesised
from mailsuite.store.mailboxes import MailboxRow


@define
class Entry:
    """One name: a mailbox, a level above one, or a subscription that outlived its mailbox."""

    name: str
    row: MailboxRow | None = None
    subscribed: bool = False
    has_children: bool = False  # among mailboxes
    selected_below: bool = False  # a descendant is selected and is not told of by itself


@frozen
class Wanted:
    """What a LIST asks for."""

    patterns: tuple[Pattern, ...]
    selections: tuple[Callable[[Entry], bool], ...] = ()
    recursive: bool = False
    subscribed: bool = False  # tell of subscriptions, and of those without a mailbox
    extended: bool = False

    def matches(self, name: str) -> bool:
        """Say whether one of the patterns means the name."""
        return any(pattern.matches(name) for pattern in self.patterns)

    def selects(self, entry: Entry) -> bool:
        """Say whether the entry passes every selection option; without any: it is a mailbox."""
        if not self.selections:
            return entry.row is not None
        return all(selects(entry) for selects in self.selections)


@frozen
class Told:
    """One LIST response."""

    entry: Entry
    attributes: tuple[bytes, ...]
    childinfo: tuple[bytes, ...] = field(default=())
    selected: bool = True  # False: told of only for what stands below it

    def line(self, name: bytes, word: bytes = b"LIST") -> bytes:
        """Return it without `* ` and CRLF; the name as the client reads it."""
        line = b'%b %b "/" %b' % (word, parenthesised(self.attributes), name)
        if self.childinfo:
            line += b' ("CHILDINFO" %b)' % parenthesised(b'"%b"' % name for name in self.childinfo)
        return line


def entries(rows: Iterable[MailboxRow], subscriptions: Iterable[str]) -> dict[str, Entry]:
    """Return every name there is, levels above included, in order."""
    found: dict[str, Entry] = {}
    for row in rows:
        found[row.name] = Entry(row.name, row)
    for name in subscriptions:
        found.setdefault(name, Entry(name)).subscribed = True
    for entry in list(found.values()):
        for above in _above(entry.name):
            upper = found.setdefault(above, Entry(above))
            upper.has_children |= entry.row is not None
    return dict(sorted(found.items(), key=lambda item: (item[0] != "INBOX", item[0])))


def _above(name: str) -> Iterator[str]:
    at = name.rfind("/")
    while at > 0:
        yield name[:at]
        at = name.rfind("/", 0, at)


def tell(found: dict[str, Entry], wanted: Wanted, childinfo: tuple[bytes, ...]) -> list[Told]:
    """Return the LIST responses in order of names."""
    matching = {name for name in found if wanted.matches(name)}
    for entry in found.values():
        if wanted.selects(entry) and entry.name not in matching:
            for above in _above(entry.name):
                found[above].selected_below = True
    told = []
    for name, entry in found.items():
        if name not in matching:
            continue
        below = wanted.recursive and entry.selected_below
        # A level that is no mailbox is told of where something below it would stay unknown
        # (RFC 5258 §5, example 11); a selection asks for what it selects and no more.
        missing = entry.row is None and entry.selected_below and not wanted.selections
        selected = wanted.selects(entry)
        if selected or below or missing:
            info = childinfo if below else ()
            told.append(Told(entry, attributes(entry, wanted), info, selected))
    return told


def attributes(entry: Entry, wanted: Wanted) -> tuple[bytes, ...]:
    r"""Return an entry's attributes: special use and children always (many never ask)."""
    names = []
    if entry.row is None:
        # RFC 3501 knows no word for a level without a mailbox but this.
        names.append(b"\\NonExistent" if wanted.extended else b"\\Noselect")
    if wanted.subscribed and entry.subscribed:
        names.append(b"\\Subscribed")
    names.append(b"\\HasChildren" if entry.has_children else b"\\HasNoChildren")
    if entry.row is not None and entry.row.special_use:
        names.append(entry.row.special_use.encode("ascii"))
    return tuple(names)


def tell_normalized(session: Session, given: str, name: str, *attributes: bytes) -> None:
    """Tell a client that a name became another one, in NFC (RFC 9051 §6.3.9.7, OLDNAME)."""
    if given != name and Manner.REV2 in session.manner:
        spelled = (parenthesised(attributes), session.spelled(name), session.spelled(given))
        session.untagged(b'LIST %b "/" %b ("OLDNAME" (%b))' % spelled)


def status_line(name: bytes, row: MailboxRow, items: Sequence[StatusItem]) -> bytes:
    """Return a STATUS response without `* ` and CRLF; the name as the client reads it."""
    values = ((item.name, item.number(row)) for item in items)
    told = parenthesised(
        b"%b %b" % (name, value if isinstance(value, bytes) else b"%d" % value)
        for name, value in values
    )
    return b"STATUS %b %b" % (name, told)
