"""What accounts hold and may hold, as QUOTA tells and sets it (RFC 9208)."""

from attrs import frozen
from sqlalchemy import bindparam, update

from mailsuite.store.mailboxes import count_mailboxes, read_usage
from mailsuite.store.schema import account
from mailsuite.store.transaction import Transaction

SET = (
    update(account)
    .where(account.c.id == bindparam("of_id"))
    .values(
        quota_octets=bindparam("octets"),
        quota_messages=bindparam("messages"),
        quota_mailboxes=bindparam("mailboxes"),
    )
)


@frozen
class Holding:
    """What an account holds of each resource, and its limits; 0: none of its own."""

    octets: int
    octets_limit: int
    messages: int
    messages_limit: int
    mailboxes: int
    mailboxes_limit: int


def read_holding(tx: Transaction, account_id: int) -> Holding:
    """What the account holds and may hold."""
    usage = read_usage(tx, account_id)
    return Holding(
        usage.used_octets,
        usage.quota_octets,
        usage.used_messages,
        usage.quota_messages,
        count_mailboxes(tx, account_id),
        usage.quota_mailboxes,
    )


def set_limits(
    tx: Transaction, account_id: int, octets: int, messages: int, mailboxes: int
) -> None:
    """Set all limits of an account; 0 takes one away."""
    limits = {"octets": octets, "messages": messages, "mailboxes": mailboxes}
    tx.execute(SET, {"of_id": account_id, **limits})
    tx.account_changed(account_id)
