"""Whom accounts write to, and how much: what limits and greylisting know after a restart too.

Written in the transaction of the delivery that it is about (`Delivery.use`); read before.
"""

from collections import Counter
from collections.abc import Sequence

from attrs import frozen
from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from mailsuite.store.schema_repute import account_use, correspondent
from mailsuite.store.transaction import Transaction, any_of

HOUR, DAY = 3_600, 86_400
PIECE = 500  # rows a transaction of upkeep
ADDRESS = 320  # characters of an address

_OF = correspondent.c.account_id == bindparam("of")
THERE = select(correspondent.c.address, correspondent.c.wrote_at).where(
    _OF, any_of(correspondent.c.address, "addresses")
)
KNOWN_SENDER = (
    select(correspondent.c.account_id)
    .where(
        any_of(correspondent.c.account_id, "ids"),
        correspondent.c.address == bindparam("who"),
        or_(correspondent.c.wrote_at > 0, correspondent.c.kept_at > 0),
    )
    .limit(1)
)
ADD = insert(correspondent)
WROTE = (
    update(correspondent)
    .where(_OF, correspondent.c.address == bindparam("who"))
    .values(wrote_at=bindparam("then"))
)
KEPT = (
    update(correspondent)
    .where(_OF, correspondent.c.address == bindparam("who"))
    .values(kept_at=bindparam("then"))
)
NEW_SINCE = (
    select(func.count())
    .select_from(correspondent)
    .where(_OF, correspondent.c.wrote_at > bindparam("after"))
)
USED_SINCE = select(
    func.coalesce(func.sum(account_use.c.messages), 0).label("messages"),
    func.coalesce(func.sum(account_use.c.recipients), 0).label("recipients"),
).where(account_use.c.account_id == bindparam("of"), account_use.c.hour > bindparam("after"))
_HOUR = (account_use.c.account_id == bindparam("of"), account_use.c.hour == bindparam("then"))
USE = (
    update(account_use)
    .where(*_HOUR)
    .values(
        messages=account_use.c.messages + bindparam("more"),
        recipients=account_use.c.recipients + bindparam("people"),
    )
)
BEGIN = insert(account_use)
OLD = (
    select(account_use.c.account_id, account_use.c.hour)
    .where(account_use.c.hour <= bindparam("until"))
    .limit(PIECE)
)
DROP = delete(account_use).where(*_HOUR)
FORGET = [
    delete(table).where(table.c.account_id == bindparam("of"))
    for table in (correspondent, account_use)
]


@frozen
class Use:
    """One message that an account submits."""

    account_id: int
    recipients: int
    strangers: tuple[str, ...] = ()  # canonical; to whom it had not written before


@frozen
class Used:
    """What an account did within a day."""

    messages: int = 0
    recipients: int = 0
    strangers: int = 0


def note_uses(tx: Transaction, uses: Sequence[Use]) -> None:
    """Count what accounts submit, and remember to whom: a few statements for a whole group."""
    messages, people = Counter[int](), Counter[int]()
    strangers: dict[int, dict[str, None]] = {}
    for use in uses:
        messages[use.account_id] += 1
        people[use.account_id] += use.recipients
        named = (address[:ADDRESS] for address in use.strangers)
        strangers.setdefault(use.account_id, {}).update(dict.fromkeys(named))
    hour = tx.now // HOUR
    for account_id, count in sorted(messages.items()):
        now = {"of": account_id, "then": hour}
        more = {"more": count, "people": people[account_id]}
        if not tx.execute(USE, {**now, **more}).count:
            row = {"account_id": account_id, "hour": hour, "messages": count}
            tx.execute(BEGIN, {**row, "recipients": people[account_id]})
        if strangers[account_id]:
            _write_to(tx, account_id, list(strangers[account_id]))


def _write_to(tx: Transaction, account_id: int, addresses: list[str]) -> None:
    asked = {"of": account_id, "addresses": tx.array(addresses)}
    there = dict(tx.execute(THERE, asked).tuples())
    rows = [
        {"account_id": account_id, "address": address, "wrote_at": tx.now}
        for address in addresses
        if address not in there
    ]
    tx.execute_many(ADD, rows)
    first = [address for address, wrote_at in there.items() if not wrote_at]
    tx.execute_many(WROTE, [{"of": account_id, "who": who, "then": tx.now} for who in first])


def note_kept(tx: Transaction, account_id: int, address: str) -> None:
    """The account read and kept a message from the address (canonical): it is no stranger now."""
    address = address[:ADDRESS]
    if not tx.execute(KEPT, {"of": account_id, "who": address, "then": tx.now}).count:
        tx.execute(ADD, {"account_id": account_id, "address": address, "kept_at": tx.now})


def find_strangers(tx: Transaction, account_id: int, addresses: Sequence[str]) -> set[str]:
    """Those of the addresses (canonical) to which the account has not written yet."""
    asked = {"of": account_id, "addresses": tx.array(addresses)}
    return set(addresses) - {who for who, wrote in tx.execute(THERE, asked).tuples() if wrote}


def known_sender(tx: Transaction, account_ids: Sequence[int], address: str) -> bool:
    """Whether one of the accounts has written to the address (canonical), or kept mail from it."""
    asked = {"ids": tx.array(account_ids), "who": address}
    return tx.execute(KNOWN_SENDER, asked).value() is not None


def read_use(tx: Transaction, account_id: int) -> Used:
    """What the account did within 24 hours; the first of them whole."""
    used = tx.execute(USED_SINCE, {"of": account_id, "after": (tx.now - DAY) // HOUR - 1}).one()
    after = {"of": account_id, "after": tx.now - DAY}
    return Used(
        int(used.messages), int(used.recipients), int(tx.execute(NEW_SINCE, after).value() or 0)
    )


def forget_use(tx: Transaction, kept_seconds: int) -> int:
    """Delete the counts of hours that are over for so long; how many."""
    rows = tx.execute(OLD, {"until": (tx.now - kept_seconds) // HOUR}).tuples()
    tx.execute_many(DROP, [{"of": account_id, "then": hour} for account_id, hour in rows])
    return len(rows)


def forget_correspondents(tx: Transaction, account_id: int) -> None:
    """An account is removed: nothing is remembered of whom it wrote to."""
    for statement in FORGET:
        tx.execute(statement, {"of": account_id})
