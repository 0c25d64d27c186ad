"""Greylisting's memory (RFC 6647 §5): first tries, and who came again.

Bounded whatever comes (threat S17): a network (/24, /64) holds so many first tries, beyond which
its own oldest goes; the whole table so many, beyond which the oldest of all goes.
"""

import hashlib
import secrets

from attrs import frozen
from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from mailsuite.store.schema_repute import greylisted, passer
from mailsuite.store.transaction import Transaction, any_of

OF_NETWORK = 1_000  # first tries that one network may have open
ALL = 500_000
PIECE = 500  # rows that go at once
SWEPT_EVERY = 250  # of so many first tries one makes room for all, if it must
WAIT_SECONDS = 24 * 3_600  # a retry that comes later is a first try (RFC 6647 §5 (2))
KEPT_SECONDS = 36 * 86_400  # a passed triplet, a passing network: longer than a monthly letter
SEEN_SECONDS = 86_400  # between two times that a passer's visit is written
DIGEST = 8  # octets

_THIS = greylisted.c.triplet == bindparam("which")
FIND = select(greylisted.c.first_at, greylisted.c.passed_at).where(_THIS)
ADD = insert(greylisted)
AGAIN = update(greylisted).where(_THIS).values(first_at=bindparam("now"), passed_at=0)
PASS = update(greylisted).where(_THIS).values(passed_at=bindparam("now"))
_NETWORK = greylisted.c.network == bindparam("of")
OPEN = select(func.count()).select_from(
    select(greylisted.c.triplet).where(_NETWORK).limit(OF_NETWORK + 1).subquery()
)
OLDEST_OF_NETWORK = (
    select(greylisted.c.triplet).where(_NETWORK).order_by(greylisted.c.first_at).limit(1)
)
COUNT = select(func.count()).select_from(greylisted)
OLDEST = select(greylisted.c.triplet).order_by(greylisted.c.first_at).limit(bindparam("most"))
DROP = delete(greylisted).where(any_of(greylisted.c.triplet, "which"))
OVER = (
    select(greylisted.c.triplet)
    .where(
        greylisted.c.first_at <= bindparam("unanswered"),
        or_(greylisted.c.passed_at == 0, greylisted.c.passed_at <= bindparam("until")),
    )
    .order_by(greylisted.c.first_at)
    .limit(PIECE)
)
PASSES = select(
    func.coalesce(func.max(passer.c.passes), 0).label("passes"),
    func.coalesce(func.max(passer.c.last_at), 0).label("last_at"),
).where(any_of(passer.c.name, "names"), passer.c.last_at > bindparam("after"))
PASSED = (
    update(passer)
    .where(passer.c.name == bindparam("who"))
    .values(passes=passer.c.passes + 1, last_at=bindparam("now"))
)
FIRST = insert(passer)
SEEN = (
    update(passer)
    .where(any_of(passer.c.name, "names"), passer.c.last_at <= bindparam("before"))
    .values(last_at=bindparam("now"))
)
OLD_PASSERS = select(passer.c.name).where(passer.c.last_at <= bindparam("until")).limit(PIECE)
DROP_PASSERS = delete(passer).where(any_of(passer.c.name, "names"))


@frozen
class Try:
    """One recipient of one message, as greylisting sees it.

    Attributes:
        network: of the client.
        names: whose passes count: the network, and the sender's domain where it is its own host's.
    """

    network: str
    sender: str  # canonical; "": the null sender
    recipient: str
    names: tuple[str, ...]

    @property
    def triplet(self) -> int:
        """What the row is found by."""
        words = f"{self.network}\0{self.sender}\0{self.recipient}".encode()
        digest = hashlib.blake2b(words, digest_size=DIGEST).digest()
        return int.from_bytes(digest, signed=True)


@frozen
class Seen:
    """What is known of a try.

    Attributes:
        passes: how often somebody of its names came again.
        first_at: when it was first tried, seconds UTC; None: it has not been, within a day.
        passed: it has come again before.
        stale: the last time is long ago, and due to be noted (`note_seen`).
    """

    passes: int
    first_at: int | None
    passed: bool
    stale: bool = False


def look_up(tx: Transaction, tried: Try) -> Seen:
    """What is known of a try. Writes nothing."""
    asked = {"names": tx.array(tried.names), "after": tx.now - KEPT_SECONDS}
    known = tx.execute(PASSES, asked).one()
    passes, stale = int(known.passes), known.last_at <= tx.now - SEEN_SECONDS
    row = tx.execute(FIND, {"which": tried.triplet}).one_or_none()
    first_at = None if row is None else int(row.first_at)
    passed = row is not None and row.passed_at > tx.now - KEPT_SECONDS
    if first_at is not None and not passed and first_at <= tx.now - WAIT_SECONDS:
        first_at = None  # too late: a first try again
    return Seen(passes, first_at, passed=passed, stale=stale and passes > 0)


def put_off(tx: Transaction, tried: Try) -> None:
    """Note a first try, in the place of the oldest where there is no room."""
    if tx.execute(AGAIN, {"which": tried.triplet, "now": tx.now}).count:
        return
    if int(tx.execute(OPEN, {"of": tried.network}).value() or 0) >= OF_NETWORK:
        oldest = tx.execute(OLDEST_OF_NETWORK, {"of": tried.network}).value()
        tx.execute(DROP, {"which": tx.array([oldest])})
    row = {"triplet": tried.triplet, "network": tried.network, "first_at": tx.now}
    tx.execute(ADD, row)
    # By chance, which nobody outside can steer: to count half a million rows takes 10 ms.
    if secrets.randbelow(SWEPT_EVERY) == 0:
        forget_tries(tx)


def let_pass(tx: Transaction, tried: Try) -> None:
    """It came again: the triplet has passed, and its names have one pass more."""
    if not tx.execute(PASS, {"which": tried.triplet, "now": tx.now}).count:
        return
    for name in tried.names:
        if not tx.execute(PASSED, {"who": name, "now": tx.now}).count:
            tx.execute(FIRST, {"name": name, "passes": 1, "last_at": tx.now})


def note_seen(tx: Transaction, names: tuple[str, ...]) -> None:
    """Who is let in at once was here: they are kept."""
    before = tx.now - SEEN_SECONDS
    tx.execute(SEEN, {"names": tx.array(names), "now": tx.now, "before": before})


def forget_tries(tx: Transaction, most: int = ALL) -> int:
    """Delete what is over, and the oldest beyond `most`; how many rows, `PIECE` at most."""
    bounds = {"unanswered": tx.now - WAIT_SECONDS, "until": tx.now - KEPT_SECONDS}
    over = [number for (number,) in tx.execute(OVER, bounds).tuples()]
    if not over:
        beyond = min(PIECE, int(tx.execute(COUNT).value() or 0) - most)
        if beyond > 0:
            over = [number for (number,) in tx.execute(OLDEST, {"most": beyond}).tuples()]
    if over:
        tx.execute(DROP, {"which": tx.array(over)})
    return len(over)


def forget_passers(tx: Transaction, kept_seconds: int = KEPT_SECONDS) -> int:
    """Delete who has not been here for so long; how many."""
    asked = {"until": tx.now - kept_seconds}
    names = [name for (name,) in tx.execute(OLD_PASSERS, asked).tuples()]
    if names:
        tx.execute(DROP_PASSERS, {"names": tx.array(names)})
    return len(names)
