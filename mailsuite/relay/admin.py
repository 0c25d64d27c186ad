"""The queue as the operator sees and orders it (`mailsuite queue …`)."""

from collections.abc import Callable

from attrs import frozen

from mailsuite.store.opening import Store
from mailsuite.store.queue_orders import (
    fail_entry,
    hold_entry,
    list_queue,
    release_entry,
    remove_entry,
    retry_entry,
    show_entry,
)
from mailsuite.store.queue_rows import Entry, EntryRecipient

FAILED_BY_HAND = "554 5.7.0 The operator of this host ended the delivery"


@frozen
class QueuedRecipient:
    """One recipient, as listed."""

    address: str
    state: str  # waiting | trying | held | scheduled | delivered | expanded | failed | expired
    next_try: int  # seconds UTC; of use while waiting
    tries: int
    last_reply: str
    last_host: str


@frozen
class QueuedMessage:
    """One message in the queue, as listed. Times in seconds UTC."""

    id: int
    sender: str  # "": the null sender
    size: int
    created: int
    expires: int
    trace: str
    recipients: tuple[QueuedRecipient, ...]


class QueueAdmin:
    """Orders to the queue.

    Args:
        changed: tells a running relay (`Relay.hurry`); nothing where none runs.
    """

    def __init__(self, store: Store, changed: Callable[[], None] | None = None) -> None:
        self._store = store
        self._changed = changed or (lambda: None)

    async def list(self, after: int = 0, most: int = 1_000) -> list[QueuedMessage]:
        """At most so many messages with ids above `after`, oldest first."""
        return [_listed(entry) for entry in await self._store.readers.run(list_queue, after, most)]

    async def show(self, queue_id: int) -> QueuedMessage:
        """One message. Raises `NoSuchThing`, as all below do."""
        return _listed(await self._store.readers.run(show_entry, queue_id))

    async def hold(self, queue_id: int) -> int:
        """Keep it from being tried until `release`; how many recipients that held."""
        return await self._store.writer.run(hold_entry, queue_id)

    async def release(self, queue_id: int) -> int:
        """Let it be tried again, now; how many recipients were held."""
        return self._ordered(await self._store.writer.run(release_entry, queue_id))

    async def retry(self, queue_id: int) -> int:
        """Try it now; how many recipients were waiting."""
        return self._ordered(await self._store.writer.run(retry_entry, queue_id))

    async def fail(self, queue_id: int, words: str = FAILED_BY_HAND) -> int:
        """End it: its sender is told; how many recipients that ended."""
        return self._ordered(await self._store.writer.run(fail_entry, queue_id, words))

    async def remove(self, queue_id: int) -> None:
        """Delete it; nobody is told."""
        await self._store.writer.run(remove_entry, queue_id)

    def _ordered(self, count: int) -> int:
        self._changed()
        return count


def _listed(entry: Entry) -> QueuedMessage:
    return QueuedMessage(
        entry.id,
        entry.reverse_path,
        entry.size,
        entry.created,
        entry.expires,
        entry.trace,
        tuple(_recipient(recipient) for recipient in entry.recipients),
    )


def _recipient(recipient: EntryRecipient) -> QueuedRecipient:
    state = "trying" if recipient.state == "waiting" and recipient.leased else recipient.state
    return QueuedRecipient(
        recipient.address,
        state,
        recipient.next_try,
        recipient.tries,
        recipient.last_reply,
        recipient.last_host,
    )
