"""The story of each message: what was decided, by whom, when; found by its trace id."""

from collections.abc import Sequence

from attrs import frozen
from sqlalchemy import bindparam, insert, select

from mailsuite.store.ids import reserve_id, reserve_ids
from mailsuite.store.schema import event
from mailsuite.store.transaction import Transaction

WORDS = 1000  # characters kept of what is said for people
TOLD = 1000  # events that one story tells

INSERT = insert(event)
STORY = (
    select(event.c.at, event.c.kind, event.c.who, event.c.words)
    .where(event.c.trace == bindparam("trace"))
    .order_by(event.c.id)
    .limit(TOLD)
)


@frozen
class Event:
    """One sentence of a story."""

    kind: str  # accepted | refused | stored | queued | tried | delivered | failed | expunged …
    who: str = ""  # address, account or host
    words: str = ""  # for people


@frozen
class Told:
    """One sentence with its time, seconds UTC."""

    at: int
    kind: str
    who: str
    words: str


def event_row(number: int, at: int, trace: str, told: Event) -> dict[str, object]:
    """The row of an event, its words bounded."""
    return {
        "id": number,
        "at": at,
        "trace": trace,
        "kind": told.kind,
        "who": _stored(told.who),
        "words": _stored(told.words),
    }


def record_event(tx: Transaction, trace: str, told: Event) -> None:
    """Add one sentence to a message's story."""
    tx.execute(INSERT, event_row(reserve_id(tx, "event"), tx.now, trace, told))


def record_events(tx: Transaction, rows: Sequence[tuple[str, Event]]) -> None:
    """Add sentences to the stories of several traces."""
    if rows:
        numbers = reserve_ids(tx, "event", len(rows))
        tx.execute_many(
            INSERT,
            [
                event_row(number, tx.now, trace, told)
                for number, (trace, told) in zip(numbers, rows, strict=True)
            ],
        )


def read_story(tx: Transaction, trace: str) -> list[Told]:
    """The story of a message, oldest first."""
    return [Told(*row) for row in tx.execute(STORY, {"trace": trace}).tuples()]


def _stored(words: str) -> str:
    # PostgreSQL's text holds no NUL, and neither does a log line.
    return words[:WORDS].replace("\0", "\N{REPLACEMENT CHARACTER}")
