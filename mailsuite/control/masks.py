"""Verbs about masked addresses, and about who may send as an address."""

from mailsuite.control.verbs import Parts, verb
from mailsuite.directory.masks import Mask


@verb("mask add")
async def add_mask(
    parts: Parts, address: str, domain: str = "", note: str = "", expires: int = 0
) -> Mask:
    """Make a masked address of an account."""
    return await parts.people.masks.add(address, domain, note, expires)


@verb("mask list")
async def list_masks(parts: Parts, address: str) -> list[Mask]:
    """All of an account."""
    return await parts.people.masks.all(address)


@verb("mask off")
async def mask_off(parts: Parts, address: str) -> Mask:
    """Let it lead nowhere."""
    return await parts.people.masks.off(address)


@verb("mask on")
async def mask_on(parts: Parts, address: str) -> Mask:
    """Let it lead to its account again."""
    return await parts.people.masks.on(address)


@verb("mask remove")
async def remove_mask(parts: Parts, address: str) -> None:
    """Take it away for good."""
    await parts.people.masks.remove(address)


@verb("alias allow")
async def allow(parts: Parts, address: str, sender: str) -> list[str]:
    """Let somebody send as an address."""
    return await parts.people.senders.allow(address, sender)


@verb("alias forbid")
async def forbid(parts: Parts, address: str, sender: str) -> list[str]:
    """Take that right back."""
    return await parts.people.senders.forbid(address, sender)


@verb("alias senders")
async def list_senders(parts: Parts, address: str) -> list[str]:
    """Who was given it."""
    return await parts.people.senders.all(address)
