"""All views of this process: one for each open mailbox, the last used kept when nobody needs them.

A view that nobody has open is a cache: it goes when others need its room.
"""

from collections import OrderedDict

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from mailsuite.mailbox.ahead import Ahead
from mailsuite.mailbox.bodies import Bodies
from mailsuite.mailbox.made import Made
from mailsuite.mailbox.view import MailboxView
from mailsuite.store.opening import Store
from mailsuite.store.snapshots import Arrays, Loaded, load_view, pack, save_snapshot

WORTH_SAVING = 2_000  # rows read at a load, before a new snapshot is written


class Views:
    """Views by mailbox, counted; unused ones stay while all together fit into `octets`."""

    def __init__(self, store: Store, octets: int) -> None:
        self._store = store
        self._octets = octets
        self._bodies = Bodies()
        self._ahead = Ahead()
        self._made = Made()
        self._open: dict[int, MailboxView] = {}
        self._unused: OrderedDict[int, MailboxView] = OrderedDict()
        self._loading: dict[int, list[Deferred[MailboxView]]] = {}

    @property
    def unused_octets(self) -> int:
        """What views cost that nobody has open."""
        return sum(view.octets for view in self._unused.values())

    async def open(self, mailbox_id: int) -> MailboxView:
        """The up-to-date view of a mailbox, to be given back with `release`.

        Raises:
            NoSuchMailbox: it was deleted.
        """
        view = await self._found(mailbox_id)
        view.users += 1
        self._open[mailbox_id] = view
        self._unused.pop(mailbox_id, None)
        try:
            await view.refresh()
        except BaseException:
            self.release(view)
            raise
        return view

    def release(self, view: MailboxView) -> None:
        """Say that one user less has the view open."""
        view.users -= 1
        if view.users:
            return
        if self._open.get(view.id) is view:
            del self._open[view.id]
        if view.gone:
            view.close()
            return
        self._unused[view.id] = view
        total = self.unused_octets
        while self._unused and total > self._octets:
            _, oldest = self._unused.popitem(last=False)
            total -= oldest.octets
            oldest.close()

    async def _found(self, mailbox_id: int) -> MailboxView:
        view = self._open.get(mailbox_id) or self._unused.get(mailbox_id)
        if view is not None and not view.gone:
            return view
        if view is not None and self._unused.pop(mailbox_id, None) is not None:
            view.close()
        waiting = self._loading.get(mailbox_id)
        if waiting is not None:  # another session is loading it: one read for both
            deferred: Deferred[MailboxView] = Deferred()
            waiting.append(deferred)
            return await deferred
        self._loading[mailbox_id] = []
        try:
            view = await self._load(mailbox_id)
        except BaseException:
            failure = Failure()
            for deferred in self._loading.pop(mailbox_id):
                deferred.errback(failure)
            raise
        self._unused[mailbox_id] = view
        for deferred in self._loading.pop(mailbox_id):
            deferred.callback(view)
        return view

    async def _load(self, mailbox_id: int) -> MailboxView:
        # A commit between the read and the view's subscription is seen by its first refresh.
        told: list[int] = []
        forget = self._store.changes.on_mailbox(mailbox_id, told.append)
        try:
            loaded: Loaded = await self._store.readers.run(load_view, mailbox_id)
            view = MailboxView(self._store, loaded, self._bodies, self._ahead, self._made)
        finally:
            forget()
        if told:
            view.announce(max(told))
        if loaded.read > WORTH_SAVING:
            Deferred.fromCoroutine(self._save(view)).addErrback(
                lambda failure: view.log.warn("snapshot not saved: {why}", why=failure.value)
            )
        return view

    async def _save(self, view: MailboxView) -> None:
        """Write a snapshot, beside what the view is loaded for: the next load reads few rows."""
        arrays, modseq = view.arrays, view.row.modseq
        kept = Arrays(arrays.uids[:], arrays.flags[:], arrays.modseqs[:], arrays.sizes[:])
        packed = await self._store.readers.run(lambda _: pack(kept, modseq))
        await self._store.writer.run(save_snapshot, view.id, modseq, packed)
