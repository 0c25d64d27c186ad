"""A message comes in: its copies in mailboxes and its queue entries, in one transaction.

`deliver` is for what the intake accepted, `append` for IMAP APPEND. All waiting deliveries are
planned together in Python and written by a few multi-row statements.
"""

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from mailsuite.errors import MailError, NoSuchTarget, TooMany
from mailsuite.message.terms import NO_TERMS, Terms
from mailsuite.store.blobs import Content
from mailsuite.store.bodies import find_blobs
from mailsuite.store.correspondents import Use, note_uses
from mailsuite.store.events import Event
from mailsuite.store.flags import allocate_word
from mailsuite.store.grouping import grouped
from mailsuite.store.planning import (
    INBOX,
    Plan,
    load_account,
    load_mailbox,
    load_owned,
    load_uses,
    start_plan,
)
from mailsuite.store.queue_scheduled import Ended, end_scheduled
from mailsuite.store.transaction import Transaction


@frozen
class LocalCopy:
    """One copy in one mailbox."""

    account_id: int
    mailbox: str = INBOX  # INBOX is taken when there is none of that name, unless `strict`
    prefix: bytes = b""  # trace fields, CRLF at the end of each
    flags: int = 0  # system flags: bits 0 … 4
    keywords: tuple[str, ...] = ()  # dropped when the mailbox has no bit left for them
    internal_date: int | None = None  # seconds UTC; None: now
    special_use: str = ""  # "\\Junk": the mailbox of that use is taken where there is one
    strict: bool = False  # True: a missing mailbox refuses the whole delivery


@frozen
class OnwardRecipient:
    """One recipient of a queue entry."""

    address: str
    domain: str  # canonical
    notify: str = ""  # comma-separated; empty: the default (RFC 3461 §4.1)
    orcpt: str = ""  # "rfc822;address", decoded
    # | delivered: it went into a mailbox here, and the sender wants to hear of it (RFC 3461 §4.1)
    # | scheduled: nothing is done with it before `next_try` (RFC 4865)
    state: str = "waiting"


@frozen
class Onward:
    """One queue entry: an envelope with recipients elsewhere."""

    recipients: tuple[OnwardRecipient, ...]
    expires: int  # seconds UTC
    reverse_path: str = ""  # empty: the null sender
    prefix: bytes = b""
    account_id: int | None = None  # who submitted it
    envid: str = ""
    ret: str = ""
    eightbit: bool = False
    smtputf8: bool = False
    next_try: int | None = None  # seconds UTC; None: now
    terms: Terms = NO_TERMS


@frozen
class Delivery:
    """Where one content goes. All of it is written, or nothing."""

    content: Content
    copies: tuple[LocalCopy, ...] = ()
    onward: tuple[Onward, ...] = ()
    trace: str = ""
    events: tuple[Event, ...] = ()
    instead_of: Ended | None = None  # scheduled recipients whose place this takes
    use: Use | None = None  # what an account does by it
    overdraft: int = 0  # octets that its copies may go beyond a quota


@frozen
class Placed:
    """Where a copy lies."""

    account_id: int
    mailbox_id: int
    uidvalidity: int
    uid: int
    modseq: int


@frozen
class Delivered:
    """What was written."""

    placed: tuple[Placed, ...]
    queued: tuple[int, ...]  # ids of queue_message


def deliver_together(tx: Transaction, jobs: Sequence[tuple[Any, ...]]) -> list[object]:
    """Deliver for several jobs at once: for each what was written, or why not."""
    deliveries: list[Delivery] = [job[0] for job in jobs]
    copies = [copy for delivery in deliveries for copy in delivery.copies]
    plan = start_plan(
        tx,
        messages=len(copies),
        blobs=len(deliveries),
        queued=sum(len(delivery.onward) for delivery in deliveries),
        events=sum(len(delivery.events) for delivery in deliveries),
    )
    owners = {copy.account_id for copy in copies}
    load_owned(plan, owners, {copy.mailbox for copy in copies})
    load_uses(plan, ((copy.account_id, copy.special_use) for copy in copies if copy.special_use))
    plan.blobs = find_blobs(tx, [delivery.content.hash for delivery in deliveries])
    results: list[object] = []
    for delivery in deliveries:
        try:
            results.append(_planned(plan, delivery))
        except MailError as error:
            results.append(error)
    plan.write()
    taken = (d for d, r in zip(deliveries, results, strict=True) if isinstance(r, Delivered))
    if uses := [delivery.use for delivery in taken if delivery.use is not None]:
        note_uses(tx, uses)
    return results


@grouped(deliver_together)
def deliver(tx: Transaction, delivery: Delivery) -> Delivered:
    """Write a message's copies and queue entries.

    Raises:
        OverQuota: one of its accounts has no room.
        NoSuchUser: one of its accounts is gone.
        NoSuchMailbox: a strict copy's mailbox is not there.
        Unavailable: the body's file is gone.
        NoSuchThing: what it takes the place of is gone.
        In each case nothing of this delivery is written.
    """
    result = deliver_together(tx, [(delivery,)])[0]
    if isinstance(result, MailError):
        raise result
    assert isinstance(result, Delivered)
    return result


