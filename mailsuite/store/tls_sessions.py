"""How TLS to other hosts went, counted by day and recipients' domain (RFC 8460 §4.2)."""

from collections.abc import Sequence
from hashlib import sha256

from attrs import frozen
from sqlalchemy import bindparam, delete, func, insert, select, update

from mailsuite.store.schema_outbound_tls import tls_session
from mailsuite.store.transaction import Transaction

DOMAIN_KINDS = 200  # different outcomes of one domain a day; what is over is counted as `OTHERS`
OTHERS = "{}"

ADD = (
    update(tls_session)
    .where(
        tls_session.c.day == bindparam("on_day"),
        tls_session.c.domain == bindparam("of_domain"),
        tls_session.c.digest == bindparam("of_digest"),
    )
    .values(sessions=tls_session.c.sessions + bindparam("count"))
    .returning(tls_session.c.sessions)
)
INSERT = insert(tls_session)
KINDS = select(func.count()).where(
    tls_session.c.day == bindparam("on_day"), tls_session.c.domain == bindparam("of_domain")
)
FINISHED = (
    select(tls_session.c.day, tls_session.c.domain)
    .where(tls_session.c.day < bindparam("before"))
    .distinct()
    .order_by(tls_session.c.day, tls_session.c.domain)
    .limit(bindparam("most"))
)
OF_DOMAIN = (
    select(tls_session.c.day, tls_session.c.domain, tls_session.c.facts, tls_session.c.sessions)
    .where(tls_session.c.day == bindparam("on_day"), tls_session.c.domain == bindparam("of_domain"))
    .order_by(tls_session.c.digest)
)
ALL = (
    select(tls_session.c.day, tls_session.c.domain, tls_session.c.facts, tls_session.c.sessions)
    .order_by(tls_session.c.day, tls_session.c.domain, tls_session.c.digest)
    .limit(bindparam("most"))
)
FORGET = delete(tls_session).where(
    tls_session.c.day == bindparam("on_day"), tls_session.c.domain == bindparam("of_domain")
)
FORGET_OLD = delete(tls_session).where(tls_session.c.day < bindparam("before"))


@frozen
class Counted:
    """So many sessions of one kind, with one domain's hosts on one day (since 1970, UTC)."""

    day: int
    domain: str
    facts: str  # JSON, as `mailsuite.relay.tls.outcomes` writes it
    sessions: int


def count_sessions(tx: Transaction, counted: Sequence[Counted]) -> None:
    """Add to what was counted."""
    for one in counted:
        where = {
            "on_day": one.day,
            "of_domain": one.domain,
            "of_digest": _digest(one.facts),
        }
        if tx.execute(ADD, {**where, "count": one.sessions}).tuples():
            continue
        facts = one.facts
        held = {"on_day": one.day, "of_domain": one.domain}
        if int(tx.execute(KINDS, held).value()) >= DOMAIN_KINDS:
            facts = OTHERS
            where["of_digest"] = _digest(facts)
            if tx.execute(ADD, {**where, "count": one.sessions}).tuples():
                continue
        row = {"day": one.day, "domain": one.domain, "digest": _digest(facts)}
        tx.execute(INSERT, {**row, "facts": facts, "sessions": one.sessions})


def finished_days(tx: Transaction, before: int, most: int) -> list[tuple[int, str]]:
    """Days and domains that are still to be reported, of days before this one."""
    return tx.execute(FINISHED, {"before": before, "most": most}).tuples()


def read_sessions(tx: Transaction, day: int, domain: str) -> list[Counted]:
    """What was counted of one domain on one day."""
    rows = tx.execute(OF_DOMAIN, {"on_day": day, "of_domain": domain}).tuples()
    return [Counted(*row) for row in rows]


def list_sessions(tx: Transaction, most: int) -> list[Counted]:
    """What was counted and is not reported yet, oldest first."""
    return [Counted(*row) for row in tx.execute(ALL, {"most": most}).tuples()]


def forget_sessions(tx: Transaction, day: int, domain: str) -> None:
    """They were reported, or nobody wants to hear of them."""
    tx.execute(FORGET, {"on_day": day, "of_domain": domain})


def forget_old_sessions(tx: Transaction, before: int) -> None:
    """Let go of what could not be reported in time."""
    tx.execute(FORGET_OLD, {"before": before})


def _digest(facts: str) -> str:
    return sha256(facts.encode()).hexdigest()[:32]
