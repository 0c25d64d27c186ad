"""Stories found by address and Message-ID: an index behind the deliveries.

`event_key` is filled by whoever looks and by the upkeep, in pieces: so a delivery pays nothing for
it, and a look at a million events reads a few pages.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence

from attrs import frozen
from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from mailsuite.store.events import Told
from mailsuite.store.schema import event, setting
from mailsuite.store.schema_story import event_key
from mailsuite.store.transaction import Transaction, any_of

PIECE = 2_000  # events that one transaction looks through
NAMES = 64  # of one event
NAME = 320  # characters: an address's most (RFC 3696 erratum 1690)
FOUND = 1_000  # events of one name that are looked at
OF_CONNECTION = 99  # messages of one connection whose stories are told with it
TOLD = 2_000  # events of one answer
DIGEST = 8
MARK = "story_indexed"  # `setting`: the last event that has its keys

# What may be an address or a Message-ID: no quoting, no comments; just what stands around an "@".
# From the start of a word alone: a long one is read once, not from each of its letters.
_NAMED = re.compile(
    r"(?<![^\s<>()\[\],;:\"@])[^\s<>()\[\],;:\"@]{1,256}@[^\s<>()\[\],;:\"@]{1,256}"
)

READ_MARK = select(setting.c.value).where(setting.c.name == MARK)
SET_MARK = update(setting).where(setting.c.name == MARK).values(value=bindparam("reached"))
FIRST_MARK = insert(setting)
NEXT = (
    select(event.c.id, event.c.who, event.c.words)
    .where(event.c.id > bindparam("after"))
    .order_by(event.c.id)
    .limit(bindparam("most"))
)
THESE = select(event.c.id, event.c.who, event.c.words).where(any_of(event.c.id, "ids"))
NEWEST = select(func.max(event.c.id))
ADD = insert(event_key)
DROP = delete(event_key).where(
    event_key.c.key == bindparam("which"), event_key.c.event_id == bindparam("of")
)
BY_KEY = (
    select(event.c.trace, event.c.at, event.c.id)
    .select_from(event_key.join(event, event.c.id == event_key.c.event_id))
    .where(
        event_key.c.key == bindparam("which"),
        event.c.at >= bindparam("since"),
        event.c.at <= bindparam("until"),
    )
    .order_by(event_key.c.event_id.desc())
    .limit(FOUND)
)
OF_TRACES = (
    select(event.c.at, event.c.kind, event.c.who, event.c.words, event.c.trace, event.c.id)
    .where(
        any_of(event.c.trace, "traces"),
        or_(event.c.trace != "", any_of(event.c.id, "ids")),
    )
    .order_by(event.c.id)
    .limit(TOLD)
)


@frozen
class Story:
    """What happened under one trace id, oldest first."""

    trace: str
    told: tuple[Told, ...]


def keys_of(who: str, words: str) -> set[int]:
    """Digests of all that an event is found by: its `who`, and every address and id in it."""
    found = {who} if who else set()
    found.update(_NAMED.findall(who), _NAMED.findall(words)[:NAMES])
    return {digest(name) for name in found}


def digest(name: str) -> int:
    """Of an address, a Message-ID or a host, in any case and with or without brackets."""
    plain = name.strip().strip("<>").rstrip(".").casefold()[:NAME]
    octets = hashlib.blake2b(plain.encode("utf-8", "replace"), digest_size=DIGEST).digest()
    return int.from_bytes(octets, signed=True)


def index_events(tx: Transaction, most: int = PIECE) -> int:
    """Give the next events their keys; how many events there were."""
    mark = tx.execute(READ_MARK).value()
    rows = tx.execute(NEXT, {"after": int(mark or 0), "most": most}).tuples()
    if not rows:
        return 0
    pairs = sorted({(key, number) for number, who, words in rows for key in keys_of(who, words)})
    tx.execute_many(ADD, [{"key": key, "event_id": number} for key, number in pairs])
    reached = str(rows[-1][0])
    if mark is None:
        tx.execute(FIRST_MARK, {"name": MARK, "value": reached})
    else:
        tx.execute(SET_MARK, {"reached": reached})
    return len(rows)


def newest_event(tx: Transaction) -> int:
    """The id of the last event; 0: there is none."""
    return int(tx.execute(NEWEST).value() or 0)


def forget_keys(tx: Transaction, event_ids: Sequence[int]) -> None:
    """The events are about to go: so do their keys."""
    rows = tx.execute(THESE, {"ids": tx.array(event_ids)}).tuples()
    tx.execute_many(
        DROP,
        [
            {"which": key, "of": number}
            for number, who, words in rows
            for key in keys_of(who, words)
        ],
    )


def find_stories(tx: Transaction, name: str, since: int, until: int, most: int) -> list[Story]:
    """The newest stories of a trace id, an address, a Message-ID or a host, newest first.

    `since` and `until` (seconds UTC) bound the events that name it, `most` the stories.
    """
    traces = _of_trace(tx, name)
    if traces:
        return _told(tx, traces, since, until)
    asked = {"which": digest(name), "since": since, "until": until}
    newest: dict[str, list[int]] = {}
    for trace, _, number in tx.execute(BY_KEY, asked).tuples():
        if trace in newest or len(newest) < most:
            newest.setdefault(trace, []).append(number)
    return _told(tx, list(newest), 0, until, newest.get("", []))


def _of_trace(tx: Transaction, name: str) -> list[str]:
    """The trace itself and the messages of the connection: by equality, whatever the collation."""
    traces = [name, *(f"{name}.{n}" for n in range(1, OF_CONNECTION + 1))]
    asked = {"traces": tx.array(traces), "ids": tx.array([0])}
    there = {row[4] for row in tx.execute(OF_TRACES, asked).tuples()}
    return [trace for trace in traces if trace in there]


def _told(
    tx: Transaction, traces: Sequence[str], since: int, until: int, ids: Iterable[int] = ()
) -> list[Story]:
    """The stories, in the order of the traces. Rows without a trace stand by themselves."""
    asked = {"traces": tx.array(traces), "ids": tx.array([0, *ids])}
    found: dict[str, list[Told]] = {trace: [] for trace in traces}
    for at, kind, who, words, trace, _ in tx.execute(OF_TRACES, asked).tuples():
        if since <= at <= until:
            found[trace].append(Told(at, kind, who, words))
    return [Story(trace, tuple(told)) for trace, told in found.items() if told]
