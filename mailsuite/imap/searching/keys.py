"""The search keys of RFC 3501 §6.4.4 that are about numbers, flags and dates."""

import re
from collections.abc import Callable, Sequence
from datetime import date

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
from mailsuite.imap.searching import texts as _texts  # noqa: F401 - its keys are registered
from mailsuite.imap.searching.program import Search, search_key
from mailsuite.imap.searching.truth import Level, Test, dated_in, has_bit, in_spans
from mailsuite.message.searchable import Searchable
from mailsuite.store.flags import SYSTEM_FLAGS, word_of
from mailsuite.store.search_file import Probe, Where

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


Days = Callable[[int], tuple[int, int]]  # a day: from the first to before the second

DATE: Element[int] = parsed_by(read_date)
SET: Element[SequenceSet] = parsed_by(read_sequence_set)


def _in_spans(spans: Sequence[tuple[int, int]]) -> Test:
    """Whether a UID is in one of these pairs, which rise and do not overlap."""
    return Test(Level.ARRAYS, column="uids", mask=in_spans(spans))


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


def _constant(octet: bytes) -> Test:
    return Test(Level.ARRAYS, column="uids", mask=lambda uids: octet * len(uids))


@search_key(b"ALL")
def all_messages(search: Search) -> Test:
    """Every message (§6.4.4)."""
    del search
    return _constant(b"\1")


def no_message(search: Search) -> Test:
    r"""Nothing: `\Recent` is never set (§2.3.2)."""
    del search
    return _constant(b"\0")


search_key(b"RECENT")(no_message)
search_key(b"NEW")(no_message)
search_key(b"OLD")(all_messages)


def _flag(word: int, *, there: bool) -> Callable[[Search], Test]:
    def bind(search: Search) -> Test:
        """Whether a system flag is set (§6.4.4)."""
        del search
        return Test(Level.ARRAYS, column="flags", mask=has_bit(word, there=there))

    return bind


for _name, _word in SYSTEM_FLAGS.items():
    _key = _name[1:].upper().encode("ascii")
    search_key(_key)(_flag(_word, there=True))
    search_key(b"UN" + _key)(_flag(_word, there=False))


def _keyword(search: Search, name: bytes) -> int:
    return word_of([name.decode("utf-8", "replace")], search.view.mailbox.keywords)


def _worded(word: int, *, there: bool) -> Test:
    if not word:  # nobody has used it here
        return _constant(b"\0" if there else b"\1")
    return Test(Level.ARRAYS, column="flags", mask=has_bit(word, there=there))


@search_key(b"KEYWORD", ASTRING)
def keyword(search: Search, name: bytes) -> Test:
    """Messages with the keyword (§6.4.4)."""
    return _worded(_keyword(search, name), there=True)


@search_key(b"UNKEYWORD", ASTRING)
def unkeyword(search: Search, name: bytes) -> Test:
    """Messages without the keyword (§6.4.4)."""
    return _worded(_keyword(search, name), there=False)


@search_key(b"LARGER", NUMBER)
def larger(search: Search, octets: int) -> Test:
    """More octets than that (§6.4.4)."""
    del search
    return Test(Level.ARRAYS, octets.__lt__, "sizes")


@search_key(b"SMALLER", NUMBER)
def smaller(search: Search, octets: int) -> Test:
    """Fewer octets than that (§6.4.4)."""
    del search
    return Test(Level.ARRAYS, octets.__gt__, "sizes")


LONG_AGO, LONG_AFTER = -(1 << 40), 1 << 40  # days
BEFORE: Days = lambda day: (LONG_AGO, day)  # noqa: E731 - three of a kind
ON: Days = lambda day: (day, day + 1)  # noqa: E731 - as above
SINCE: Days = lambda day: (day, LONG_AFTER)  # noqa: E731 - as above


def dated(column: str, days: Days, about: str) -> Callable[[Search, int], Test]:
    """A key about a date of the store's, by its day in UTC."""

    def bind(search: Search, day: int) -> Test:
        del search
        first, end = days(day)
        return Test(Level.ARRAYS, column=column, mask=dated_in(first * DAY, end * DAY))

    bind.__doc__ = about
    return bind


def _sent(days: Days) -> Callable[[Search, int], Test]:
    def bind(search: Search, day: int) -> Test:
        """The day in its Date field, time and zone disregarded (§6.4.4)."""
        del search
        first, end = days(day)

        def holds(letter: Searchable) -> bool:
            return letter.sent is not None and first <= letter.sent < end

        probe = Probe(Where.SENT, days=(first, end))
        return Test(Level.META, holds, needs=("header",), reads=True, probe=probe)

    return bind


for _word_of, _days in ((b"BEFORE", BEFORE), (b"ON", ON), (b"SINCE", SINCE)):
    search_key(_word_of, DATE)(
        dated("internal_dates", _days, "When it arrived, by the day in UTC (§6.4.4).")
    )
    search_key(b"SENT" + _word_of, DATE)(_sent(_days))
