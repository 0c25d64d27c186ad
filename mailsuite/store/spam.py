"""What accounts have taught about spam: counts of words, thresholds, and what was taught when."""

from collections.abc import Sequence

from attrs import evolve, frozen
from sqlalchemy import bindparam, delete, func, insert, select, update

from mailsuite.errors import NoSuchUser
from mailsuite.store.blobs import compressed, expanded
from mailsuite.store.correspondents import note_kept
from mailsuite.store.schema import account, message
from mailsuite.store.schema_repute import correspondent
from mailsuite.store.schema_spam import spam_model, spam_taught
from mailsuite.store.transaction import Transaction, any_of

COUNTS_OCTETS = 4 * 1024 * 1024  # of an account, expanded
THOUSAND = 1_000  # scores are kept as thousandths
PIECE = 500  # rows that go at once
GONE_SECONDS = 90 * 86_400  # what was taught of a message that is gone is known so long

_MODEL = (
    account.c.id,
    account.c.name,
    spam_model.c.revision,
    spam_model.c.words,
    spam_model.c.good,
    spam_model.c.spam,
    spam_model.c.given,
    spam_model.c.threshold,
    spam_model.c.kept,
)
_OF = spam_model.c.account_id == bindparam("of")
MODELS = (
    select(*_MODEL)
    .select_from(account.outerjoin(spam_model, spam_model.c.account_id == account.c.id))
    .where(any_of(account.c.id, "ids"))
)
COUNTS = select(spam_model.c.revision, spam_model.c.counts).where(_OF)
SENDERS = select(
    correspondent.c.account_id, correspondent.c.wrote_at, correspondent.c.kept_at
).where(any_of(correspondent.c.account_id, "ids"), correspondent.c.address == bindparam("who"))
ADD_MODEL = insert(spam_model)
LEARN = (
    update(spam_model)
    .where(_OF, spam_model.c.revision == bindparam("before"))
    .values(
        revision=spam_model.c.revision + 1,
        words=bindparam("version"),
        good=bindparam("goods"),
        spam=bindparam("spams"),
        counts=bindparam("packed"),
    )
)
SET_AUTOMATIC = (
    update(spam_model).where(_OF).values(threshold=bindparam("score"), kept=bindparam("behind"))
)
GIVE = (
    update(spam_model)
    .where(_OF)
    .values(given=bindparam("told"), revision=spam_model.c.revision + 1)
)
THERE = select(account.c.id).where(account.c.id == bindparam("of"))
TAUGHT = select(
    spam_taught.c.message_id,
    spam_taught.c.kind,
    spam_taught.c.score,
    spam_taught.c.at,
    spam_taught.c.state,
    spam_taught.c.sketch,
).where(spam_taught.c.account_id == bindparam("of"), any_of(spam_taught.c.message_id, "ids"))
UNTEACH = delete(spam_taught).where(
    spam_taught.c.account_id == bindparam("of"), any_of(spam_taught.c.message_id, "ids")
)
ADD_TAUGHT = insert(spam_taught)
SCORES = (
    select(spam_taught.c.score)
    .where(spam_taught.c.account_id == bindparam("of"), spam_taught.c.kind == bindparam("what"))
    .order_by(spam_taught.c.at.desc(), spam_taught.c.message_id.desc())
    .limit(bindparam("most"))
)
SKETCHES = (
    select(spam_taught.c.sketch)
    .where(
        spam_taught.c.account_id == bindparam("of"),
        spam_taught.c.kind == bindparam("what"),
        func.length(spam_taught.c.sketch) > 0,
    )
    .order_by(spam_taught.c.at.desc(), spam_taught.c.message_id.desc())
    .limit(bindparam("most"))
)
FORGET = [
    delete(table).where(table.c.account_id == bindparam("of"))
    for table in (spam_model, spam_taught)
]
STOP_KEEPING = (
    update(correspondent)
    .where(
        correspondent.c.account_id == bindparam("of"), correspondent.c.address == bindparam("who")
    )
    .values(kept_at=0)
)
MOST_KEPT = 20_000  # senders of an account that are remembered for what it kept
KEPT_SENDERS = (
    select(func.count())
    .select_from(correspondent)
    .where(correspondent.c.account_id == bindparam("of"), correspondent.c.kept_at > 0)
)
GONE = (
    select(spam_taught.c.account_id, spam_taught.c.message_id)
    .select_from(spam_taught.outerjoin(message, message.c.id == spam_taught.c.message_id))
    .where(message.c.id.is_(None), spam_taught.c.at <= bindparam("until"))
    .limit(PIECE)
)
DROP_TAUGHT = delete(spam_taught).where(
    spam_taught.c.account_id == bindparam("of"), spam_taught.c.message_id == bindparam("which")
)


