"""LIST and LSUB (RFC 3501 §6.3.8, §6.3.9); LIST in its extended form (RFC 5258) too.

The options themselves are in the tables: `extensions/list_extended.py` and its neighbours.
"""

from typing import Any

from attrs import evolve, frozen

from mailsuite.imap.elements import list_of, parsed_by
from mailsuite.imap.listing import Entry, Wanted, entries, tell
from mailsuite.imap.names import decode_pattern
from mailsuite.imap.patterns import Pattern
from mailsuite.imap.registry import Bad, Cursor, Done, Session, State, command
from mailsuite.imap.tables import LIST_RETURNS, LIST_SELECTIONS
from mailsuite.store.mailboxes import MailboxRow

AT_ONCE = 500  # names of an account that are looked through on the reactor: about 5 ms
LARGEST_PATTERNS = 100  # of one LIST; each is tried on every name
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
    return decode_pattern(cursor.list_mailbox())


def _selection(cursor: Cursor) -> bytes:
    name = cursor.word()
    if name not in LIST_SELECTIONS:
        raise Bad("Unknown selection option")
    return name


def _return(cursor: Cursor) -> tuple[bytes, Any]:
    name = cursor.word()
    if name not in LIST_RETURNS:
        raise Bad("Unknown return option")
    element = LIST_RETURNS[name][0]
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
    reference = decode_pattern(cursor.astring())
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
        session.untagged(b'LIST (\\Noselect) "/" ""')
        return Done()
    wanted = _wanted(request)
    rows = await session.mailboxes.listing()
    subscriptions = await session.mailboxes.subscriptions()
    if len(rows) <= AT_ONCE:
        session.write(_answer(rows, subscriptions, wanted, request))
    else:
        session.write(await session.aside(_answer, rows, subscriptions, wanted, request))
    return Done()


def _answer(
    rows: list[MailboxRow], subscriptions: set[str], wanted: Wanted, request: Request
) -> bytes:
    childinfo = tuple(sorted(name for name in request.selections if LIST_SELECTIONS[name]))
    lines = []
    for told in tell(entries(rows, subscriptions), wanted, childinfo):
        lines.append(told.line())
        for name, value in request.returns.items():
            line = LIST_RETURNS[name][1]
            if line is not None and (response := line(told.entry, value)) is not None:
                lines.append(response)
    return b"".join(b"* %b\r\n" % line for line in lines)


def _wanted(request: Request) -> Wanted:
    selections = tuple(
        selects for name in request.selections if (selects := LIST_SELECTIONS[name]) is not None
    )
    recursive = RECURSIVEMATCH in request.selections
    if recursive and not selections:
        raise Bad("RECURSIVEMATCH needs something to match (RFC 5258, section 3.1)")
    return Wanted(
        patterns=tuple(Pattern(request.reference + pattern) for pattern in request.patterns),
        selections=selections,
        recursive=recursive,
        subscribed=SUBSCRIBED in request.selections or SUBSCRIBED in request.returns,
        extended=request.extended,
    )


@command(b"LSUB", LIST_REQUEST, states=State.AUTHENTICATED)
async def lsub(session: Session, request: Request) -> Done:
    r"""Tell of subscriptions; `\Noselect` is a level above some (RFC 3501 §6.3.9)."""
    if request.extended:
        raise Bad("LSUB takes no options")
    pattern = Pattern(request.reference + request.patterns[0])
    wanted = Wanted((pattern,), (_subscribed,), recursive=True)
    rows = await session.mailboxes.listing()
    subscriptions = await session.mailboxes.subscriptions()
    if len(rows) <= AT_ONCE:
        session.write(_lsub_answer(rows, subscriptions, wanted))
    else:
        session.write(await session.aside(_lsub_answer, rows, subscriptions, wanted))
    return Done()


def _lsub_answer(rows: list[MailboxRow], subscriptions: set[str], wanted: Wanted) -> bytes:
    lines = []
    for told in tell(entries(rows, subscriptions), wanted, ()):
        words = [word for word in told.attributes if word != b"\\Noselect"]
        if not told.entry.subscribed:
            words.insert(0, b"\\Noselect")
        lines.append(b"* %b\r\n" % evolve(told, attributes=tuple(words)).line(b"LSUB"))
    return b"".join(lines)


def _subscribed(entry: Entry) -> bool:
    return entry.subscribed
