"""Mailboxes as an account's devices see them: names, counters, views, APPEND."""

from collections.abc import Sequence

from attrs import frozen

from mailsuite.errors import BadMailboxName, MessageTooBig, NoSuchMailbox, NoSuchTarget
from mailsuite.mailbox.names import canonical_name, new_name
from mailsuite.mailbox.ports import Owner
from mailsuite.mailbox.preparing import prepared
from mailsuite.mailbox.view import MailboxView
from mailsuite.mailbox.views import Views
from mailsuite.store.blobs import Octets
from mailsuite.store.delivery import Append as StoredAppend
from mailsuite.store.delivery import Appended, append
from mailsuite.store.flags import SYSTEM_FLAGS, word_of
from mailsuite.store.mailboxes import (
    MailboxRow,
    create_mailbox,
    find_mailbox,
    list_mailboxes,
    list_subscriptions,
    read_usage,
    subscribe_mailbox,
    unsubscribe_mailbox,
)
from mailsuite.store.mailboxes_rename import delete_mailbox, rename_mailbox
from mailsuite.store.opening import Store
from mailsuite.store.replacing import replace_message
from mailsuite.wire.limits import Limits
from mailsuite.wire.pools import Runs

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
        """The account's own handle: every name is looked up among its mailboxes only."""
        return AccountMailboxes(self, account.id)


class AccountMailboxes:
    """One account's mailboxes."""

    def __init__(self, mailboxes: Mailboxes, account_id: int) -> None:
        self._mailboxes = mailboxes
        self._store = mailboxes.store
        self._limits = mailboxes.limits
        self._account_id = account_id

    async def listing(self) -> list[MailboxRow]:
        """Every mailbox with its counters, by name."""
        return await self._store.readers.run(list_mailboxes, self._account_id)

    async def subscriptions(self) -> set[str]:
        """Subscribed names, of mailboxes that exist and that do not."""
        return set(await self._store.readers.run(list_subscriptions, self._account_id))

    async def status(self, name: str) -> MailboxRow:
        """One mailbox's counters: one row read.

        Raises:
            NoSuchMailbox: there is none of that name.
        """
        return await self._store.readers.run(find_mailbox, self._account_id, canonical_name(name))

    async def create(self, name: str, special_use: str = "") -> MailboxRow:
        """Make a mailbox and the superiors it lacks.

        Raises:
            BadMailboxName: the name breaks a rule.
            MailboxExists: it is taken.
            TooMany: the account has its fill.
        """
        name = new_name(name, self._limits)
        most = self._limits.mailboxes
        return await self._store.writer.run(
            create_mailbox, self._account_id, name, special_use, most
        )

    async def delete(self, name: str) -> None:
        """Remove a mailbox; those below it stay.

        Raises:
            NoSuchMailbox: there is none.
            HasChildren: there is none, but others stand below the name.
            NotPermitted: INBOX stays.
        """
        await self._store.writer.run(delete_mailbox, self._account_id, canonical_name(name))

    async def rename(self, old: str, new: str) -> None:
        """Rename a mailbox and all below it; of INBOX the messages move.

        Raises:
            BadMailboxName, NoSuchMailbox, MailboxExists, NotPermitted, TooMany: nothing changed.
        """
        new = new_name(new, self._limits)
        most = self._limits.mailboxes
        await self._store.writer.run(
            rename_mailbox, self._account_id, canonical_name(old), new, most
        )

    async def subscribe(self, name: str) -> None:
        """Add a name to the subscriptions.

        Raises:
            NoSuchMailbox: no mailbox has that name.
            TooMany: the account has its fill of subscriptions.
        """
        most = self._limits.subscriptions
        await self._store.writer.run(
            subscribe_mailbox, self._account_id, canonical_name(name), most
        )

    async def unsubscribe(self, name: str) -> None:
        """Take a name from the subscriptions."""
        await self._store.writer.run(unsubscribe_mailbox, self._account_id, canonical_name(name))

    async def target(self, name: str) -> MailboxRow:
        """The mailbox that COPY, MOVE or APPEND name.

        Raises:
            NoSuchTarget: it does not exist, but could be created (RFC 3501 §7.1, TRYCREATE).
            NoSuchMailbox: it does not exist, and the name could not be created either.
        """
        try:
            return await self.status(name)
        except NoSuchMailbox as error:
            try:
                new_name(name, self._limits)
            except BadMailboxName:
                raise NoSuchMailbox from error
            raise NoSuchTarget from error

    async def open(self, name: str) -> MailboxView:
        """The shared view of a mailbox, up to date; to be given back with `release`.

        Raises:
            NoSuchMailbox: there is none of that name.
        """
        row = await self.status(name)
        return await self._mailboxes.views.open(row.id)

    def release(self, view: MailboxView) -> None:
        """Give a view back that `open` returned."""
        self._mailboxes.views.release(view)

    async def append(self, name: str, items: Sequence[Append]) -> Appended:
        """Append messages, all or nothing (RFC 3501 §6.3.11, RFC 3502).

        Raises:
            NoSuchTarget: the mailbox does not exist, but could be created.
            MessageTooBig: one of them is over the limit.
            OverQuota: they do not all fit.
            TooMany: no bit is left for a keyword.
        """
        row = await self.target(name)
        return await self._store.writer.run(append, row.id, await self._prepared(items))

    async def replace(self, view: MailboxView, uid: int, name: str, item: Append) -> Appended:
        """Append a message, and expunge one of an open mailbox, both or neither (RFC 8508).

        Raises:
            NoSuchThing: the message is gone.
            NoSuchTarget, MessageTooBig, OverQuota, TooMany: as `append`.
        """
        row = await self.target(name)
        (stored,) = await self._prepared([item])
        return await view.write(replace_message, uid, row.id, stored)

    async def _prepared(self, items: Sequence[Append]) -> list[StoredAppend]:
        stored = []
        for item in items:
            if len(item.octets) > self._limits.message_octets:
                raise MessageTooBig
            content = await self._mailboxes.parse.run(
                prepared, item.octets, self._limits, self._store.large
            )
            keywords = tuple(name for name in item.flags if name.lower() not in _SYSTEM_NAMES)
            flags = word_of(item.flags, {})
            stored.append(StoredAppend(content, flags, keywords, item.internal_date))
        return stored

    async def quota(self) -> Quota:
        """What the account holds and may hold."""
        usage = await self._store.readers.run(read_usage, self._account_id)
        return Quota(
            usage.used_octets,
            usage.quota_octets or None,
            usage.used_messages,
            usage.quota_messages or None,
        )
