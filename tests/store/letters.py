"""Contents, accounts and mailboxes for tests of the store."""

from typing import Any

from sqlalchemy import insert, select

from mailsuite.message.scan import scan
from mailsuite.store.blobs import Content, prepare
from mailsuite.store.delivery import Delivery, LocalCopy
from mailsuite.store.files import LargeFiles
from mailsuite.store.ids import reserve_id
from mailsuite.store.opening import Store
from mailsuite.store.schema import account, mailbox
from mailsuite.store.transaction import Transaction
from mailsuite.store.uidvalidity import next_uidvalidity


def content(octets: bytes | str, large: LargeFiles) -> Content:
    """A body made ready."""
    raw = octets.encode() if isinstance(octets, str) else octets
    return prepare(raw, scan(raw), large)


def add_account(tx: Transaction, name: str, quota_octets: int = 0, quota_messages: int = 0) -> int:
    """An account with nothing but its INBOX."""
    number = reserve_id(tx, "account")
    row = {"id": number, "name": name, "created": tx.now}
    quota = {"quota_octets": quota_octets, "quota_messages": quota_messages}
    tx.execute(insert(account), {**row, **quota})
    add_mailbox(tx, number, "INBOX")
    return number


def add_mailbox(tx: Transaction, account_id: int, name: str) -> int:
    """An empty mailbox."""
    number = reserve_id(tx, "mailbox")
    row = {"id": number, "account_id": account_id, "name": name, "created": tx.now}
    tx.execute(insert(mailbox), {**row, "uidvalidity": next_uidvalidity(tx)})
    return number


def letter(store: Store, octets: bytes | str, *accounts: int, **copy: Any) -> Delivery:
    """One content for the INBOX of each account."""
    copies = tuple(LocalCopy(number, **copy) for number in accounts)
    return Delivery(content(octets, store.large), copies)


def done(deferred: Any) -> Any:
    """What a Deferred that has fired gives, or raises."""
    got: list[Any] = []
    deferred.addBoth(got.append)
    assert got, "it has not fired"
    if hasattr(got[0], "raiseException"):
        got[0].raiseException()
    return got[0]


def rows(store: Store, table: Any) -> list[Any]:
    """All rows of a table, in the order of their keys."""

    def read(tx: Transaction) -> list[Any]:
        return tx.execute(select(table).order_by(*table.primary_key.columns)).all()

    found: list[Any] = done(store.readers.run(read))
    return found
