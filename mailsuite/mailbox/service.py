"""Mailboxes as an account's devices see them: names, counters, views, APPEND."""

from collections.abc import Sequence

from attrs import frozen

from mailsuite.errors import MessageTooBig
from mailsuite.mailbox.access import Access
from mailsuite.mailbox.naming import NamedMailboxes
from mailsuite.mailbox.ports import Owner
from mailsuite.mailbox.preparing import prepared
from mailsuite.mailbox.rights import READ_ONLY, allowed_flags
from mailsuite.mailbox.view import MailboxView
from mailsuite.mailbox.views import Views
from mailsuite.store.blobs import Octets
from mailsuite.store.delivery import Append as StoredAppend
from mailsuite.store.delivery import Appended, append
from mailsuite.store.flags import SYSTEM_FLAGS, word_of
from mailsuite.store.granted import current_rights
from mailsuite.store.mailboxes import MailboxRow, read_usage
from mailsuite.store.opening import Store
from mailsuite.store.replacing import replace_message
from mailsuite.store.rights import ALL, Right
from mailsuite.wire.limits import Limits
from mailsuite.wire.pools import Inline, Runs

# As in the intake: a third of a millisecond of work, and a hop to the pool would cost as much.
AT_ONCE_OCTETS = 16 * 1024
AT_ONCE = Inline()

_SYSTEM_NAMES = {name.lower() for name in SYSTEM_FLAGS}


@frozen
class Append:
    """One message of an APPEND: octets (or a mapped spool file), flags by name, seconds UTC."""

    octets: Octets
    flags: tuple[str, ...] = ()
    internal_date: int | None = None  # None: now


@frozen
class Quota:
    """What the account holds and may hold; None: no limit."""

    used_octets: int
    quota_octets: int | None
    used_messages: int
    quota_messages: int | None


class Mailboxes:
    """All accounts' mailboxes: one a process.

    Args:
        store: where they are kept.
        limits: in force.
        parse: scans, hashes and compresses what is appended, off the reactor.
    """

    def __init__(self, store: Store, limits: Limits, parse: Runs) -> None:
        self.store = store
        self.limits = limits
        self.parse = parse
        self.views = Views(store, limits.view_cache_octets)

    def of(self, account: Owner) -> "AccountMailboxes":
        """The account's own handle: every name is looked up through it."""
        return AccountMailboxes(self, account.id, READ_ONLY if account.read_only else ALL)


class AccountMailboxes(NamedMailboxes):
    """The mailboxes that one account may know of, and what is in them."""

    def __init__(self, mailboxes: Mailboxes, account_id: int, most: Right = ALL) -> None:
        super().__init__(mailboxes.store, mailboxes.limits, account_id, most)
        self._mailboxes = mailboxes

    async def open(self, name: str) -> MailboxView:
        """The shared view of a mailbox, up to date; to be given back with `release`.

        Raises:
            NoSuchMailbox, NotPermitted: as `status`.
        """
        row = await self.status(name)
        return await self._mailboxes.views.open(row.id)

    def release(self, view: MailboxView) -> None:
        """Give a view back that `open` returned."""
        self._mailboxes.views.release(view)

    async def access(self, view: MailboxView) -> Access:
        """The rights in an open mailbox, and in time those that it comes to have."""
        if view.row.account_id == self.account_id:
            return Access(most=self._most)
        rights, _ = await self._store.readers.run(current_rights, self.account_id, view.id)
        access = Access(rights, self._most)
        access.follow(self._store, self.account_id, view.id, view.row.account_id)
        return access

    async def append(self, name: str, items: Sequence[Append]) -> Appended:
        """Append messages, all or nothing (RFC 3501 §6.3.11, RFC 3502).

        Flags that may not be set are left out (RFC 4314 §4, APPEND).

        Raises:
            NoSuchTarget: the mailbox does not exist, but could be created.
            NoSuchMailbox, NotPermitted: as `target`.
            MessageTooBig: one of them is over the limit.
            OverQuota: they do not all fit.
            TooMany: no bit is left for a keyword.
        """
        row = await self.target(name)
        return await self._store.writer.run(append, row.id, await self._prepared(items, row))

    async def replace(self, view: MailboxView, uid: int, name: str, item: Append) -> Appended:
        """Append a message, and expunge one of an open mailbox, both or neither (RFC 8508).

        Raises:
            NoSuchThing: the message is gone.
            NoSuchTarget, MessageTooBig, OverQuota, TooMany: as `append`.
        """
        row = await self.target(name)
        (stored,) = await self._prepared([item], row)
        return await view.write(replace_message, uid, row.id, stored)

    async def _prepared(self, items: Sequence[Append], target: MailboxRow) -> list[StoredAppend]:
        stored = []
        for item in items:
            if len(item.octets) > self._limits.message_octets:
                raise MessageTooBig
            small = len(items) == 1 and len(item.octets) <= AT_ONCE_OCTETS
            runs = AT_ONCE if small else self._mailboxes.parse
            content = await runs.run(prepared, item.octets, self._limits, self._store.large)
            names = allowed_flags(target.rights, item.flags)
            keywords = tuple(name for name in names if name.lower() not in _SYSTEM_NAMES)
            flags = word_of(names, {})
            stored.append(StoredAppend(content, flags, keywords, item.internal_date))
        return stored

    async def quota(self, row: MailboxRow | None = None) -> Quota:
        """What the owner of a mailbox holds and may hold; None: the account itself."""
        owner_id = self.account_id if row is None else row.account_id
        usage = await self._store.readers.run(read_usage, owner_id)
        return Quota(
            usage.used_octets,
            usage.quota_octets or None,
            usage.used_messages,
            usage.quota_messages or None,
        )
