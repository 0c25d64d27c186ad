"""Who may send as a group, or as anybody else's address."""

from mailsuite.directory.typed import typed_address
from mailsuite.store import senders
from mailsuite.store.accounts import account_id
from mailsuite.store.opening import Store

MEMBERS = senders.MEMBERS


class Senders:
    """Gives the right to send as an address, and takes it back."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def allow(self, address: str, sender: str) -> list[str]:
        """Let an account send as the address; `MEMBERS`: everybody whom it leads to."""
        at, number = typed_address(address), await self._number(sender)
        return await self._store.writer.run(senders.allow_sender, at, number)

    async def forbid(self, address: str, sender: str) -> list[str]:
        """Take the right back; who has it still."""
        at, number = typed_address(address), await self._number(sender)
        return await self._store.writer.run(senders.forbid_sender, at, number)

    async def all(self, address: str) -> list[str]:
        """Who was given the right."""
        return await self._store.readers.run(senders.list_senders, typed_address(address))

    async def _number(self, sender: str) -> int:
        if sender == MEMBERS:
            return senders.EVERYBODY
        return await self._store.readers.run(account_id, typed_address(sender))
