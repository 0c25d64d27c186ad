"""UIDBATCHES (RFC 10022): where to cut a large mailbox, so that each piece has as many messages."""

from attrs import frozen

from mailsuite.imap.registry import Bad, Cursor, Done, No, Session, State, command, parsed_by
from mailsuite.imap.view import view_of
from mailsuite.imap.writing import quoted

SMALLEST = 100  # messages a batch; RFC 10022 lets it be no more than 500
LARGEST_BATCHES = 10_000  # told at once: 200 KB


@frozen
class Batches:
    """What is asked for: batches of `size` messages, of which those from `first` to `last`."""

    size: int
    first: int = 1
    last: int | None = None


def read_batches(cursor: Cursor) -> Batches:
    """Read `2000` or `2000 10:20`."""
    size = _positive(cursor)
    if not cursor.skip(b" "):
        return Batches(size)
    first = _positive(cursor)
    cursor.expect(b":")
    last = _positive(cursor)
    if first > last:
        raise Bad("The lower batch comes first", b"CLIENTBUG")
    return Batches(size, first, last)


def _positive(cursor: Cursor) -> int:
    number = cursor.number()
    if not number:
        raise Bad("Expected a number above 0")
    return number


@command(b"UIDBATCHES", parsed_by(read_batches), states=State.SELECTED, capability=b"UIDBATCHES")
async def uidbatches(session: Session, asked: Batches) -> Done:
    """Tell UID ranges, from the highest down, with as many messages in each (RFC 10022 §3)."""
    if asked.size < SMALLEST:
        raise No(b"TOOFEW", f"A batch has {SMALLEST} messages at least")
    uids = view_of(session).numbers.uids
    there = -(-len(uids) // asked.size)
    last = min(there, there if asked.last is None else asked.last)
    if last - asked.first >= LARGEST_BATCHES:
        raise No(b"TOOMANY", f"At most {LARGEST_BATCHES} batches at once")
    ranges = []
    for batch in range(asked.first, last + 1):
        high = uids[len(uids) - 1 - (batch - 1) * asked.size]
        # The next batch begins right below this one; the last one takes all that is left.
        low = 1 if batch == there else uids[len(uids) - 1 - batch * asked.size] + 1
        ranges.append(b"%d:%d" % (high, low))
    answer = b"UIDBATCHES (TAG %b)" % quoted(session.tag)
    session.untagged(answer + (b" " + b",".join(ranges) if ranges else b""))
    return Done()
