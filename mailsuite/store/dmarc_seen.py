"""Messages evaluated under a DMARC policy, counted by day and domain until they are reported."""

from collections.abc import Sequence
from hashlib import sha256

from attrs import frozen
from sqlalchemy import bindparam, delete, func, insert, select, update

from mailsuite.store.schema_dmarc import dmarc_seen
from mailsuite.store.transaction import Transaction

# Rows of one domain a day (RFC 9990 §3.1.1): more sources than that are a flood, and left out.
DOMAIN_ROWS = 1_000
DAYS_KEPT = 2  # a report that could not be sent is tried so long

ADD = (
    update(dmarc_seen)
    .where(
        dmarc_seen.c.day == bindparam("on_day"),
        dmarc_seen.c.domain == bindparam("of_domain"),
        dmarc_seen.c.digest == bindparam("of_digest"),
    )
    .values(messages=dmarc_seen.c.messages + bindparam("count"))
    .returning(dmarc_seen.c.messages)
)
INSERT = insert(dmarc_seen)
ROWS = select(func.count()).where(
    dmarc_seen.c.day == bindparam("on_day"), dmarc_seen.c.domain == bindparam("of_domain")
)
FINISHED = (
    select(dmarc_seen.c.day, dmarc_seen.c.domain)
    .where(dmarc_seen.c.day < bindparam("before"))
    .distinct()
    .order_by(dmarc_seen.c.day, dmarc_seen.c.domain)
    .limit(bindparam("most"))
)
OF_DOMAIN = (
    select(dmarc_seen.c.day, dmarc_seen.c.domain, dmarc_seen.c.facts, dmarc_seen.c.messages)
    .where(dmarc_seen.c.day == bindparam("on_day"), dmarc_seen.c.domain == bindparam("of_domain"))
    .order_by(dmarc_seen.c.digest)
)
FORGET = delete(dmarc_seen).where(
    dmarc_seen.c.day == bindparam("on_day"), dmarc_seen.c.domain == bindparam("of_domain")
)
FORGET_OLD = delete(dmarc_seen).where(dmarc_seen.c.day < bindparam("before"))


@frozen
class SeenCount:
    """So many messages of one kind, under one domain's policy on one day (since 1970, UTC)."""

    day: int
    domain: str
    facts: str  # JSON, as `mailsuite.trust.reports.counting` writes it
    messages: int


def count_seen(tx: Transaction, counted: Sequence[SeenCount]) -> None:
    """Add to what was counted."""
    for one in counted:
        held = {"on_day": one.day, "of_domain": one.domain}
        digest = sha256(one.facts.encode()).hexdigest()[:32]
        where = {**held, "of_digest": digest, "count": one.messages}
        if tx.execute(ADD, where).tuples():
            continue
        if int(tx.execute(ROWS, held).value()) < DOMAIN_ROWS:
            row = {"day": one.day, "domain": one.domain, "digest": digest}
            tx.execute(INSERT, {**row, "facts": one.facts, "messages": one.messages})


def seen_days(tx: Transaction, before: int, most: int) -> list[tuple[int, str]]:
    """Days and domains that are still to be reported, of days before this one."""
    return tx.execute(FINISHED, {"before": before, "most": most}).tuples()


def read_seen(tx: Transaction, day: int, domain: str) -> list[SeenCount]:
    """What was counted under one domain's policy on one day."""
    rows = tx.execute(OF_DOMAIN, {"on_day": day, "of_domain": domain}).tuples()
    return [SeenCount(*row) for row in rows]


def forget_seen(tx: Transaction, day: int, domain: str) -> None:
    """They were reported, or nobody wants to hear of them."""
    tx.execute(FORGET, {"on_day": day, "of_domain": domain})


def forget_old_seen(tx: Transaction, before: int) -> None:
    """Let go of what could not be reported in time."""
    tx.execute(FORGET_OLD, {"before": before})
