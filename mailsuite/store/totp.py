"""Keeping one-time passwords: what is used up and how often was guessed, over all workers."""

from enum import Enum, auto

from sqlalchemy import bindparam, delete, insert, select, update

from mailsuite.store.schema_totp import totp
from mailsuite.store.transaction import Transaction

TRIES = 5
TRIES_SECONDS = 300

READ = select(totp.c.secret).where(totp.c.account_id == bindparam("id"))
COUNTS = select(totp.c.secret, totp.c.step, totp.c.tries, totp.c.since).where(
    totp.c.account_id == bindparam("id")
)
INSERT = insert(totp)
DELETE = delete(totp).where(totp.c.account_id == bindparam("of_id"))
SET = (
    update(totp)
    .where(totp.c.account_id == bindparam("of_id"))
    .values(step=bindparam("to_step"), tries=bindparam("to_tries"), since=bindparam("to_since"))
)


class Use(Enum):
    """What became of a code."""

    TAKEN = auto()
    WRONG = auto()  # or used before
    TOO_MANY = auto()  # tries: nothing was looked at


def read_totp(tx: Transaction, account_id: int) -> str | None:
    """The sealed secret of an account; None: it has none."""
    rows = tx.execute(READ, {"id": account_id}).tuples()
    return str(rows[0][0]) if rows else None


def set_totp(tx: Transaction, account_id: int, secret: str) -> None:
    """Keep a new secret in the place of any before it."""
    remove_totp(tx, account_id)
    tx.execute(INSERT, {"account_id": account_id, "secret": secret, "created": tx.now})


def remove_totp(tx: Transaction, account_id: int) -> bool:
    """Take the secret away; whether there was one."""
    there = read_totp(tx, account_id) is not None
    tx.execute(DELETE, {"of_id": account_id})
    return there


def use_code(tx: Transaction, account_id: int, secret: str, step: int | None) -> Use:
    """Note that a code was given: of this step by this secret, or None: of none.

    One writer at a time: of two who give the same code at once, on two workers, one is taken
    (A12, Dovecot CVE-2026-27855).
    """
    rows = tx.execute(COUNTS, {"id": account_id}).tuples()
    if not rows or rows[0][0] != secret:
        return Use.WRONG
    _, last, tries, since = rows[0]
    if tx.now - since >= TRIES_SECONDS:
        tries, since = 0, tx.now
    if tries >= TRIES:
        return Use.TOO_MANY
    taken = step is not None and step > last
    counts = {"to_step": step if taken else last, "to_tries": 0 if taken else tries + 1}
    tx.execute(SET, {"of_id": account_id, "to_since": since, **counts})
    return Use.TAKEN if taken else Use.WRONG
