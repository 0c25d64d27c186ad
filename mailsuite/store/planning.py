"""What a group of deliveries will write, numbered in Python before the first row is written."""

from collections.abc import Iterable, Sequence
from typing import Any

from attrs import define, field, frozen
from sqlalchemy import bindparam, insert, select, update

from mailsuite.errors import NoSuchMailbox, NoSuchUser, OverQuota, Unavailable
from mailsuite.store.blobs import FILE, Content
from mailsuite.store.bodies import BlobState, write_blobs
from mailsuite.store.events import Event, event_row
from mailsuite.store.flags import DELETED, SEEN
from mailsuite.store.ids import reserve_ids
from mailsuite.store.schema import (
    account,
    event,
    mailbox,
    message,
    placement,
    queue_message,
    queue_recipient,
)
from mailsuite.store.transaction import Transaction, any_of

INBOX = "INBOX"

_OF_ACCOUNT = (
    account.c.id,
    account.c.quota_octets,
    account.c.quota_messages,
    account.c.used_octets,
    account.c.used_messages,
)
_OF_MAILBOX = (
    mailbox.c.id,
    mailbox.c.account_id,
    mailbox.c.name,
    mailbox.c.uidvalidity,
    mailbox.c.uidnext,
    mailbox.c.modseq,
)
# Rows are locked in the order of their ids (PostgreSQL): two groups never wait for each other.
OWNED = (
    select(*_OF_ACCOUNT, *_OF_MAILBOX)
    .select_from(account)
    .join(mailbox, mailbox.c.account_id == account.c.id)
    .where(any_of(account.c.id, "accounts"), any_of(mailbox.c.name, "names"))
    .order_by(account.c.id, mailbox.c.id)
    .with_for_update()
)
OF_USE = (
    select(mailbox.c.special_use, *_OF_MAILBOX)
    .where(any_of(mailbox.c.account_id, "accounts"), any_of(mailbox.c.special_use, "uses"))
    .order_by(mailbox.c.id)
    .with_for_update()
)
ACCOUNT = select(*_OF_ACCOUNT).where(account.c.id == bindparam("id")).with_for_update()
MAILBOX = select(*_OF_MAILBOX).where(mailbox.c.id == bindparam("id")).with_for_update()


ADD_MESSAGE = insert(message)
ADD_PLACEMENT = insert(placement)
ADD_QUEUE = insert(queue_message)
ADD_RECIPIENT = insert(queue_recipient)
ADD_EVENT = insert(event)
GROW = (
    update(mailbox)
    .where(mailbox.c.id == bindparam("of"))
    .values(
        uidnext=bindparam("next"),
        modseq=bindparam("at"),
        messages=mailbox.c.messages + bindparam("count"),
        unseen=mailbox.c.unseen + bindparam("new"),
        deleted=mailbox.c.deleted + bindparam("marked"),
        octets=mailbox.c.octets + bindparam("size"),
    )
)
USE = (
    update(account)
    .where(account.c.id == bindparam("of"))
    .values(
        used_octets=account.c.used_octets + bindparam("size"),
        used_messages=account.c.used_messages + bindparam("count"),
    )
)


@define
class AccountState:
    """An account while the group is planned."""

    id: int
    quota_octets: int
    quota_messages: int
    used_octets: int
    used_messages: int
    size: int = 0  # added by this group
    count: int = 0

    def check_room(self, sizes: Sequence[int], overdraft: int = 0) -> None:
        """Refuse what does not fit. Raises `OverQuota`.

        By so many octets, and by as many messages as there are, a quota may be overdrawn.
        """
        octets = self.used_octets + self.size
        count = self.used_messages + self.count
        # Zero: unlimited. Full is full, whatever comes: an empty message is no way in.
        room = self.quota_octets + overdraft
        if self.quota_octets and (octets >= room or octets + sum(sizes) > room):
            raise OverQuota
        if self.quota_messages and not overdraft and count + len(sizes) > self.quota_messages:
            raise OverQuota


@define
class MailboxState:
    """A mailbox while the group is planned."""

    id: int
    account_id: int
    name: str
    uidvalidity: int
    uidnext: int
    modseq: int
    touched: bool = False
    count: int = 0
    new: int = 0
    marked: int = 0
    size: int = 0


