"""Annotations as people may read and set them (RFC 5464 §3.3)."""

from collections.abc import Mapping, Sequence

from mailsuite.errors import MailError, NotPermitted
from mailsuite.mailbox.names import SPECIAL_USES
from mailsuite.mailbox.ports import Finds
from mailsuite.mailbox.rights import demand, demand_any, demand_change
from mailsuite.store.annotations import (
    PRIVATE,
    SERVER,
    read_annotations,
    read_some_annotations,
    set_annotations,
)
from mailsuite.store.granted import names_of_accounts, role_of
from mailsuite.store.mailboxes import MailboxRow, set_special_use
from mailsuite.store.opening import Store
from mailsuite.store.rights import ALL, Right
from mailsuite.store.transaction import Transaction

ADMIN = "/shared/admin"  # the server's, computed (RFC 5464 §6.2.1)
SPECIAL_USE = "/private/specialuse"  # a mailbox's own attribute (RFC 6154 §4)
DEVICE_TOKEN = "/private/devicetoken"  # noqa: S105 - an entry's name: Delta Chat's push addresses
TOKENS = 8  # device tokens of a mailbox that are kept: the latest ones
# Beside the right to look it up, one of these (RFC 5464 §3.3).
SOME_USE = Right.READ | Right.SEEN | Right.WRITE | Right.INSERT | Right.POST


class BadSpecialUse(MailError):  # noqa: N818 - named for what happened
    """No special use that we know, or more than one (RFC 6154 §4)."""


class Annotations:
    """The annotations that one account sees."""

    def __init__(self, store: Store, account_id: int, find: Finds, most: Right = ALL) -> None:
        self._store = store
        self._most = most
        self._account_id = account_id
        self._find = find

    async def read(self, mailbox: str) -> dict[str, bytes]:
        """All entries of a mailbox, or of the server ("" as its name), by name in lower case.

        Raises:
            NoSuchMailbox, NotPermitted: it takes the right to look it up, and one to use it.
        """
        if not mailbox:
            return await self._store.readers.run(_read_server, self._account_id)
        row = await self._use(mailbox)
        return await self._store.readers.run(_read, row, self._account_id)

    async def read_some(
        self, rows: Sequence[MailboxRow], entries: Sequence[str]
    ) -> dict[int, dict[str, bytes]]:
        """These entries of many mailboxes that were looked up: id to name to value."""
        used = [row for row in rows if row.rights is ALL or row.rights & SOME_USE]
        return await self._store.readers.run(_read_some, used, self._account_id, list(entries))

    async def set(self, mailbox: str, values: Mapping[str, bytes | None]) -> None:
        """Set entries of a mailbox or the server, all or none; None removes one.

        Raises:
            NoSuchMailbox: as `read`.
            NotPermitted: as `read`; shared ones of a mailbox take the right to write, the
                server's an administrator.
            BadSpecialUse: the special use is none.
            TooMany, OverQuota: as `set_annotations`.
        """
        demand_change(self._most)
        if not mailbox:
            await self._store.writer.run(_set_server, self._account_id, dict(values))
            return
        row = await self._use(mailbox)
        if any(not entry.startswith(PRIVATE) for entry in values):
            demand(row, Right.WRITE)
        await self._store.writer.run(_set, row, self._account_id, dict(values))

    async def _use(self, mailbox: str) -> MailboxRow:
        row = await self._find(mailbox, Right.LOOKUP)
        demand_any(row, SOME_USE)
        return row


def _read(tx: Transaction, row: MailboxRow, account_id: int) -> dict[str, bytes]:
    found = read_annotations(tx, row.id, account_id)
    return found | _computed(row, account_id, found)


def _computed(row: MailboxRow, account_id: int, found: Mapping[str, bytes]) -> dict[str, bytes]:
    computed = {}
    if row.special_use and row.account_id == account_id:
        computed[SPECIAL_USE] = row.special_use.encode("ascii")
    if DEVICE_TOKEN in found:
        computed[DEVICE_TOKEN] = found[DEVICE_TOKEN].rpartition(b"\n")[2]
    return computed


def _read_some(
    tx: Transaction, rows: Sequence[MailboxRow], account_id: int, entries: list[str]
) -> dict[int, dict[str, bytes]]:
    found = read_some_annotations(tx, [row.id for row in rows], account_id, entries)
    for row in rows:
        here = found.setdefault(row.id, {})
        here |= {
            entry: value
            for entry, value in _computed(row, account_id, here).items()
            if entry in entries
        }
    return found


def _read_server(tx: Transaction, account_id: int) -> dict[str, bytes]:
    found = read_annotations(tx, SERVER, account_id)
    name = names_of_accounts(tx, [account_id]).get(account_id, "")
    found[ADMIN] = b"mailto:postmaster@" + name.rpartition("@")[2].encode()
    return found


def _set_server(tx: Transaction, account_id: int, values: dict[str, bytes | None]) -> None:
    shared = any(not entry.startswith(PRIVATE) for entry in values)
    if ADMIN in values or (shared and role_of(tx, account_id) != "admin"):
        raise NotPermitted
    set_annotations(tx, SERVER, account_id, values)


def _set(
    tx: Transaction, row: MailboxRow, account_id: int, values: dict[str, bytes | None]
) -> None:
    if SPECIAL_USE in values:
        _set_use(tx, row, account_id, values.pop(SPECIAL_USE))
    token = values.get(DEVICE_TOKEN)
    if token is not None:
        kept = read_annotations(tx, row.id, account_id).get(DEVICE_TOKEN, b"").split(b"\n")
        tokens = [one for one in kept if one and one != token]
        values[DEVICE_TOKEN] = b"\n".join([*tokens, token][-TOKENS:])
    set_annotations(tx, row.id, account_id, values)


def _set_use(tx: Transaction, row: MailboxRow, account_id: int, value: bytes | None) -> None:
    """Give a mailbox a special use; whichever had it loses it (RFC 6154 §4, §5.4)."""
    if row.account_id != account_id:  # the use is its owner's
        raise NotPermitted
    known = {use.lower(): use for use in SPECIAL_USES}
    use = "" if not value else known.get(value.decode("ascii", "replace").lower())
    if use is None or (use and row.name == "INBOX"):
        raise BadSpecialUse
    set_special_use(tx, account_id, row.id, use)
