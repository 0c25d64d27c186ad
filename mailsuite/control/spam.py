"""Verbs about the spam filter of accounts."""

from mailsuite.control.verbs import Parts, verb
from mailsuite.errors import NoSuchThing
from mailsuite.message.addresses import Address, BadAddress
from mailsuite.spam.admin import Explained, SpamAdmin, Status, account_kind
from mailsuite.spam.learning import Learned
from mailsuite.store.accounts import account_id


async def _of(parts: Parts, address: str) -> int:
    try:
        canonical = Address.parse(address).canonical
    except BadAddress:
        raise NoSuchThing(f'"{address}" is no address') from None
    return await parts.store.readers.run(account_id, canonical)


@verb("spam train")
async def train(parts: Parts, address: str, kind: str, mailbox: str) -> Learned:
    """Teach what lies in a mailbox."""
    number = await _of(parts, address)
    return await SpamAdmin(parts.store).train(number, account_kind(kind), mailbox)


@verb("spam status")
async def status(parts: Parts, address: str) -> Status:
    """What was taught, and where the threshold stands."""
    return await SpamAdmin(parts.store).status(await _of(parts, address))


@verb("spam threshold")
async def set_threshold(parts: Parts, address: str, threshold: str) -> None:
    """Set it."""
    await SpamAdmin(parts.store).set_threshold(await _of(parts, address), threshold)


@verb("spam reset")
async def reset(parts: Parts, address: str) -> None:
    """Forget what was taught."""
    await SpamAdmin(parts.store).reset(await _of(parts, address))


@verb("spam merge")
async def merge(parts: Parts, source: str, address: str) -> Status:
    """Add what one account has taught to another's."""
    source_id = await _of(parts, source)
    return await SpamAdmin(parts.store).merge(source_id, await _of(parts, address))


@verb("spam explain")
async def explain(parts: Parts, address: str, mailbox: str, uid: int) -> Explained:
    """Why a message has its score."""
    return await SpamAdmin(parts.store).explain(await _of(parts, address), mailbox, uid)