@frozen
class Numbers:
    """Ids reserved for the group; what is left over is never used."""

    message: Any
    queue_message: Any
    event: Any
    blob: Any


@define
class Plan:
    """Rows to be written for a group of jobs. What may refuse a job comes before its first row."""

    tx: Transaction
    numbers: Numbers
    accounts: dict[int, AccountState] = field(factory=dict)
    mailboxes: dict[int, MailboxState] = field(factory=dict)
    named: dict[tuple[int, str], MailboxState] = field(factory=dict)
    used: dict[tuple[int, str], MailboxState] = field(factory=dict)  # by special use
    blobs: dict[bytes, BlobState] = field(factory=dict)
    messages: list[dict[str, Any]] = field(factory=list)
    placements: list[dict[str, Any]] = field(factory=list)
    queued: list[dict[str, Any]] = field(factory=list)
    recipients: list[dict[str, Any]] = field(factory=list)
    events: list[dict[str, Any]] = field(factory=list)

    # Checks: they change nothing.

    def mailbox_of(
        self, account_id: int, name: str, *, strict: bool, special_use: str = ""
    ) -> MailboxState:
        """The mailbox of that use, else the named one, or INBOX unless strict.

        Raises:
            NoSuchUser: the account is gone.
            NoSuchMailbox: neither is there.
        """
        if account_id not in self.accounts:
            raise NoSuchUser
        found = self.used.get((account_id, special_use)) or self.named.get((account_id, name))
        if found is None and not strict:
            found = self.named.get((account_id, INBOX))
        if found is None:
            raise NoSuchMailbox
        return found

    def check_room(
        self, account_ids: Sequence[int], sizes: Sequence[int], overdraft: int = 0
    ) -> None:
        """Refuse unless all of these fit. Raises `OverQuota`."""
        wanted: dict[int, list[int]] = {}
        for account_id, size in zip(account_ids, sizes, strict=True):
            wanted.setdefault(account_id, []).append(size)
        for account_id, added in wanted.items():
            self.accounts[account_id].check_room(added, overdraft)

    def check_body(self, content: Content) -> None:
        """Refuse a body whose file the sweeper took meanwhile. Raises `Unavailable`.

        Here, in the writing thread, nothing can remove it between this look and the COMMIT.
        """
        found = self.blobs.get(content.hash)
        codec, place = (found.codec, found.place) if found else (content.codec, content.place)
        if place == FILE and not self.tx.large.holds(content.hash, codec):
            raise Unavailable

    # Rows.

    def refer(self, content: Content) -> int:
        """Take one more reference of the body; its id."""
        found = self.blobs.get(content.hash)
        if found is None:
            number = next(self.numbers.blob)
            found = BlobState(number, content.codec, content.place, content)
            self.blobs[content.hash] = found
        found.more += 1
        return found.id

    def add_message(self, account_id: int, prefix: bytes, content: Content) -> int:
        """Plan a message row; its id. `place` counts its references."""
        row = {
            "id": next(self.numbers.message),
            "account_id": account_id,
            "blob_id": self.refer(content),
            "prefix": prefix,
            "refs": 0,
            "created": self.tx.now,
        }
        self.messages.append(row)
        return len(self.messages) - 1

    def place(self, into: MailboxState, at: int, size: int, flags: int, date: int | None) -> int:
        """Plan a placement of the message that `add_message` numbered `at`; its UID."""
        row = self.messages[at]
        row["refs"] += 1
        if not into.touched:
            # One MODSEQ for all that this transaction places: it becomes visible at once.
            into.touched = True
            into.modseq += 1
        uid = into.uidnext
        into.uidnext += 1
        into.count += 1
        into.new += not flags & SEEN
        into.marked += bool(flags & DELETED)
        into.size += size
        owner = self.accounts[into.account_id]
        owner.size += size
        owner.count += 1
        self.placements.append(
            {
                "mailbox_id": into.id,
                "uid": uid,
                "message_id": row["id"],
                "flags": flags,
                "modseq": into.modseq,
                "internal_date": self.tx.now if date is None else date,
                "saved_at": self.tx.now,
                "size": size,
                "uidl": into.uidvalidity << 32 | uid,
            }
        )
        return uid

    def queue(self, row: dict[str, Any], recipients: Iterable[dict[str, Any]]) -> int:
        """Plan a queue entry; its id."""
        number: int = next(self.numbers.queue_message)
        self.queued.append({**row, "id": number, "created": self.tx.now})
        self.recipients += [{**r, "queue_id": number, "n": n} for n, r in enumerate(recipients)]
        return number

    def add_event(self, trace: str, told: Event) -> None:
        """Plan one sentence of a story."""
        self.events.append(event_row(next(self.numbers.event), self.tx.now, trace, told))

    def write(self) -> None:
        """Write every planned row, and say which mailboxes changed."""
        many = self.tx.execute_many
        write_blobs(self.tx, [state for state in self.blobs.values() if state.more])
        many(ADD_MESSAGE, self.messages)
        many(ADD_PLACEMENT, self.placements)
        touched = [state for state in self.mailboxes.values() if state.touched]
        many(GROW, [_grown(state) for state in touched])
        used = [state for state in self.accounts.values() if state.count]
        many(USE, [{"of": s.id, "size": s.size, "count": s.count} for s in used])
        many(ADD_QUEUE, self.queued)
        many(ADD_RECIPIENT, self.recipients)
        many(ADD_EVENT, self.events)
        for state in touched:
            self.tx.mailbox_changed(state.id, state.modseq)
        if self.queued:
            self.tx.queue_changed()


