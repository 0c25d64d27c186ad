"""The search keys of RFC 3501 §6.4.4."""

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import date

from mailsuite.errors import DamagedBody
from mailsuite.imap.answers import Bad
from mailsuite.imap.elements import (
    MONTHS,
    STAR,
    Element,
    SequenceSet,
    parsed_by,
    read_sequence_set,
)
from mailsuite.imap.grammar import LARGEST, Cursor
from mailsuite.imap.registry import ASTRING, NUMBER
from mailsuite.imap.searching.program import Level, Search, Test, search_key
from mailsuite.message.dates import parse_date
from mailsuite.message.header import first
from mailsuite.message.text import body_texts, field_texts, header_text
from mailsuite.store.flags import SYSTEM_FLAGS, word_of
from mailsuite.store.placements_read import MessageRow

DAY = 86_400
EPOCH = date(1970, 1, 1).toordinal()
_DATE = re.compile(rb"([0-9]{1,2})-([A-Za-z]{3})-([0-9]{4})")


def read_date(cursor: Cursor) -> int:
    """Read a date, quoted or not, as days since 1970."""
    quoted = cursor.skip(b'"')
    found = cursor.match(_DATE)
    if found is None or (quoted and not cursor.skip(b'"')):
        raise Bad("Expected a date")
    day, month, year = found.groups()
    try:
        return date(int(year), MONTHS.index(month.upper()) + 1, int(day)).toordinal() - EPOCH
    except ValueError:
        raise Bad("No such date") from None


DATE: Element[int] = parsed_by(read_date)
SET: Element[SequenceSet] = parsed_by(read_sequence_set)


def _in_spans(spans: Sequence[tuple[int, int]]) -> Test:
    """Whether a UID is in one of these pairs, which rise and do not overlap."""
    if len(spans) == 1:
        low, high = spans[0]
        return Test(Level.ARRAYS, lambda uid: low <= uid <= high, "uids")
    firsts = [low for low, _ in spans]

    def holds(uid: int) -> bool:
        at = bisect_right(firsts, uid)
        return at > 0 and uid <= spans[at - 1][1]

    return Test(Level.ARRAYS, holds, "uids")


def _saved(search: Search) -> Test:
    uids = search.view.numbers.resolve(SequenceSet((), saved=True), by_uid=True)
    return Test(Level.ARRAYS, frozenset(uids).__contains__, "uids")


@search_key(b"", SET)
def sequence_set(search: Search, messages: SequenceSet) -> Test:
    """Message numbers (§6.4.4, <sequence set>), or `$`; whose they are now, they stay.

    A search that is run again (UPDATE) means the same messages (RFC 5267 §4.3).
    """
    if messages.saved:
        return _saved(search)
    numbers = search.view.numbers
    numbers.use()
    # "*" of an empty mailbox is nothing; numbers beyond the end match nothing.
    count, uids = numbers.count, numbers.generation.uids
    spans = messages.spans(count) if count else []
    return _in_spans(
        [(uids[low - 1], uids[min(high, count) - 1]) for low, high in spans if low <= count]
    )


@search_key(b"UID", SET)
def uid(search: Search, messages: SequenceSet) -> Test:
    """Unique identifiers (§6.4.4), also those to come: `7:*` has no end."""
    if messages.saved:
        return _saved(search)
    last = search.view.numbers.last
    if not last:  # the range of a mailbox without messages: it has those that come
        last = search.view.mailbox.row.uidnext
    pairs = [
        (min(max(pair), last), LARGEST) if STAR in pair and pair != (STAR, STAR) else pair
        for pair in messages.ranges
    ]
    return _in_spans(SequenceSet(tuple(pairs)).spans(last))


@search_key(b"ALL")
def all_messages(search: Search) -> Test:
    """Every message (§6.4.4)."""
    del search
    return Test(Level.ARRAYS, lambda _: True, "flags")


def _flag(word: int, wanted: int) -> Callable[[Search], Test]:
    def bind(search: Search) -> Test:
        """Whether a system flag is set (§6.4.4)."""
        del search
        return Test(Level.ARRAYS, lambda flags: flags & word == wanted, "flags")

    return bind


for _name, _word in SYSTEM_FLAGS.items():
    _key = _name[1:].upper().encode("ascii")
    search_key(_key)(_flag(_word, _word))
    search_key(b"UN" + _key)(_flag(_word, 0))


def _nothing(search: Search) -> Test:
    r"""Nothing: `\Recent` is never set (§2.3.2)."""
    del search
    return Test(Level.ARRAYS, lambda _: False, "flags")


