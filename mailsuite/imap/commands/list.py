"""LIST and LSUB (RFC 3501 §6.3.8, §6.3.9); LIST in its extended form (RFC 5258) too.

The options themselves are in the tables: `extensions/list_extended.py` and its neighbours.
"""

from collections.abc import Callable
from typing import Any

from attrs import evolve, frozen

from mailsuite.imap.elements import list_of, parsed_by
from mailsuite.imap.list_options import LIST_RETURNS, LIST_SELECTIONS
from mailsuite.imap.listing import Entry, Told, Wanted, entries, tell
from mailsuite.imap.names import decode_pattern, decode_pattern_utf8
from mailsuite.imap.patterns import Pattern
from mailsuite.imap.ports import Manner
from mailsuite.imap.registry import Bad, Cursor, Done, No, Session, State, command
from mailsuite.mailbox.names import RESERVED
from mailsuite.store.mailboxes import MailboxRow

AT_ONCE = 500  # names of an account that are looked through on the reactor: about 5 ms
LARGEST_PATTERNS = 100  # of one LIST; each is tried on every name
LARGEST_WORK = 5_000_000  # letters of names, times patterns: about a second of a thread
RECURSIVEMATCH = b"RECURSIVEMATCH"
SUBSCRIBED = b"SUBSCRIBED"


@frozen
class Request:
    """A LIST as it was written."""

    reference: str
    patterns: tuple[str, ...]
    selections: frozenset[bytes]
    returns: dict[bytes, Any]
    extended: bool


def _pattern(cursor: Cursor) -> str:
    octets = cursor.list_mailbox()
    return decode_pattern_utf8(octets) if cursor.utf8 else decode_pattern(octets)


def _selection(cursor: Cursor) -> bytes:
    name = cursor.word()
    if name not in LIST_SELECTIONS:
        raise Bad("Unknown selection option")
    return name


def _return(cursor: Cursor) -> tuple[bytes, Any]:
    name = cursor.word()
    if name not in LIST_RETURNS:
        raise Bad("Unknown return option")
    element = LIST_RETURNS[name].argument
    if element is None:
        return name, None
    cursor.space()
    return name, element.parse(cursor)


def _request(cursor: Cursor) -> Request:
    selections: list[bytes] = []
    returns: list[tuple[bytes, Any]] = []
    extended = cursor.sees(b"(")
    if extended:
        selections = list_of(parsed_by(_selection), empty=True).parse(cursor)
        cursor.space()
    octets = cursor.astring()
    reference = decode_pattern_utf8(octets) if cursor.utf8 else decode_pattern(octets)
    cursor.space()
    if cursor.sees(b"("):
        extended = True
        patterns = list_of(parsed_by(_pattern)).parse(cursor)
        if len(patterns) > LARGEST_PATTERNS:
            raise Bad("Too many patterns")
    else:
        patterns = [_pattern(cursor)]
    if cursor.skip(b" "):
        extended = True
        if cursor.word() != b"RETURN":
            raise Bad("Expected RETURN")
        cursor.space()
        returns = list_of(parsed_by(_return), empty=True).parse(cursor)
    return Request(reference, tuple(patterns), frozenset(selections), dict(returns), extended)


LIST_REQUEST = parsed_by(_request)


@command(b"LIST", LIST_REQUEST, states=State.AUTHENTICATED)
async def list_mailboxes(session: Session, request: Request) -> Done:
    """Tell of mailboxes by pattern (RFC 3501 §6.3.8, RFC 5258)."""
    if request.patterns == ("",) and not request.extended:
        session.untagged(b'LIST (\\Noselect) "/" %b' % session.spelled(root_of(request.reference)))
        return Done()
    wanted = _wanted(request, rev2=Manner.REV2 in session.manner)
    childinfo = tuple(sorted(name for name in request.selections if LIST_SELECTIONS[name]))
    told = await _told(session, wanted, childinfo)
    lines = await _lines(session, told, request.returns)
    await _write(session, told, lambda one: _written(session, one, lines))
    return Done()


