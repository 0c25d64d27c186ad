"""The change bus: "mailbox M is at modification n", "account A changed", "the queue is due".

Nothing else travels: receivers read the rows themselves, so a lost or doubled word is harmless.
All calls are on the reactor thread, but for `committed`.
"""

from collections.abc import Callable, Iterable
from typing import Protocol

Forget = Callable[[], None]


class Changes(Protocol):
    """What services see of the bus."""

    def on_mailbox(self, mailbox_id: int, told: Callable[[int], None]) -> Forget:
        """Call `told(modseq)` after each commit that changed the mailbox."""
        ...

    def on_account(self, account_id: int, told: Callable[[], None]) -> Forget:
        """Call `told()` after each commit that changed the account or its mailbox list."""
        ...

    def on_queue(self, told: Callable[[], None]) -> Forget:
        """Call `told()` after each commit that made something in the queue due."""
        ...

    def on_people(self, told: Callable[[], None]) -> Forget:
        """Call `told()` after each commit that changed domains, accounts or addresses."""
        ...

    def publish(
        self,
        mailboxes: dict[int, int],
        accounts: Iterable[int],
        *,
        queue: bool,
        people: bool = False,
    ) -> None:
        """Tell everybody. The writer calls this after COMMIT, before any result is given out."""
        ...

    def committed(
        self, mailboxes: dict[int, int], accounts: Iterable[int], *, queue: bool, people: bool
    ) -> None:
        """Tell the other workers, if there are any.

        Called in the writing thread after COMMIT, before another worker may write.
        """

    def catch_up(self) -> None:
        """Take in what the other workers announced: before what a client sent is looked at."""


class LocalBus:
    """One process: plain calls."""

    def __init__(self) -> None:
        self._mailboxes: dict[int, dict[object, Callable[[int], None]]] = {}
        self._accounts: dict[int, dict[object, Callable[[], None]]] = {}
        self._queue: dict[object, Callable[[], None]] = {}
        self._people: dict[object, Callable[[], None]] = {}

    def on_mailbox(self, mailbox_id: int, told: Callable[[int], None]) -> Forget:
        """See `Changes.on_mailbox`."""
        key = object()
        self._mailboxes.setdefault(mailbox_id, {})[key] = told
        return lambda: _forget(self._mailboxes, mailbox_id, key)

    def on_account(self, account_id: int, told: Callable[[], None]) -> Forget:
        """See `Changes.on_account`."""
        key = object()
        self._accounts.setdefault(account_id, {})[key] = told
        return lambda: _forget(self._accounts, account_id, key)

    def on_queue(self, told: Callable[[], None]) -> Forget:
        """See `Changes.on_queue`."""
        key = object()
        self._queue[key] = told
        return lambda: _drop(self._queue, key)

    def on_people(self, told: Callable[[], None]) -> Forget:
        """See `Changes.on_people`."""
        key = object()
        self._people[key] = told
        return lambda: _drop(self._people, key)

    def committed(
        self, mailboxes: dict[int, int], accounts: Iterable[int], *, queue: bool, people: bool
    ) -> None:
        """There is nobody else."""

    def catch_up(self) -> None:
        """There is nobody else."""

    def publish(
        self,
        mailboxes: dict[int, int],
        accounts: Iterable[int],
        *,
        queue: bool,
        people: bool = False,
    ) -> None:
        """See `Changes.publish`."""
        if people or accounts:
            for moved in list(self._people.values()):
                moved()
        for mailbox_id, modseq in mailboxes.items():
            for told in list(self._mailboxes.get(mailbox_id, {}).values()):
                told(modseq)
        for account_id in accounts:
            for changed in list(self._accounts.get(account_id, {}).values()):
                changed()
        if queue:
            for due in list(self._queue.values()):
                due()


def _drop(table: dict[object, Callable[[], None]], key: object) -> None:
    table.pop(key, None)


def _forget(table: dict[int, dict[object, Callable[..., None]]], topic: int, key: object) -> None:
    listeners = table.get(topic, {})
    listeners.pop(key, None)
    if not listeners:
        table.pop(topic, None)
