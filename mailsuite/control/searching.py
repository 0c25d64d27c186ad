"""Verbs about the search indexes."""

from typing import Any

from mailsuite.control.verbs import Parts, verb
from mailsuite.errors import NoSuchThing
from mailsuite.message.addresses import Address, BadAddress
from mailsuite.store.accounts import account_id
from mailsuite.store.search_status import IndexStatus, index_status, index_totals, rebuild_index
from mailsuite.store.transaction import Transaction


def _of(tx: Transaction, address: str) -> int:
    try:
        return account_id(tx, Address.parse(address).canonical)
    except BadAddress:
        raise NoSuchThing(f'"{address}" is no address') from None


@verb("search status")
async def status(parts: Parts, address: str) -> IndexStatus:
    """How far an account's index is."""
    return await parts.store.readers.run(lambda tx: index_status(tx, _of(tx, address)))


@verb("search rebuild")
async def rebuild(parts: Parts, address: str) -> None:
    """Have it made anew."""
    await parts.store.readers.run(lambda tx: rebuild_index(tx, _of(tx, address)))


@verb("search check")
async def check(parts: Parts) -> Any:
    """Of all accounts: how many files are damaged, and how many messages wait."""
    damaged = waiting = after = 0
    while True:
        more_damaged, more_waiting, after = await parts.store.readers.run(index_totals, after)
        if not after:
            return {"damaged": damaged, "waiting": waiting}
        damaged += more_damaged
        waiting += more_waiting