async def _write(session: Session, told: list[Told], written: Callable[[Told], bytes]) -> None:
    for start in range(0, len(told), AT_ONCE):
        session.write(b"".join(map(written, told[start : start + AT_ONCE])))
        await session.drained()
        if start + AT_ONCE < len(told):
            await session.aside(int)  # others have their turn


def root_of(reference: str) -> str:
    """The root of the namespace that a reference stands in (RFC 3501 §6.3.8); one's own: none."""
    root, slash, _ = reference.partition("/")
    return root + slash if slash and root in RESERVED else ""


async def _told(session: Session, wanted: Wanted, childinfo: tuple[bytes, ...]) -> list[Told]:
    rows = await session.mailboxes.listing()
    subscriptions = await session.mailboxes.subscriptions()
    if len(rows) <= AT_ONCE:
        return _matched(rows, subscriptions, wanted, childinfo)
    if len(wanted.patterns) * sum(len(row.name) for row in rows) > LARGEST_WORK:
        raise No(b"LIMIT", "Too many patterns for so many mailboxes")
    return await session.aside(_matched, rows, subscriptions, wanted, childinfo)


def _matched(
    rows: list[MailboxRow],
    subscriptions: set[str],
    wanted: Wanted,
    childinfo: tuple[bytes, ...],
) -> list[Told]:
    return tell(entries(rows, subscriptions), wanted, childinfo)


Lines = list[Callable[[Entry, bytes], bytes | None]]


async def _lines(session: Session, told: list[Told], returns: dict[bytes, Any]) -> Lines:
    """What is added to the response of each mailbox that was selected."""
    rows = [one.entry.row for one in told if one.selected and one.entry.row is not None]
    lines: Lines = []
    for name, value in returns.items():
        option = LIST_RETURNS[name]
        if option.line is None:
            continue
        found = value if option.before is None else await option.before(session, rows, value)
        lines.append(lambda entry, name, line=option.line, found=found: line(entry, found, name))  # type: ignore[misc]
    return lines


def _written(session: Session, told: Told, lines: Lines) -> bytes:
    name = session.spelled(told.entry.name)
    responses = [told.line(name)]
    if told.selected and told.entry.row is not None:
        responses += [said for line in lines if (said := line(told.entry, name)) is not None]
    return b"".join(b"* %b\r\n" % response for response in responses)


def _wanted(request: Request, *, rev2: bool) -> Wanted:
    selections = tuple(
        selects for name in request.selections if (selects := LIST_SELECTIONS[name]) is not None
    )
    recursive = RECURSIVEMATCH in request.selections
    if recursive and not selections:
        raise Bad("RECURSIVEMATCH needs something to match (RFC 5258, section 3.1)")
    # An empty pattern of several means nothing (RFC 5258 §3).
    patterns = {request.reference + pattern for pattern in request.patterns if pattern}
    return Wanted(
        patterns=tuple(Pattern(pattern) for pattern in sorted(patterns)),
        selections=selections,
        recursive=recursive,
        subscribed=SUBSCRIBED in request.selections or SUBSCRIBED in request.returns,
        extended=request.extended or rev2,
    )


@command(b"LSUB", LIST_REQUEST, states=State.AUTHENTICATED)
async def lsub(session: Session, request: Request) -> Done:
    r"""Tell of subscriptions; `\Noselect` is a level above some (RFC 3501 §6.3.9)."""
    if request.extended:
        raise Bad("LSUB takes no options")
    pattern = Pattern(request.reference + request.patterns[0])
    wanted = Wanted((pattern,), (_subscribed,), recursive=True)
    told = await _told(session, wanted, ())
    await _write(session, told, lambda one: _lsub_line(session, one))
    return Done()


def _lsub_line(session: Session, told: Told) -> bytes:
    words = [word for word in told.attributes if word != b"\\Noselect"]
    if not told.entry.subscribed:
        words.insert(0, b"\\Noselect")
    subscription = evolve(told, attributes=tuple(words))
    return b"* %b\r\n" % subscription.line(session.spelled(told.entry.name), b"LSUB")


def _subscribed(entry: Entry) -> bool:
    return entry.subscribed