def start_plan(tx: Transaction, *, messages: int, blobs: int, queued: int, events: int) -> Plan:
    """An empty plan with room for so many new rows. Raises `StoreFull` when the disk nearly is."""
    tx.connection.space.admit()
    return Plan(
        tx,
        Numbers(
            message=_reserved(tx, "message", messages),
            queue_message=_reserved(tx, "queue_message", queued),
            event=_reserved(tx, "event", events),
            blob=_reserved(tx, "blob", blobs),
        ),
    )


def load_owned(plan: Plan, account_ids: Iterable[int], names: Iterable[str]) -> None:
    """Read the usage of these accounts, these mailboxes of theirs, and every INBOX."""
    ids = sorted(account_ids)
    if not ids:
        return
    wanted = {"accounts": plan.tx.array(ids), "names": plan.tx.array({*names, INBOX})}
    columns = len(_OF_ACCOUNT)
    for row in plan.tx.execute(OWNED, wanted).tuples():
        if row[0] not in plan.accounts:
            plan.accounts[row[0]] = AccountState(*row[:columns])
        _known(plan, row[columns:])


def load_uses(plan: Plan, wanted: Iterable[tuple[int, str]]) -> None:
    """Read the mailboxes of these special uses (RFC 6154), by account."""
    pairs = set(wanted)
    if not pairs:
        return
    arrays = {
        "accounts": plan.tx.array(sorted({account_id for account_id, _ in pairs})),
        "uses": plan.tx.array(sorted({use for _, use in pairs})),
    }
    for row in plan.tx.execute(OF_USE, arrays).tuples():
        state = plan.mailboxes.get(row[1]) or _known(plan, row[1:])
        plan.used.setdefault((state.account_id, row[0]), state)


def load_account(plan: Plan, account_id: int) -> None:
    """Read the usage of one account."""
    for row in plan.tx.execute(ACCOUNT, {"id": account_id}).tuples():
        plan.accounts[account_id] = AccountState(*row)


def load_mailbox(plan: Plan, mailbox_id: int) -> MailboxState | None:
    """Read one mailbox by its id."""
    rows = plan.tx.execute(MAILBOX, {"id": mailbox_id}).tuples()
    return _known(plan, rows[0]) if rows else None


def _known(plan: Plan, row: tuple[Any, ...]) -> MailboxState:
    state = MailboxState(*row)
    plan.mailboxes[state.id] = plan.named[state.account_id, state.name] = state
    return state


def _reserved(tx: Transaction, table: str, count: int) -> Any:
    return iter(reserve_ids(tx, table, count) if count else ())


def _grown(state: MailboxState) -> dict[str, int]:
    return {
        "of": state.id,
        "next": state.uidnext,
        "at": state.modseq,
        "count": state.count,
        "new": state.new,
        "marked": state.marked,
        "size": state.size,
    }
