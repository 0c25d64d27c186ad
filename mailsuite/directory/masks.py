"""Masked addresses: a random one for each shop, that its owner shuts when it is sold on."""

import secrets

from mailsuite.directory.typed import Refused, typed_address, typed_domain, typed_note
from mailsuite.errors import AlreadyThere
from mailsuite.message.addresses import Address
from mailsuite.store import masks
from mailsuite.store.accounts import account_id, show_account
from mailsuite.store.masks import Mask
from mailsuite.store.opening import Store

LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # 32, none of which is taken for another
LENGTH = 12  # 60 random bits: nobody comes upon one by trying
TRIES = 3

__all__ = ["Mask", "Masks"]


class Masks:
    """Looks after masked addresses; whose, is said by any address of the account."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(self, owner: str, domain: str = "", note: str = "", expires: int = 0) -> Mask:
        """Make one, in the account's own domain or another; `expires` in seconds UTC, 0: never."""
        at, about = typed_address(owner), typed_note(note)
        if expires < 0:
            raise Refused("An end is a time, or 0 for none")
        person = await self._store.readers.run(show_account, at)
        where = typed_domain(domain) if domain else Address.parse(person.name).domain
        for _ in range(TRIES):
            made = Address("".join(secrets.choice(LETTERS) for _ in range(LENGTH)), where)
            try:
                return await self._store.writer.run(masks.add_mask, person.id, made, about, expires)
            except AlreadyThere:
                continue
        raise Refused("No free address was found; try again")

    async def all(self, owner: str) -> list[Mask]:
        """All of an account, the eldest first."""
        number = await self._store.readers.run(account_id, typed_address(owner))
        return await self._store.readers.run(masks.list_masks, number)

    async def off(self, address: str) -> Mask:
        """Let it lead nowhere: mail to it is refused, and nobody sends as it."""
        return await self._switched(address, masks.OFF)

    async def on(self, address: str) -> Mask:
        """Let it lead to its account again."""
        return await self._switched(address, masks.ON)

    async def remove(self, address: str) -> None:
        """Take it away for good."""
        await self._store.writer.run(masks.remove_mask, typed_address(address))

    async def owner(self, address: str) -> int:
        """The id of the account that it leads to."""
        return await self._store.readers.run(masks.owner_of, typed_address(address))

    async def _switched(self, address: str, state: str) -> Mask:
        return await self._store.writer.run(masks.switch_mask, typed_address(address), state)
