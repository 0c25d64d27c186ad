"""METADATA (RFC 5464): values that clients note on a mailbox or on the server."""

import re
from collections.abc import Iterable, Mapping

from attrs import frozen

from mailsuite.errors import OverQuota, TooMany
from mailsuite.imap.elements import list_of, parsed_by, read_mailbox
from mailsuite.imap.registry import Bad, Cursor, Done, No, Session, State, advertise, command
from mailsuite.imap.writing import astring, parenthesised, string
from mailsuite.mailbox.annotations import BadSpecialUse

LARGEST_NAME = 500  # octets
LARGEST_VALUE = 64 * 1024  # octets; §4.1 asks for 1,024 at least
LARGEST_COUNT = 100  # entries of one command
INFINITY = 1_000  # levels: no name has so many
_ENTRY = re.compile(r"/(?:private|shared)(?:/[^/*%\x00-\x1f\x7f-\uffff]+)*")
_DEPTHS = {b"0": 0, b"1": 1, b"INFINITY": INFINITY}


@frozen
class Options:
    """The options of GETMETADATA (§4.2)."""

    largest: int | None = None  # octets of a value that is told
    depth: int = 0  # levels below each entry


@frozen
class Request:
    """A GETMETADATA as it was written."""

    mailbox: str
    options: Options
    entries: tuple[bytes, ...]


def entry_name(octets: bytes) -> str:
    """An entry's name as it is kept: in lower case (§3.2).

    Raises:
        Bad: no entry can have that name.
    """
    name = octets.decode("latin-1").lower()
    if len(octets) > LARGEST_NAME or _ENTRY.fullmatch(name) is None:
        raise Bad("No entry can have that name")
    return name


def read_entries(cursor: Cursor) -> tuple[bytes, ...]:
    """Read one entry, or some in parentheses (§5, entries)."""
    if cursor.sees(b"("):
        found = list_of(parsed_by(Cursor.astring)).parse(cursor)
    else:
        found = [cursor.astring()]
        while cursor.skip(b" "):  # as in two examples of §4.4.1
            found.append(cursor.astring())
    if len(found) > LARGEST_COUNT:
        raise Bad("Too many entries")
    for octets in found:
        entry_name(octets)
    return tuple(dict.fromkeys(found))


def _options(cursor: Cursor) -> Options:
    largest: int | None = None
    depth = 0
    cursor.enter()
    while True:
        name = cursor.word()
        cursor.space()
        if name == b"MAXSIZE":
            largest = cursor.number()
        elif name == b"DEPTH":
            word = cursor.word()
            if word not in _DEPTHS:
                raise Bad("DEPTH is 0, 1 or infinity")
            depth = _DEPTHS[word]
        else:
            raise Bad("Unknown option")
        if cursor.leave():
            return Options(largest, depth)
        cursor.space()


def _starts_options(cursor: Cursor) -> bool:
    # The options stand before the mailbox's name in the grammar of §5, and after it in the
    # examples of §4.2; no entry begins like them.
    return cursor.sees(b"(") and not any(map(cursor.sees, (b"(/", b'("', b"({")))


def _request(cursor: Cursor) -> Request:
    options = Options()
    if _starts_options(cursor):
        options = _options(cursor)
        cursor.space()
    mailbox = read_mailbox(cursor)
    cursor.space()
    if _starts_options(cursor):
        options = _options(cursor)
        cursor.space()
    return Request(mailbox, options, read_entries(cursor))


def _value(cursor: Cursor) -> bytes | None:
    """A value: nstring, or a literal8 (§5)."""
    return cursor.literal8() if cursor.sees(b"~{") else cursor.nstring()


def _values(cursor: Cursor) -> tuple[str, dict[str, bytes | None]]:
    mailbox = read_mailbox(cursor)
    cursor.space()
    values: dict[str, bytes | None] = {}
    cursor.enter()
    while True:
        name = entry_name(cursor.astring())
        if name.count("/") < (4 if name.split("/")[2:3] == ["vendor"] else 2):
            raise Bad("No entry can have that name")
        cursor.space()
        values[name] = _value(cursor)
        if len(values) > LARGEST_COUNT:
            raise Bad("Too many entries")
        if cursor.leave():
            return mailbox, values
        cursor.space()


REQUEST = parsed_by(_request)
VALUES = parsed_by(_values)


@command(b"GETMETADATA", REQUEST, states=State.AUTHENTICATED, capability=b"METADATA")
async def getmetadata(session: Session, request: Request) -> Done:
    """Tell values of a mailbox or the server (§4.2); of a value that is too long, only that."""
    there = await session.mailboxes.annotations.read(request.mailbox)
    found = chosen(there, request.entries, request.options.depth)
    most = LARGEST_VALUE if request.options.largest is None else request.options.largest
    sizes = [len(value or b"") for _, value in found]
    long = [size for size in sizes if size > most]
    told = [pair for pair, size in zip(found, sizes, strict=True) if size <= most]
    if told:
        name = session.spelled(request.mailbox) if request.mailbox else b'""'
        session.untagged(metadata_line(name, told))
    return Done(b"METADATA LONGENTRIES %d" % max(long) if long else None)


def chosen(
    there: Mapping[str, bytes], entries: Iterable[bytes], depth: int
) -> list[tuple[bytes, bytes | None]]:
    """Which values were asked for: each entry as it was spelled, those below it in order.

    An entry that is not there is NIL, unless what stands below it was asked for, too.
    """
    found: dict[bytes, bytes | None] = {}
    for octets in entries:
        name = entry_name(octets)
        if name in there or not depth:
            found[octets] = there.get(name)
        levels = name.count("/") + depth
        for below in sorted(there):
            if below.startswith(name + "/") and below.count("/") <= levels:
                found.setdefault(below.encode("ascii"), there[below])
    return list(found.items())


def metadata_line(name: bytes, values: Iterable[tuple[bytes, bytes | None]]) -> bytes:
    """Return a METADATA response without `* ` and CRLF (§4.4.1)."""
    words = []
    for entry, value in values:
        words += [astring(entry), _written(value)]
    return b"METADATA %b %b" % (name, parenthesised(words))


def _written(value: bytes | None) -> bytes:
    if value is None:
        return b"NIL"
    return b"~{%d}\r\n%b" % (len(value), value) if b"\0" in value else string(value)


@command(b"SETMETADATA", VALUES, states=State.AUTHENTICATED)
async def setmetadata(session: Session, wanted: tuple[str, dict[str, bytes | None]]) -> Done:
    """Set or remove values, all or none (§4.3)."""
    mailbox, values = wanted
    if any(value is not None and len(value) > LARGEST_VALUE for value in values.values()):
        raise No(b"METADATA MAXSIZE %d" % LARGEST_VALUE, "A value is too long")
    try:
        await session.mailboxes.annotations.set(mailbox, values)
    except TooMany:
        raise No(b"METADATA TOOMANY", "There are too many entries") from None
    except OverQuota:
        raise No(b"OVERQUOTA", "Your entries take too much room") from None
    except BadSpecialUse:
        raise No(b"USEATTR", "No such use here") from None
    return Done()


advertise(b"METADATA-SERVER", states=State.AUTHENTICATED)