def _planned(plan: Plan, delivery: Delivery) -> Delivered:
    content = delivery.content
    where = [
        plan.mailbox_of(c.account_id, c.mailbox, strict=c.strict, special_use=c.special_use)
        for c in delivery.copies
    ]
    sizes = [len(copy.prefix) + content.size for copy in delivery.copies]
    # All that may refuse comes before anything is planned.
    plan.check_room([copy.account_id for copy in delivery.copies], sizes, delivery.overdraft)
    plan.check_body(content)
    if delivery.instead_of is not None:
        end_scheduled(plan.tx, delivery.instead_of)
    words = [
        copy.flags | _keyword_bits(plan.tx, mailbox.id, copy.keywords)
        for copy, mailbox in zip(delivery.copies, where, strict=True)
    ]
    messages: dict[tuple[int, bytes], int] = {}
    placed = []
    for copy, into, size, flags in zip(delivery.copies, where, sizes, words, strict=True):
        key = (copy.account_id, copy.prefix)
        if key not in messages:
            messages[key] = plan.add_message(copy.account_id, copy.prefix, content)
        uid = plan.place(into, messages[key], size, flags, copy.internal_date)
        placed.append(Placed(copy.account_id, into.id, into.uidvalidity, uid, into.modseq))
    queued = [_queue(plan, delivery, entry) for entry in delivery.onward]
    for told in delivery.events:
        plan.add_event(delivery.trace, told)
    return Delivered(tuple(placed), tuple(queued))


def _keyword_bits(tx: Transaction, mailbox_id: int, names: Sequence[str]) -> int:
    word = 0
    for name in names:
        try:
            word |= allocate_word(tx, mailbox_id, [name])
        except TooMany:
            break  # mail is not refused for want of a keyword
    return word


def _queue(plan: Plan, delivery: Delivery, entry: Onward) -> int:
    content, terms = delivery.content, entry.terms
    row = {
        "blob_id": plan.refer(content),
        "prefix": entry.prefix,
        "trace": delivery.trace,
        "reverse_path": entry.reverse_path,
        "account_id": entry.account_id,
        "envid": entry.envid,
        "ret": entry.ret,
        "eightbit": int(entry.eightbit),
        "smtputf8": int(entry.smtputf8),
        "size": len(entry.prefix) + content.size,
        "expires": entry.expires,
        "tls": terms.tls,
        "deliver_by": terms.deliver_by,
        "by_mode": terms.by_mode + "T" * terms.by_trace,
        "release_at": terms.release_at,
        "hold": terms.hold,
        "priority": terms.priority,
    }
    due = plan.tx.now if entry.next_try is None else entry.next_try
    recipients = [
        {
            "address": recipient.address,
            "domain": recipient.domain,
            "notify": recipient.notify,
            "orcpt": recipient.orcpt,
            "state": recipient.state,
            "next_try": due,
            "level": terms.level,
        }
        for recipient in entry.recipients
    ]
    return plan.queue(row, recipients)


@frozen
class Append:
    """One message of an IMAP APPEND."""

    content: Content
    flags: int = 0  # system flags
    keywords: tuple[str, ...] = ()
    internal_date: int | None = None  # seconds UTC; None: now
    prefix: bytes = b""


@frozen
class Appended:
    """Where they lie: one UID for each, in order."""

    uidvalidity: int
    uids: tuple[int, ...]
    modseq: int


def append(tx: Transaction, mailbox_id: int, items: Sequence[Append]) -> Appended:
    """Append messages to one mailbox, all or nothing (RFC 3502).

    Raises:
        NoSuchTarget: it was deleted meanwhile.
        OverQuota: they do not all fit.
        TooMany: no bit is left for a keyword.
        Unavailable: the file of a body is gone.
    """
    plan = start_plan(tx, messages=len(items), blobs=len(items), queued=0, events=0)
    into = load_mailbox(plan, mailbox_id)
    if into is None:
        raise NoSuchTarget
    load_account(plan, into.account_id)
    plan.blobs = find_blobs(tx, [item.content.hash for item in items])
    sizes = [len(item.prefix) + item.content.size for item in items]
    plan.check_room([into.account_id] * len(items), sizes)
    for item in items:
        plan.check_body(item.content)
    uids = []
    for item, size in zip(items, sizes, strict=True):
        flags = item.flags
        if item.keywords:
            flags |= allocate_word(tx, mailbox_id, item.keywords)
        at = plan.add_message(into.account_id, item.prefix, item.content)
        uids.append(plan.place(into, at, size, flags, item.internal_date))
    plan.write()
    return Appended(into.uidvalidity, tuple(uids), into.modseq)