@frozen
class Model:
    """What is known of an account, without its counts."""

    account_id: int
    name: str = ""
    revision: int = 0
    words: int = 0  # version of the words counted
    good: int = 0
    spam: int = 0
    given: str = ""  # the threshold as it was set: "" automatic, "off", or a number
    threshold: float = 0.0  # the automatic one
    kept: int = 0  # good messages that it goes by; 0: none, the seed's own counts
    wrote_to: bool = False  # to the sender asked about
    kept_sender: bool = False  # mail from the sender asked about


@frozen
class Taught:
    """What was taught of one message."""

    message_id: int
    kind: int = 0  # 1 good, 2 spam; 0: nothing
    score: float = 0.0  # before
    at: int = 0  # as it was seen then, seconds UTC
    state: int = 0
    sketch: bytes = b""


@frozen
class Lesson:
    """What one round of learning writes for one account."""

    account_id: int
    revision: int  # of the counts that it began with
    words: int
    good: int
    spam: int
    counts: bytes  # packed and compressed (`squeezed`)
    taught: tuple[Taught, ...]
    kept_senders: tuple[str, ...] = ()  # canonical
    unwanted_senders: tuple[str, ...] = ()


def squeezed(counts: bytes) -> bytes:
    """Counts as they are kept: mostly zeros, so a tenth of them or less."""
    return compressed(counts)


def read_models(tx: Transaction, account_ids: Sequence[int], sender: str = "") -> dict[int, Model]:
    """What is known of the accounts, and how each stands to the sender (canonical)."""
    ids = tx.array(account_ids)
    known = {}
    if sender:
        rows = tx.execute(SENDERS, {"ids": ids, "who": sender}).tuples()
        known = {number: (wrote > 0, kept > 0) for number, wrote, kept in rows}
    found = {}
    for number, name, revision, *rest in tx.execute(MODELS, {"ids": ids}).tuples():
        wrote_to, kept_sender = known.get(number, (False, False))
        model = Model(number, name, wrote_to=wrote_to, kept_sender=kept_sender)
        if revision is not None:
            version, good, spam, given, threshold, kept = rest
            model = evolve(
                model,
                revision=revision,
                words=version,
                good=good,
                spam=spam,
                given=given,
                threshold=threshold / THOUSAND,
                kept=kept,
            )
        found[number] = model
    return found


def read_counts(tx: Transaction, account_id: int) -> tuple[int, bytes]:
    """The revision of an account's counts, and what `Counts.packed` made; empty: none.

    Raises:
        DamagedBody: they are not what was written.
    """
    found = tx.execute(COUNTS, {"of": account_id}).one_or_none()
    if found is None:
        return 0, b""
    packed = bytes(found.counts)
    return found.revision, expanded(packed, COUNTS_OCTETS) if packed else b""


def read_taught(tx: Transaction, account_id: int, ids: Sequence[int]) -> dict[int, Taught]:
    """What was taught of these messages."""
    rows = tx.execute(TAUGHT, {"of": account_id, "ids": tx.array(ids)}).tuples()
    return {
        number: Taught(number, kind, score / THOUSAND, at, state, bytes(sketch))
        for number, kind, score, at, state, sketch in rows
    }