search_key(b"RECENT")(_nothing)
search_key(b"NEW")(_nothing)
search_key(b"OLD")(all_messages)


def _keyword(search: Search, name: bytes) -> int:
    return word_of([name.decode("utf-8", "replace")], search.view.mailbox.keywords)


@search_key(b"KEYWORD", ASTRING)
def keyword(search: Search, name: bytes) -> Test:
    """Messages with the keyword (§6.4.4)."""
    word = _keyword(search, name)
    return Test(Level.ARRAYS, lambda flags: bool(flags & word), "flags")


@search_key(b"UNKEYWORD", ASTRING)
def unkeyword(search: Search, name: bytes) -> Test:
    """Messages without the keyword (§6.4.4)."""
    word = _keyword(search, name)
    return Test(Level.ARRAYS, lambda flags: not flags & word, "flags")


@search_key(b"LARGER", NUMBER)
def larger(search: Search, octets: int) -> Test:
    """More octets than that (§6.4.4)."""
    del search
    return Test(Level.ARRAYS, lambda size: size > octets, "sizes")


@search_key(b"SMALLER", NUMBER)
def smaller(search: Search, octets: int) -> Test:
    """Fewer octets than that (§6.4.4)."""
    del search
    return Test(Level.ARRAYS, lambda size: size < octets, "sizes")


def _arrived(row: MessageRow) -> int:
    return row.internal_date // DAY


def _sent(row: MessageRow) -> int | None:
    """The day on which it was sent, as its sender's calendar said."""
    moment = parse_date(first(_header(row), b"date") or b"")
    return None if moment is None else (moment.unix + moment.offset_minutes * 60) // DAY


def _header(row: MessageRow) -> bytes:
    try:
        return row.header
    except DamagedBody:
        return b""  # what cannot be read matches nothing


def _day(name: bytes, compare: Callable[[int, int], bool]) -> None:
    def arrived(search: Search, day: int) -> Test:
        """When it arrived, by the day in UTC (§6.4.4)."""
        del search
        return Test(Level.META, lambda row: compare(_arrived(row), day), needs=("internal_date",))

    def sent(search: Search, day: int) -> Test:
        """The day in its Date field, time and zone disregarded (§6.4.4)."""
        del search

        def holds(row: MessageRow) -> bool:
            found = _sent(row)
            return found is not None and compare(found, day)

        return Test(Level.META, holds, needs=("header",))

    search_key(name, DATE)(arrived)
    search_key(b"SENT" + name, DATE)(sent)


_day(b"BEFORE", lambda found, day: found < day)
_day(b"ON", lambda found, day: found == day)
_day(b"SINCE", lambda found, day: found >= day)


def text_of(search: Search, octets: bytes) -> str:
    """What is searched for, as it is compared: without case."""
    return octets.decode(search.charset, "replace").casefold()


def _field(name: bytes, wanted: str) -> Test:
    def holds(row: MessageRow) -> bool:
        return any(wanted in text.casefold() for text in field_texts(_header(row), name))

    return Test(Level.META, holds, needs=("header",))


def _named_field(name: bytes) -> None:
    def bind(search: Search, octets: bytes) -> Test:
        """A substring of the field, decoded (§6.4.4)."""
        return _field(name.lower(), text_of(search, octets))

    search_key(name, ASTRING)(bind)


for _name_of in (b"BCC", b"CC", b"FROM", b"SUBJECT", b"TO"):
    _named_field(_name_of)


@search_key(b"HEADER", ASTRING, ASTRING)
def header(search: Search, name: bytes, octets: bytes) -> Test:
    """A substring of any field of that name; of an empty string, that the field is there."""
    return _field(name.lower().rstrip(b":"), text_of(search, octets))


def _in_body(row: MessageRow, wanted: str) -> bool:
    try:
        octets = row.octets()[len(row.prefix) :]
    except DamagedBody:
        return False
    return any(wanted in text.casefold() for text in body_texts(octets))


@search_key(b"BODY", ASTRING)
def body(search: Search, octets: bytes) -> Test:
    """A substring of the text parts, decoded (§6.4.4)."""
    wanted = text_of(search, octets)
    return Test(Level.OCTETS, lambda row: _in_body(row, wanted), needs=("header", "octets"))


@search_key(b"TEXT", ASTRING)
def text(search: Search, octets: bytes) -> Test:
    """A substring of the header or of the text parts (§6.4.4)."""
    wanted = text_of(search, octets)

    def holds(row: MessageRow) -> bool:
        return wanted in header_text(_header(row)).casefold() or _in_body(row, wanted)

    return Test(Level.OCTETS, holds, needs=("header", "octets"))
