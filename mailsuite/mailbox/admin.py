"""Mailboxes for those who look after the host: what the command line calls.

Takes text as a person typed it, and raises a `MailError` whose words are one sentence. An owner is
an account's address, or "shared": what stands below "Shared/" and is nobody's.
"""

from attrs import frozen

from mailsuite.errors import BadMailboxName, MailboxExists, MailError, NoSuchMailbox, NotPermitted
from mailsuite.mailbox.lists import Change, Entry, Wanted, change_entry, list_entries
from mailsuite.mailbox.names import canonical_name, new_name
from mailsuite.message.addresses import Address, BadAddress
from mailsuite.store.accounts import account_id
from mailsuite.store.granted import COMMON, account_named, common_account, names_of_accounts
from mailsuite.store.mailboxes import MailboxRow, create_mailbox, find_mailbox, list_mailboxes
from mailsuite.store.opening import Store
from mailsuite.store.rights import Right, rights_of, shown_letters
from mailsuite.store.transaction import Transaction
from mailsuite.wire.limits import Limits


class Refused(MailError):  # noqa: N818 - named for what happened
    """What was asked for cannot be; the words say why."""


@frozen
class Line:
    """One line of a list, for people: who, and the letters of RFC 4314."""

    identifier: str
    rights: str


@frozen
class Shown:
    """A mailbox, for people."""

    name: str
    special_use: str
    messages: int
    unseen: int
    octets: int
    shared_with: tuple[Line, ...]


class MailboxAdmin:
    """Looks after everybody's mailboxes."""

    def __init__(self, store: Store, limits: Limits | None = None) -> None:
        self._store = store
        self._limits = limits or Limits()

    async def all(self, owner: str) -> list[Shown]:
        """The mailboxes of an account, and whom they are shared with."""
        return await self._store.readers.run(_all, owner)

    async def create(self, owner: str, name: str) -> None:
        """Make a mailbox and the levels above it."""
        try:
            name = new_name(name, self._limits)
            await self._store.writer.run(_create, owner, name, self._limits.mailboxes)
        except BadMailboxName:
            raise Refused(f'no mailbox can be called "{name}"') from None
        except MailboxExists:
            raise Refused(f'there is a mailbox "{name}" already') from None

    async def share(self, owner: str, name: str, whom: str, letters: str) -> list[Line]:
        """Replace what somebody may do in a mailbox; no letters: nothing. The list after it.

        `whom` is an address, `anyone`, or `$` and the address of a group; with "-" before it the
        rights are withheld, whatever else grants them.
        """
        try:
            rights = rights_of(letters)
        except KeyError as unknown:
            raise Refused(f"{unknown} is no right; rights are letters of lrswipkxtea") from None
        try:
            return await self._store.writer.run(_share, owner, canonical_name(name), whom, rights)
        except NoSuchMailbox:
            raise Refused(f'{owner} has no mailbox "{name}"') from None
        except NotPermitted:
            raise Refused("the owner of a mailbox has every right in it, always") from None


def _owner(tx: Transaction, owner: str) -> int:
    if owner == COMMON:
        return common_account(tx)
    try:
        return account_id(tx, Address.parse(owner).canonical)
    except BadAddress:
        raise Refused(f'"{owner}" is no address') from None


def _all(tx: Transaction, owner: str) -> list[Shown]:
    if owner == COMMON and account_named(tx, COMMON) is None:
        return []
    number = _owner(tx, owner)
    name = names_of_accounts(tx, [number])[number]
    rows = list_mailboxes(tx, number)
    return [_shown(row, list_entries(tx, row.id, number), name) for row in rows]


def _shown(row: MailboxRow, entries: list[Entry], owner: str) -> Shown:
    counts = (row.messages, row.unseen, row.octets)
    others = (entry for entry in entries if entry.identifier != owner)
    return Shown(row.name, row.special_use, *counts, tuple(map(_line, others)))


def _line(entry: Entry) -> Line:
    return Line(entry.identifier, shown_letters(entry.rights))


def _create(tx: Transaction, owner: str, name: str, most: int) -> None:
    create_mailbox(tx, _owner(tx, owner), name, "", most)


def _share(tx: Transaction, owner: str, name: str, whom: str, rights: Right) -> list[Line]:
    number = _owner(tx, owner)
    row = find_mailbox(tx, number, name)
    change_entry(tx, row.id, number, Wanted(whom, rights, Change.REPLACE, number))
    return [_line(entry) for entry in list_entries(tx, row.id, number)]