def read_sketches(tx: Transaction, account_id: int, kind: int, most: int) -> list[bytes]:
    """The sketches of the newest messages that were called so by hand."""
    rows = tx.execute(SKETCHES, {"of": account_id, "what": kind, "most": most}).tuples()
    return [bytes(sketch) for (sketch,) in rows]


def read_scores(tx: Transaction, account_id: int, kind: int, most: int) -> list[float]:
    """The scores of the newest messages that were called so, as they were before."""
    rows = tx.execute(SCORES, {"of": account_id, "what": kind, "most": most}).tuples()
    return [score / THOUSAND for (score,) in rows]


def write_lesson(tx: Transaction, lesson: Lesson) -> bool:
    """Write what was learned; False, and nothing is written, if the counts changed meanwhile."""
    _begin(tx, lesson.account_id)
    changed = {
        "of": lesson.account_id,
        "before": lesson.revision,
        "version": lesson.words,
        "goods": lesson.good,
        "spams": lesson.spam,
        "packed": lesson.counts,
    }
    if not tx.execute(LEARN, changed).count:
        return False
    _write_taught(tx, lesson.account_id, lesson.taught)
    room = MOST_KEPT - int(tx.execute(KEPT_SENDERS, {"of": lesson.account_id}).value() or 0)
    for sender in dict.fromkeys(lesson.kept_senders[: max(room, 0)]):
        note_kept(tx, lesson.account_id, sender)
    for sender in dict.fromkeys(lesson.unwanted_senders):
        tx.execute(STOP_KEEPING, {"of": lesson.account_id, "who": sender})
    return True


def _begin(tx: Transaction, account_id: int) -> None:
    if not tx.execute(COUNTS, {"of": account_id}).tuples():
        if tx.execute(THERE, {"of": account_id}).value() is None:
            raise NoSuchUser
        tx.execute(ADD_MODEL, {"account_id": account_id, "counts": b""})


def _write_taught(tx: Transaction, account_id: int, taught: Sequence[Taught]) -> None:
    ids = tx.array(row.message_id for row in taught)
    tx.execute(UNTEACH, {"of": account_id, "ids": ids})
    rows = [
        {
            "account_id": account_id,
            "message_id": row.message_id,
            "kind": row.kind,
            "score": round(row.score * THOUSAND),
            "at": row.at,
            "state": row.state,
            "sketch": row.sketch,
        }
        for row in taught
    ]
    tx.execute_many(ADD_TAUGHT, rows)


def note_states(tx: Transaction, account_id: int, taught: Sequence[Taught]) -> None:
    """Remember how messages lie, with nothing learned from it."""
    _write_taught(tx, account_id, taught)


def set_automatic(tx: Transaction, account_id: int, threshold: float, kept: int) -> None:
    """The threshold that follows from so many kept messages."""
    score = round(threshold * THOUSAND)
    tx.execute(SET_AUTOMATIC, {"of": account_id, "score": score, "behind": kept})


def give_threshold(tx: Transaction, account_id: int, told: str) -> None:
    """Set an account's threshold: "" automatic, "off", or a number. Raises `NoSuchUser`."""
    _begin(tx, account_id)
    tx.execute(GIVE, {"of": account_id, "told": told})


def forget_spam(tx: Transaction, account_id: int) -> None:
    """Forget all that an account has taught, and its threshold."""
    for statement in FORGET:
        tx.execute(statement, {"of": account_id})


def forget_gone(tx: Transaction, kept_seconds: int) -> int:
    """Forget what was taught long ago of messages that are gone; how many. The counts stay."""
    rows = tx.execute(GONE, {"until": tx.now - kept_seconds}).tuples()
    tx.execute_many(DROP_TAUGHT, [{"of": of, "which": which} for of, which in rows])
    return len(rows)
