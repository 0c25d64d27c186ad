"""Quota roots: one for each account, and one for the mailboxes of nobody (RFC 9208 §3.2)."""

from attrs import frozen

from mailsuite.errors import NoSuchThing
from mailsuite.mailbox.ports import Finds
from mailsuite.store.granted import COMMON, account_named, names_of_accounts
from mailsuite.store.mailboxes import MailboxRow
from mailsuite.store.opening import Store
from mailsuite.store.quotas import Holding, read_holding, set_limits
from mailsuite.store.rights import Right
from mailsuite.store.transaction import Transaction
from mailsuite.wire.limits import Limits

OWN = ""  # one's own root
OF_USER = "user/"  # and an account's name


@frozen
class QuotaRoot:
    """A root and what its account holds."""

    name: str
    holding: Holding


class Quotas:
    """The quotas that one account may know of."""

    def __init__(self, store: Store, account_id: int, limits: Limits, find: Finds) -> None:
        self._store = store
        self._account_id = account_id
        self._limits = limits
        self._find = find

    @property
    def mailboxes(self) -> int:
        """How many mailboxes any account may have."""
        return self._limits.mailboxes

    async def of_mailbox(self, name: str) -> tuple[MailboxRow, QuotaRoot]:
        """The quota that a mailbox counts against: its owner's.

        Raises:
            NoSuchMailbox, NotPermitted: as `AccountMailboxes.find`; it takes the right to read.
        """
        row = await self._find(name, Right.READ)
        return row, await self._store.readers.run(_root_of, row.account_id, self._account_id)

    async def of_root(self, name: str, *, of_others: bool) -> QuotaRoot:
        """The quota of a root; `of_others`: an administrator asks.

        Raises:
            NoSuchThing: there is no such root, or it is somebody else's.
        """
        number = await self._store.readers.run(_account_of, name, self._account_id)
        if number is None or (number != self._account_id and not of_others):
            raise NoSuchThing
        return QuotaRoot(name, await self._store.readers.run(read_holding, number))

    async def limit(self, name: str, octets: int, messages: int, mailboxes: int) -> QuotaRoot:
        """Set the limits of a root, for an administrator; 0: no limit.

        Raises:
            NoSuchThing: there is no such root.
        """
        number = await self._store.readers.run(_account_of, name, self._account_id)
        if number is None:
            raise NoSuchThing
        await self._store.writer.run(set_limits, number, octets, messages, mailboxes)
        return QuotaRoot(name, await self._store.readers.run(read_holding, number))


def _account_of(tx: Transaction, root: str, viewer_id: int) -> int | None:
    if root == OWN:
        return viewer_id
    if root == COMMON:
        return account_named(tx, COMMON)
    if not root.startswith(OF_USER):
        return None
    return account_named(tx, root.removeprefix(OF_USER))


def _root_of(tx: Transaction, owner_id: int, viewer_id: int) -> QuotaRoot:
    if owner_id == viewer_id:
        return QuotaRoot(OWN, read_holding(tx, owner_id))
    name = names_of_accounts(tx, [owner_id]).get(owner_id, "")
    root = COMMON if name == COMMON else OF_USER + name
    return QuotaRoot(root, read_holding(tx, owner_id))
