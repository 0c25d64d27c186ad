"""What people do with their mail, as the learner sees it: where messages lie, behind the change.

Nobody tells it of anything: it reads the placements that changed since it looked last, so every
client and every command that moves mail teaches alike, and none of them waits.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve, frozen
from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from mailsuite.errors import NoSuchThing
from mailsuite.store.flags import ANSWERED, DELETED, FLAGGED, SEEN, read_keywords
from mailsuite.store.schema import mailbox, message, placement
from mailsuite.store.schema_spam import spam_model, spam_seen
from mailsuite.store.spam import Taught, read_taught
from mailsuite.store.transaction import Transaction

JUNK = "\\Junk"
# Where mail lies that nobody has judged by keeping it: its owner wrote it, or threw it away.
UNJUDGED = frozenset({"\\Sent", "\\Drafts", "\\Trash", "\\All", "\\Flagged", "\\Important"})
FIRST_LOOK = 1_000  # newest messages of a mailbox that are looked at when it is seen first
PLACEMENTS = 500  # read at once

JUNKED = b"X-Spam-Flag: YES\r\n"  # on what the suite itself has put into Junk (`spam.fields`)
HEAD = 1_000  # octets of a prefix in which it stands: Return-Path and Delivered-To come before

# Bits of `Taught.state`.
IN_JUNK, CALLED_JUNK, CALLED_GOOD = 1, 2, 4
JUNK_KEYWORDS = frozenset({"$junk", "junk"})
# Thunderbird sets NonJunk by itself on whatever it has looked at: that says nothing.
GOOD_KEYWORDS = frozenset({"$notjunk", "notjunk"})

_BEHIND = (
    mailbox.c.id,
    mailbox.c.account_id,
    mailbox.c.special_use,
    mailbox.c.uidvalidity,
    mailbox.c.uidnext,
    mailbox.c.modseq,
    spam_seen.c.modseq,
    spam_seen.c.uid,
)
BEHIND = (
    select(*_BEHIND)
    .select_from(mailbox.outerjoin(spam_seen, spam_seen.c.mailbox_id == mailbox.c.id))
    .where(or_(spam_seen.c.mailbox_id.is_(None), mailbox.c.modseq > spam_seen.c.modseq))
    .order_by(mailbox.c.id)
    .limit(bindparam("most"))
)
EVERY = (
    select(*_BEHIND)
    .select_from(mailbox.join(spam_seen, spam_seen.c.mailbox_id == mailbox.c.id))
    .where(mailbox.c.id > bindparam("after"), mailbox.c.uidnext - 1 > spam_seen.c.uid)
    .order_by(mailbox.c.id)
    .limit(bindparam("most"))
)
_PLACED = (
    placement.c.uid,
    placement.c.message_id,
    placement.c.flags,
    placement.c.modseq,
    placement.c.saved_at,
    placement.c.uidl,
    message.c.created,
    func.substr(message.c.prefix, 1, HEAD).label("head"),
)
_FROM = placement.join(message, message.c.id == placement.c.message_id)
CHANGED = (
    select(*_PLACED)
    .select_from(_FROM)
    .where(
        placement.c.mailbox_id == bindparam("of"),
        placement.c.modseq > bindparam("after"),
        placement.c.uid > bindparam("above"),
    )
    .order_by(placement.c.modseq, placement.c.uid)
    .limit(PLACEMENTS)
)
RIPE = (
    select(*_PLACED)
    .select_from(_FROM)
    .where(
        placement.c.mailbox_id == bindparam("of"),
        placement.c.uid > bindparam("above"),
        placement.c.saved_at <= bindparam("until"),
    )
    .order_by(placement.c.uid)
    .limit(PLACEMENTS)
)
SEE = (
    update(spam_seen)
    .where(spam_seen.c.mailbox_id == bindparam("of"))
    .values(modseq=bindparam("at"), uid=bindparam("last"))
)
BEGIN = insert(spam_seen)
LOST = (
    select(spam_seen.c.mailbox_id)
    .select_from(spam_seen.outerjoin(mailbox, mailbox.c.id == spam_seen.c.mailbox_id))
    .where(mailbox.c.id.is_(None))
    .limit(PLACEMENTS)
)
FORGET = delete(spam_seen).where(spam_seen.c.mailbox_id == bindparam("of"))


@frozen
class Look:
    """A mailbox to look at, and how far it was looked at."""

    mailbox_id: int
    account_id: int
    special_use: str
    uidvalidity: int
    uidnext: int
    modseq: int
    seen_modseq: int
    seen_uid: int
    is_new: bool


@frozen
class Placed:
    """A message as it lies in a mailbox."""

    message_id: int
    state: int  # IN_JUNK | CALLED_JUNK | CALLED_GOOD
    is_read: bool
    is_answered: bool  # or flagged: somebody wants it
    is_deleted: bool
    came_by_hand: bool  # moved or copied here, not delivered
    saved_at: int


@frozen
class Seen:
    """What one look at a mailbox found, and how far it went."""

    placed: tuple[Placed, ...]
    taught: Mapping[int, Taught]
    modseq: int
    uid: int
    now: int
    is_all: bool


def find_behind(tx: Transaction, most: int) -> list[Look]:
    """Mailboxes that changed since they were looked at."""
    return [_look(row) for row in tx.execute(BEHIND, {"most": most}).tuples()]


def find_ripening(tx: Transaction, after: int, most: int) -> list[Look]:
    """Mailboxes, by id, with messages that were too new to count as kept when looked at."""
    return [_look(row) for row in tx.execute(EVERY, {"after": after, "most": most}).tuples()]


def _look(row: Sequence[int | str | None]) -> Look:
    number, account_id, use, uidvalidity, uidnext, modseq, seen, uid = row
    is_new = seen is None
    floor = max(int(uidnext or 1) - 1 - FIRST_LOOK, 0)
    return Look(
        int(number or 0),
        int(account_id or 0),
        str(use),
        int(uidvalidity or 0),
        int(uidnext or 1),
        int(modseq or 0),
        0 if is_new else int(seen or 0),
        floor if is_new else int(uid or 0),
        is_new,
    )


def read_changed(tx: Transaction, look: Look) -> Seen:
    """The placements that changed since the last look, oldest change first."""
    floor = look.seen_uid if look.is_new else 0
    asked = {"of": look.mailbox_id, "after": look.seen_modseq, "above": floor}
    rows = tx.execute(CHANGED, asked).tuples()
    is_all = len(rows) < PLACEMENTS
    # Those of one modseq belong together: what was cut off is read again next time.
    modseq = look.modseq if is_all else max(rows[-1][3] - 1, look.seen_modseq)
    if not is_all and modseq == look.seen_modseq:
        modseq = rows[-1][3]
    return _seen(tx, look, rows, modseq, look.seen_uid, is_all=is_all)


def read_ripe(tx: Transaction, look: Look, kept_seconds: int) -> Seen:
    """The placements that are older than `kept_seconds` now and were not when looked at last."""
    until = tx.now - kept_seconds
    rows = tx.execute(
        RIPE, {"of": look.mailbox_id, "above": look.seen_uid, "until": until}
    ).tuples()
    uid = rows[-1][0] if rows else look.seen_uid
    return _seen(tx, look, rows, look.seen_modseq, uid, is_all=len(rows) < PLACEMENTS)


def _seen(
    tx: Transaction,
    look: Look,
    rows: Sequence[tuple[Any, ...]],
    modseq: int,
    uid: int,
    *,
    is_all: bool,
) -> Seen:
    junk = good = 0
    for bit, name in read_keywords(tx, look.mailbox_id).items():
        junk |= (name.lower() in JUNK_KEYWORDS) << bit
        good |= (name.lower() in GOOD_KEYWORDS) << bit
    here = IN_JUNK if look.special_use == JUNK else 0
    placed = tuple(
        Placed(
            message_id,
            here | (CALLED_JUNK if flags & junk else 0) | (CALLED_GOOD if flags & good else 0),
            bool(flags & SEEN),
            bool(flags & (ANSWERED | FLAGGED)),
            bool(flags & DELETED),
            uidl >> 32 != look.uidvalidity
            or saved_at > created
            or (not here and head is not None and JUNKED in bytes(head)),
            saved_at,
        )
        for _, message_id, flags, _, saved_at, uidl, created, head in rows
    )
    taught = read_taught(tx, look.account_id, [one.message_id for one in placed])
    return Seen(placed, taught, modseq, uid, tx.now, is_all)


def note_seen(tx: Transaction, mailbox_id: int, modseq: int, uid: int) -> None:
    """The mailbox was looked at so far."""
    if not tx.execute(SEE, {"of": mailbox_id, "at": modseq, "last": uid}).count:
        tx.execute(BEGIN, {"mailbox_id": mailbox_id, "modseq": modseq, "uid": uid})


def forget_lost(tx: Transaction, _: int) -> int:
    """Forget the places in mailboxes that are gone; how many."""
    rows = tx.execute(LOST).tuples()
    tx.execute_many(FORGET, [{"of": number} for (number,) in rows])
    return len(rows)


FIND_LOOK = (
    select(*_BEHIND)
    .select_from(mailbox.outerjoin(spam_seen, spam_seen.c.mailbox_id == mailbox.c.id))
    .where(mailbox.c.account_id == bindparam("of"), mailbox.c.name == bindparam("named"))
)
FIND_MESSAGE = (
    select(placement.c.message_id)
    .select_from(placement.join(mailbox, mailbox.c.id == placement.c.mailbox_id))
    .where(
        mailbox.c.account_id == bindparam("of"),
        mailbox.c.name == bindparam("named"),
        placement.c.uid == bindparam("uid"),
    )
)
WEIGH = select(func.length(spam_model.c.counts)).where(spam_model.c.account_id == bindparam("of"))


def find_look(tx: Transaction, account_id: int, name: str) -> Look:
    """The whole of a mailbox, as if nothing in it had been looked at. Raises `NoSuchThing`."""
    rows = tx.execute(FIND_LOOK, {"of": account_id, "named": name}).tuples()
    if not rows:
        raise NoSuchThing(f'the account has no mailbox "{name}"')
    return evolve(_look(rows[0]), seen_modseq=0, seen_uid=0, is_new=False)


def find_message(tx: Transaction, account_id: int, name: str, uid: int) -> int:
    """The id of the message with that UID. Raises `NoSuchThing`."""
    asked = {"of": account_id, "named": name, "uid": uid}
    found: int | None = tx.execute(FIND_MESSAGE, asked).value()
    if found is None:
        raise NoSuchThing(f'the account has no message {uid} in "{name}"')
    return found


def weigh_counts(tx: Transaction, account_id: int) -> int:
    """Octets of an account's counts as they are kept."""
    return int(tx.execute(WEIGH, {"of": account_id}).value() or 0)
