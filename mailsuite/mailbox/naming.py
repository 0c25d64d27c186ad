"""The names of the mailboxes that one account may know of, and what becomes of them."""

from collections.abc import Sequence

from attrs import evolve, frozen

from mailsuite.errors import BadMailboxName, NoSuchMailbox, NoSuchTarget, NotPermitted
from mailsuite.mailbox.annotations import Annotations
from mailsuite.mailbox.lists import Lists
from mailsuite.mailbox.names import Place, canonical_name, full_name, new_name, place_of
from mailsuite.mailbox.quotas import Quotas
from mailsuite.mailbox.rights import demand, demand_change
from mailsuite.store.granted import common_account, find_granted, list_granted, rights_above
from mailsuite.store.mailboxes import (
    DELIMITER,
    MailboxRow,
    create_mailbox,
    list_mailboxes,
    list_subscriptions,
    subscribe_mailbox,
    unsubscribe_mailbox,
    weigh_deleted,
)
from mailsuite.store.mailboxes_rename import delete_mailbox, rename_mailbox
from mailsuite.store.opening import Store
from mailsuite.store.rights import ALL, Right
from mailsuite.store.transaction import Transaction
from mailsuite.wire.limits import Limits


class NamedMailboxes:
    """The mailboxes that one account may know of: its own, and what others share with it.

    Every name is looked up here, and `rights.demand` is asked before anything is told or done.
    """

    def __init__(self, store: Store, limits: Limits, account_id: int, most: Right = ALL) -> None:
        self._store = store
        self._most = most  # whoever signed in has no more, whatever the lists say
        self._limits = limits
        self.account_id = account_id

    # Made when they are asked for: most of many connections never do.

    @property
    def lists(self) -> Lists:
        """Who may do what in them (RFC 4314)."""
        return Lists(self._store, self.account_id, self.find)

    @property
    def annotations(self) -> Annotations:
        """What is noted about them and about the server (RFC 5464)."""
        return Annotations(self._store, self.account_id, self.find, self._most)

    @property
    def quotas(self) -> Quotas:
        """What their owners hold and may hold (RFC 9208)."""
        return Quotas(self._store, self.account_id, self._limits, self.find)

    @property
    def store(self) -> Store:
        """Where they are kept: its bus tells what changed (NOTIFY)."""
        return self._store

    async def listing(self) -> list[MailboxRow]:
        """Every mailbox that may be looked up, with its counters: one's own first, by name."""
        rows = await self._store.readers.run(_list_all, self.account_id)
        return rows if self._most is ALL else [_bounded(row, self._most) for row in rows]

    async def subscriptions(self) -> set[str]:
        """Subscribed names, of mailboxes that exist and that do not."""
        return set(await self._store.readers.run(list_subscriptions, self.account_id))

    async def find(self, name: str, needed: Right) -> MailboxRow:
        """A mailbox by its name, if these rights are there: one row read.

        Raises:
            NoSuchMailbox: there is none of that name, or nothing may be known of it.
            NotPermitted: it may be seen, and the rights are missing.
        """
        place = place_of(name)
        readers = self._store.readers
        row = await readers.run(find_granted, self.account_id, place.owner, place.name)
        if self._most is not ALL:
            row = _bounded(row, self._most)
        demand(row, needed)
        return _of_others(place.owner, row) if place.owner else row

    async def status(self, name: str) -> MailboxRow:
        """One mailbox's counters.

        Raises:
            NoSuchMailbox, NotPermitted: as `find`; it takes the right to read.
        """
        return await self.find(name, Right.READ)

    async def weighed(self, rows: Sequence[MailboxRow]) -> list[MailboxRow]:
        """These mailboxes with what their deleted messages weigh (RFC 9208 §4.1.4)."""
        ids = [row.id for row in rows if row.deleted]
        octets = await self._store.readers.run(weigh_deleted, ids) if ids else {}
        return [evolve(row, deleted_octets=octets.get(row.id, 0)) for row in rows]

    async def create(self, name: str, special_use: str = "") -> MailboxRow:
        """Make a mailbox and the superiors it lacks; it inherits the rights of the one above it.

        Raises:
            BadMailboxName: the name breaks a rule.
            NotPermitted: among others' mailboxes, it takes the right to create above it.
            MailboxExists: it is taken.
            TooMany, OverQuota: its owner has the fill of mailboxes.
        """
        demand_change(self._most)
        place, owner_id = await self._new_place(name)
        if place.owner and special_use:  # it would be its owner's (RFC 6154 §2)
            raise NotPermitted
        if owner_id is None:
            owner_id = await self._store.writer.run(common_account)
        most = self._limits.mailboxes
        row = await self._store.writer.run(create_mailbox, owner_id, place.name, special_use, most)
        return _of_others(place.owner, row) if place.owner else row

    async def delete(self, name: str) -> int:
        """Remove a mailbox; those below it stay. Returns its id.

        Raises:
            NoSuchMailbox: there is none.
            HasChildren: there is none, but others stand below the name.
            NotPermitted: INBOX stays; or the right is missing.
        """
        demand_change(self._most)
        place = place_of(name)
        owner_id = self.account_id
        if place.owner:
            owner_id = (await self.find(name, Right.DELETE)).account_id
        return await self._store.writer.run(delete_mailbox, owner_id, place.name)

    async def rename(self, old: str, new: str) -> str:
        """Rename a mailbox and all below it; of INBOX the messages move. Returns the new name.

        Raises:
            BadMailboxName, NoSuchMailbox, MailboxExists, TooMany, OverQuota: nothing changed.
            NotPermitted: a right is missing; or it would become somebody else's.
        """
        demand_change(self._most)
        place = place_of(old)
        owner_id = self.account_id
        if place.owner:
            owner_id = (await self.find(old, Right.DELETE)).account_id
        there, new_owner_id = await self._new_place(new)
        if new_owner_id != owner_id:
            raise NotPermitted
        most = self._limits.mailboxes
        await self._store.writer.run(rename_mailbox, owner_id, place.name, there.name, most)
        return full_name(there.owner, there.name) if there.owner else there.name

    async def subscribe(self, name: str) -> None:
        """Add a name to the subscriptions.

        Raises:
            NoSuchMailbox: no mailbox has that name.
            TooMany: the account has its fill of subscriptions.
        """
        demand_change(self._most)
        await self.find(name, Right.LOOKUP)
        most = self._limits.subscriptions
        await self._store.writer.run(subscribe_mailbox, self.account_id, canonical_name(name), most)

    async def unsubscribe(self, name: str) -> None:
        """Take a name from the subscriptions."""
        demand_change(self._most)
        await self._store.writer.run(unsubscribe_mailbox, self.account_id, canonical_name(name))

    async def target(self, name: str) -> MailboxRow:
        """The mailbox that COPY, MOVE or APPEND name: it takes the right to insert.

        Raises:
            NoSuchTarget: it does not exist, but could be created (RFC 3501 §7.1, TRYCREATE).
            NoSuchMailbox: it does not exist, and could not be created either.
            NotPermitted: it may be seen, and nothing may be put into it.
        """
        try:
            return await self.find(name, Right.INSERT)
        except NoSuchMailbox as error:
            try:
                await self._new_place(name)
            except (BadMailboxName, NotPermitted):
                raise NoSuchMailbox from error
            raise NoSuchTarget from error

    async def _new_place(self, name: str) -> tuple[Place, int | None]:
        """Where a new mailbox would stand and whose it would be, if it may be made.

        None: nobody's, and the first of that kind.
        """
        place = place_of(name.removesuffix(DELIMITER))
        place = evolve(place, name=new_name(place.name, self._limits))
        owner_id, rights = await self._store.readers.run(
            rights_above, self.account_id, place.owner, place.name
        )
        demand(Above(rights & self._most), Right.CREATE)
        return place, owner_id


@frozen
class Above:
    """The place above a new mailbox."""

    rights: Right


def _list_all(tx: Transaction, account_id: int) -> list[MailboxRow]:
    granted = [_of_others(found.owner, found.row) for found in list_granted(tx, account_id)]
    return list_mailboxes(tx, account_id) + granted


def _bounded(row: MailboxRow, most: Right) -> MailboxRow:
    """A mailbox of which no more can be done than that."""
    return evolve(row, rights=row.rights & most)


def _of_others(owner: str, row: MailboxRow) -> MailboxRow:
    """Somebody else's mailbox as it is told of; its special use is its owner's (RFC 6154 §2)."""
    return evolve(row, name=full_name(owner, row.name), special_use="")
