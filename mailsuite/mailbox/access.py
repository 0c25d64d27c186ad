"""What a session may do in the mailbox that it has open: rights that change while it is."""

from collections.abc import Callable

from twisted.internet.defer import Deferred

from mailsuite.store.granted import current_rights
from mailsuite.store.opening import Store
from mailsuite.store.rights import ALL, Right

Forget = Callable[[], None]


class Access:
    """The rights in one open mailbox, up to date while they can change.

    Attributes:
        rights: what the session may do there now.
        changed: called after they have become other ones.
    """

    def __init__(self, rights: Right = ALL, most: Right = ALL) -> None:
        self.rights = rights if most is ALL else rights & most
        self._most = most
        self.changed: Callable[[], None] = lambda: None
        self._forgets: list[Forget] = []

    def follow(self, store: Store, viewer_id: int, mailbox_id: int, owner_id: int) -> None:
        """Look now, and after each change of the mailbox's list or of who is in which group."""

        def look() -> None:
            reading: Deferred[tuple[Right, bool]] = store.readers.run(
                current_rights, viewer_id, mailbox_id
            )
            # In doubt there are none: the client opens the mailbox again.
            reading.addCallbacks(seen, lambda _: seen((Right.NONE, False)))

        def seen(found: tuple[Right, bool]) -> None:
            rights, grouped = found
            if not self._forgets:
                return
            if grouped and len(self._forgets) == 1:
                self._forgets.append(store.changes.on_people(look))
            rights &= self._most
            if rights != self.rights:
                self.rights = rights
                self.changed()

        self._forgets = [store.changes.on_account(owner_id, look)]
        look()

    def close(self) -> None:
        """The mailbox is no longer open."""
        forgets, self._forgets = self._forgets, []
        for forget in forgets:
            forget()
