"""Access control lists as people read and change them (RFC 4314 §3)."""

import unicodedata
from enum import Enum

from attrs import frozen

from mailsuite.errors import NoSuchThing, NotPermitted
from mailsuite.mailbox.ports import Finds
from mailsuite.mailbox.rights import demand_any
from mailsuite.message.addresses import Address, BadAddress
from mailsuite.store.acl import read_entries, set_entry
from mailsuite.store.addresses import ALIAS, find_address
from mailsuite.store.granted import COMMON, names_of_accounts
from mailsuite.store.mailboxes import MailboxRow
from mailsuite.store.opening import Store
from mailsuite.store.rights import (
    ALL,
    ANYONE,
    GROUP,
    NEGATIVE,
    NOTICED,
    Right,
    letters_of,
    rights_of,
)
from mailsuite.store.transaction import Transaction


class Change(Enum):
    """What SETACL does with the rights that it names (RFC 4314 §3.1)."""

    REPLACE = ""
    ADD = "+"
    REMOVE = "-"


@frozen
class Entry:
    """One line of a list: an identifier as people write it, and rights."""

    identifier: str
    rights: Right


@frozen
class Wanted:
    """One change of a list, as somebody wrote it."""

    identifier: str
    rights: Right
    change: Change
    account_id: int  # who wants it; 0: the operator


class Lists:
    """The lists of the mailboxes that one account may administer."""

    def __init__(self, store: Store, account_id: int, find: Finds) -> None:
        self._store = store
        self._account_id = account_id
        self._find = find

    async def mine(self, name: str) -> MailboxRow:
        """The mailbox, with what the account may do there (MYRIGHTS).

        Raises:
            NoSuchMailbox: there is none, or nothing may be known of it.
        """
        row = await self._find(name, Right.NONE)
        demand_any(row, NOTICED)
        return row

    async def entries(self, name: str) -> list[Entry]:
        """The list of a mailbox, its owner first (GETACL).

        Raises:
            NoSuchMailbox, NotPermitted: as `AccountMailboxes.find`; it takes the right to
                administer.
        """
        row = await self._find(name, Right.ADMINISTER)
        return await self._store.readers.run(list_entries, row.id, row.account_id)

    async def change(self, name: str, identifier: str, rights: Right, change: Change) -> None:
        """Change what a list says of an identifier (SETACL, DELETEACL).

        Raises:
            NoSuchMailbox, NotPermitted: as `entries`; and the owner keeps every right.
            NoSuchThing: the identifier names nobody.
            TooMany: the list is full.
        """
        row = await self._find(name, Right.ADMINISTER)
        wanted = Wanted(identifier, rights, change, self._account_id)
        await self._store.writer.run(change_entry, row.id, row.account_id, wanted)

    async def grantable(self, name: str, identifier: str) -> tuple[Right, Right]:
        """What an identifier has in any case, and what it may be granted beside (LISTRIGHTS).

        Raises:
            NoSuchMailbox, NotPermitted, NoSuchThing: as `change`.
        """
        row = await self._find(name, Right.ADMINISTER)
        kept = await self._store.readers.run(identifier_of, identifier, self._account_id)
        return (ALL, Right.NONE) if kept == str(row.account_id) else (Right.NONE, ALL)


def list_entries(tx: Transaction, mailbox_id: int, owner_id: int) -> list[Entry]:
    """The list as people read it; accounts that are gone are left out."""
    kept = [(str(owner_id), letters_of(ALL)), *read_entries(tx, mailbox_id)]
    bare = [identifier.removeprefix(NEGATIVE) for identifier, _ in kept]
    names = names_of_accounts(tx, [int(name) for name in bare if name.isdecimal()])
    entries = []
    for (identifier, letters), name in zip(kept, bare, strict=True):
        shown = names.get(int(name)) if name.isdecimal() else name
        if shown is not None and shown != COMMON:
            sign = identifier.removesuffix(name)
            entries.append(Entry(sign + shown, rights_of(letters)))
    return entries


def change_entry(tx: Transaction, mailbox_id: int, owner_id: int, wanted: Wanted) -> None:
    """Change one line of a list; see `Lists.change`."""
    kept = identifier_of(tx, wanted.identifier, wanted.account_id)
    if kept.removeprefix(NEGATIVE) == str(owner_id):
        raise NotPermitted
    before = rights_of(dict(read_entries(tx, mailbox_id)).get(kept, ""))
    rights = wanted.rights
    if wanted.change is Change.ADD:
        rights |= before
    elif wanted.change is Change.REMOVE:
        rights = before & ~rights
    set_entry(tx, mailbox_id, kept, letters_of(rights))


def identifier_of(tx: Transaction, text: str, viewer_id: int) -> str:
    """The identifier as it is kept, of what somebody wrote: a name without domain is in theirs.

    Raises:
        NoSuchThing: it names nobody here.
    """
    text = unicodedata.normalize("NFKC", text).strip()
    sign = NEGATIVE if text.startswith(NEGATIVE) else ""
    name = text.removeprefix(NEGATIVE)
    if name.lower() == ANYONE:
        return sign + ANYONE
    group = GROUP if name.startswith(GROUP) else ""
    at = _address(tx, name.removeprefix(GROUP), viewer_id)
    found = find_address(tx, at)
    if found is not None and group and found.kind == ALIAS:
        return f"{sign}{GROUP}{at}"
    if found is not None and not group and found.account_id is not None:
        return f"{sign}{found.account_id}"
    raise NoSuchThing("nobody has that name")


def _address(tx: Transaction, name: str, viewer_id: int) -> Address:
    if "@" not in name:
        mine = names_of_accounts(tx, [viewer_id]).get(viewer_id, "")
        name = f"{name}@{mine.rpartition('@')[2]}"
    try:
        return Address.parse(name).canonical
    except BadAddress:
        raise NoSuchThing("nobody has that name") from None
