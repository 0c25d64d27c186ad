"""How full accounts are, and of what their owners were told."""

from collections.abc import Sequence

from attrs import frozen
from sqlalchemy import bindparam, select, update

from mailsuite.store.schema import account
from mailsuite.store.transaction import Transaction

LEEWAY = 5  # percent below a threshold before its crossing is told once more
MANY = 1_000  # accounts that one look finds

_USED = (
    account.c.name,
    account.c.used_octets,
    account.c.quota_octets,
    account.c.used_messages,
    account.c.quota_messages,
    account.c.quota_warned,
)
_THERE = (account.c.state == "active") | (account.c.state == "disabled")
READ = select(*_USED).where(_THERE, account.c.id == bindparam("id"))
SET = update(account).where(account.c.id == bindparam("of_id")).values(quota_warned=bindparam("to"))
_OCTETS = (account.c.quota_octets > 0) & (
    account.c.used_octets * 100 >= account.c.quota_octets * bindparam("lowest")
)
_MESSAGES = (account.c.quota_messages > 0) & (
    account.c.used_messages * 100 >= account.c.quota_messages * bindparam("lowest")
)
DUE = (
    select(account.c.id)
    .where(
        _THERE,
        account.c.id > bindparam("after"),
        (account.c.quota_warned > 0) | _OCTETS | _MESSAGES,
    )
    .order_by(account.c.id)
    .limit(MANY)
)


@frozen
class Crossing:
    """A threshold that an account has come to."""

    name: str
    threshold: int  # percent
    used_octets: int
    quota_octets: int  # 0: no limit
    used_messages: int
    quota_messages: int


def level(
    thresholds: Sequence[int],
    *,
    octets: int,
    quota_octets: int,
    messages: int,
    quota_messages: int,
) -> int:
    """The highest threshold that is reached, in percent; 0: none. A quota of 0 is no limit."""
    full = max(_percent(octets, quota_octets), _percent(messages, quota_messages))
    return max((each for each in thresholds if full >= each), default=0)


def _percent(used: int, quota: int) -> int:
    return used * 100 // quota if quota else 0


def note_level(
    tx: Transaction, account_id: int, thresholds: Sequence[int]
) -> tuple[int, Crossing | None]:
    """The threshold that an account stands at; with the crossing, where its owner is to be told.

    Each is told once. What was told is forgotten `LEEWAY` percent below: an account that goes up
    and down at a threshold is not told each time.
    """
    rows = tx.execute(READ, {"id": account_id}).tuples()
    if not rows:
        return 0, None
    name, octets, quota_octets, messages, quota_messages, told = rows[0]
    used = {
        "octets": octets,
        "quota_octets": quota_octets,
        "messages": messages,
        "quota_messages": quota_messages,
    }
    now = level(thresholds, **used)
    if now > told:
        tx.execute(SET, {"of_id": account_id, "to": now})
        return now, Crossing(name, now, octets, quota_octets, messages, quota_messages)
    held = level([each - LEEWAY for each in thresholds if each <= told], **used)
    kept = held + LEEWAY if held else 0
    if kept != told:
        tx.execute(SET, {"of_id": account_id, "to": kept})
    return now, None


def list_due(tx: Transaction, lowest: int, after: int) -> list[int]:
    """Accounts with a higher id that may have crossed a threshold, up or down."""
    return [row[0] for row in tx.execute(DUE, {"lowest": lowest, "after": after}).tuples()]
