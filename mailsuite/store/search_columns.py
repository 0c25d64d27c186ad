"""What of a mailbox's messages never changes, as arrays: for searches that look at all of them.

Three arrays beside those of the view (`mailsuite.store.snapshots`): which message a UID shows,
when it arrived, when it was put there. Rows of 100,000 messages take 80 ms to read, and what came
later is read from the last UID on.
"""

from array import array
from operator import lt
from typing import TYPE_CHECKING

from attrs import frozen
from sqlalchemy import bindparam, select

from mailsuite.store.schema import placement
from mailsuite.store.transaction import Transaction

READ = (
    select(placement.c.uid, placement.c.message_id, placement.c.internal_date, placement.c.saved_at)
    .where(placement.c.mailbox_id == bindparam("mailbox_id"), placement.c.uid > bindparam("after"))
    .order_by(placement.c.uid)
)
BLOCK = 1_000  # dates

if TYPE_CHECKING:
    Integers = array[int]
else:
    Integers = array  # in Python 3.11 it has no parameters when it runs


class Dates(Integers):
    """Dates, and between which two those of each `BLOCK` lie: once made, they never change.

    Who asks for the messages of some time looks at few of 100,000 dates. A part of it is an
    array like any other.
    """

    _bounds: list[tuple[int, int]] | None = None

    @classmethod
    def of(cls, dates: Integers) -> "Dates":
        """The same dates."""
        return dates if isinstance(dates, cls) else cls("q", dates)

    @property
    def bounds(self) -> list[tuple[int, int]]:
        """The earliest and the latest date of each block."""
        if self._bounds is None:
            blocks = [self[at : at + BLOCK] for at in range(0, len(self), BLOCK)]
            self._bounds = [(min(block), max(block)) for block in blocks]
        return self._bounds


class Ids(Integers):
    """Message ids, which mostly rise with the UIDs; once made, they never change."""

    _rising: bool | None = None

    @property
    def rising(self) -> bool:
        """Whether they do: then one is found without looking at the others."""
        if self._rising is None:
            self._rising = all(map(lt, self, self[1:]))
        return self._rising


@frozen
class Columns:
    """By rising UID, side by side, 28 octets a message; some may be gone meanwhile. Immutable."""

    uids: "array[int]" = array("I")  # noqa: RUF009 - never changed
    message_ids: Ids = Ids("q")  # noqa: RUF009 - as above
    internal_dates: Dates = Dates("q")  # noqa: RUF009 - as above
    saved_dates: Dates = Dates("q")  # noqa: RUF009 - as above


NOTHING = Columns()


def read_columns(tx: Transaction, mailbox_id: int, known: Columns = NOTHING) -> Columns:
    """What is known, and what came after it; the same object where nothing did."""
    after = known.uids[-1] if known.uids else 0
    made = None
    for rows in tx.execute(READ, {"mailbox_id": mailbox_id, "after": after}).chunks():
        if made is None:
            made = Columns(
                known.uids[:],
                Ids("q", known.message_ids),
                Dates("q", known.internal_dates),
                Dates("q", known.saved_dates),
            )
        uids, message_ids, internal_dates, saved_dates = zip(*rows, strict=True)
        made.uids.extend(uids)
        made.message_ids.extend(message_ids)
        made.internal_dates.extend(internal_dates)
        made.saved_dates.extend(saved_dates)
    return made or known
