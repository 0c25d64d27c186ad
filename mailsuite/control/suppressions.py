"""Verbs about addresses that nothing is sent to."""

from mailsuite.control.verbs import Parts, verb
from mailsuite.errors import NoSuchUser
from mailsuite.message.addresses import BadAddress
from mailsuite.store.suppressions import (
    Suppression,
    add_suppressions,
    read_suppressions,
    remove_suppressions,
    suppressed_name,
)

DAY = 86_400


@verb("suppression list")
async def list_suppressions(parts: Parts) -> list[Suppression]:
    """The whole list, by address."""
    return await parts.store.readers.run(read_suppressions)


@verb("suppression add")
async def add(parts: Parts, addresses: list[str], reason: str, days: int) -> int:
    """Send nothing more to these, for so many days (0: for ever); how many."""
    until = int(parts.store.clock()) + days * DAY if days else 0
    names = _names(addresses)
    return await parts.store.writer.run(add_suppressions, names, reason, until)


@verb("suppression remove")
async def remove(parts: Parts, addresses: list[str]) -> int:
    """Send to these again; how many."""
    return await parts.store.writer.run(remove_suppressions, _names(addresses))


def _names(addresses: list[str]) -> list[str]:
    try:
        return [suppressed_name(address) for address in addresses]
    except BadAddress as bad:
        raise NoSuchUser(f"{bad}: neither an address nor @ and a domain") from None
