"""MTA-STS policies of other domains, kept until their max_age is over (RFC 8461 §3.3)."""

from attrs import frozen
from sqlalchemy import bindparam, delete, insert, select, update

from mailsuite.store.schema_outbound_tls import sts_policy
from mailsuite.store.transaction import Transaction, any_of

DAY = 86_400
COLUMNS = (
    sts_policy.c.domain,
    sts_policy.c.policy_id,
    sts_policy.c.mode,
    sts_policy.c.patterns,
    sts_policy.c.max_age,
    sts_policy.c.fetched,
    sts_policy.c.used,
)
FIND = select(*COLUMNS).where(
    sts_policy.c.domain == bindparam("name"),
    sts_policy.c.fetched + sts_policy.c.max_age > bindparam("now"),
)
FORGET = delete(sts_policy).where(any_of(sts_policy.c.domain, "names"))
INSERT = insert(sts_policy)
USED = (
    update(sts_policy)
    .where(sts_policy.c.domain == bindparam("name"))
    .values(used=bindparam("now_used"))
)
TRIED = (
    update(sts_policy)
    .where(any_of(sts_policy.c.domain, "names"))
    .values(tried=bindparam("now_tried"))
)
OLD = (
    select(*COLUMNS)
    .where(
        sts_policy.c.tried <= bindparam("before"),
        sts_policy.c.used >= bindparam("since"),
        sts_policy.c.fetched + sts_policy.c.max_age > bindparam("now"),
    )
    .order_by(sts_policy.c.tried)
    .limit(bindparam("most"))
)
OVER = (
    select(sts_policy.c.domain)
    .where(sts_policy.c.fetched + sts_policy.c.max_age <= bindparam("now"))
    .limit(200)
)


@frozen
class KeptPolicy:
    """One policy as it was fetched. Times in seconds UTC."""

    domain: str
    policy_id: str
    mode: str
    patterns: tuple[str, ...]
    max_age: int
    fetched: int
    used: int = 0


def find_policy(tx: Transaction, domain: str) -> KeptPolicy | None:
    """The policy of a domain that still holds."""
    rows = tx.execute(FIND, {"name": domain, "now": tx.now}).tuples()
    return _kept(rows[0]) if rows else None


def keep_policy(tx: Transaction, policy: KeptPolicy) -> None:
    """Keep what was fetched, in place of anything before it."""
    tx.execute(FORGET, {"names": tx.array([policy.domain])})
    row = {
        "domain": policy.domain,
        "policy_id": policy.policy_id,
        "mode": policy.mode,
        "patterns": "\n".join(policy.patterns),
        "max_age": policy.max_age,
        "fetched": policy.fetched,
        "used": policy.used or tx.now,
        "tried": tx.now,
    }
    tx.execute(INSERT, row)


def note_use(tx: Transaction, domain: str) -> None:
    """Mail goes there: it is worth asking for again before it ends."""
    tx.execute(USED, {"name": domain, "now_used": tx.now})


def take_old(tx: Transaction, older: int, unused: int, most: int) -> list[KeptPolicy]:
    """At most so many policies to be asked for again, noted as tried now.

    Those last tried `older` seconds ago, for domains that got mail in the last `unused` seconds.
    """
    since = {"before": tx.now - older, "since": tx.now - unused, "now": tx.now, "most": most}
    found = [_kept(row) for row in tx.execute(OLD, since).tuples()]
    if found:
        names = tx.array([policy.domain for policy in found])
        tx.execute(TRIED, {"names": names, "now_tried": tx.now})
    return found


def forget_over(tx: Transaction) -> int:
    """Let go of policies whose time is over; how many."""
    over = [row[0] for row in tx.execute(OVER, {"now": tx.now}).tuples()]
    if over:
        tx.execute(FORGET, {"names": tx.array(over)})
    return len(over)


def _kept(row: tuple[str, str, str, str, int, int, int]) -> KeptPolicy:
    domain, policy_id, mode, patterns, max_age, fetched, used = row
    return KeptPolicy(domain, policy_id, mode, tuple(patterns.split()), max_age, fetched, used)
