"""One client's NOTIFY while it lasts: woken by the change bus, it tells between commands.

What changed is noted by mailbox, however often it does; it is read when it can be told, and told
when its client has taken what was told before. So neither a busy mailbox nor a slow client makes
it hold more than a listing.
"""

from collections.abc import Callable, Sequence

from attrs import evolve

from mailsuite.errors import NoSuchMailbox
from mailsuite.imap.fetch.arriving import Arrivals
from mailsuite.imap.notifying.annotations import Annotations
from mailsuite.imap.notifying.mailboxes import Known
from mailsuite.imap.notifying.mailboxes import Manner as Told
from mailsuite.imap.notifying.request import BOTH, MESSAGES, Event, Filter, Request
from mailsuite.imap.ports import Kinds, Manner, Session, State, View
from mailsuite.imap.view import SelectedView
from mailsuite.mailbox.service import AccountMailboxes
from mailsuite.store.changes import Forget
from mailsuite.store.mailboxes import MailboxRow, read_mailbox
from mailsuite.store.transaction import Transaction

MOST_WATCHED = 5_000  # mailboxes; more are refused, or end it (RFC 5465 §5.8)
ONE_BY_ONE = 100  # changed mailboxes; of more the whole list is read


class Overflow(Exception):  # noqa: N818 - named for what happened
    """More is asked for than we are willing to tell (RFC 5465 §5.8)."""


class Notices:
    """What a session tells by itself; made by NOTIFY SET."""

    def __init__(self, session: Session, request: Request) -> None:
        mailboxes = session.mailboxes
        assert isinstance(mailboxes, AccountMailboxes)
        self._session = session
        self._mailboxes = mailboxes
        self._request = request
        # Nothing was told before the first listing.
        self._known = Known(
            Request(),
            Told(session.account.id, session.spelled, lambda: Manner.MODSEQS in session.manner),
        )
        self._annotations = Annotations(request, session.account.id)
        self._bus = mailboxes.store.changes
        self._accounts: dict[int, Forget] = {}
        self._watched: dict[int, Forget] = {}
        self._selected: Forget | None = None
        self._view: View | None = None
        self._touched: set[int] = set()
        self._own: set[str] = set()
        self._listing_due = self._selected_due = self._over = self._telling = False

    # The beginning, and the end.

    async def begin(self) -> list[bytes]:
        """Watch, and return the lines that stand before NOTIFY's OK (RFC 5465 §3.1).

        Raises:
            Overflow: too many mailboxes are meant.
        """
        self._watch_account(self._session.account.id)
        rows, subscriptions = await self._listing()
        self._known.listed(rows, subscriptions)
        self._known.request = self._request
        lines = self._known.refused()
        self._watch()
        await self._annotations.changed(self._mailboxes, self._known)
        if self._request.status:
            lines += [
                self._known.status(row, modseq=Event.FLAG_CHANGE in events)
                for row in self._known.rows.values()
                if (events := self._known.events(row)) & MESSAGES and row.id != self._open_id()
            ]
        if self._session.state is State.SELECTED:
            self.selected(self._session.view)
        # What changed between the reading and the watching.
        self._listing_due = True
        return lines

    def close(self) -> None:
        """Tell no more."""
        self._over = True
        for forget in (*self._accounts.values(), *self._watched.values()):
            forget()
        self._accounts.clear()
        self._watched.clear()
        self._let_go()

    def selected(self, view: View | None) -> None:
        """Take hold of the mailbox that was selected; what was not asked for is muted."""
        if self._view is not None:
            # What its view has told is known when it is one among the others again.
            self._counted([self._view.mailbox.row], silent=True)
        self._let_go()
        self._view = view
        if view is None:
            return
        group = self._request.selected
        asked = frozenset() if group is None else group.events
        view.muted = Kinds.NONE if asked >= BOTH else Kinds.NEW | Kinds.GONE
        if Event.FLAG_CHANGE not in asked:
            view.muted |= Kinds.CHANGED
        if group is not None and asked:
            self._selected = view.mailbox.subscribe(self._in_selected)
            if group.items is not None:
                assert isinstance(view, SelectedView)
                view.followers.append(Arrivals(self._session, view, group.items))

    def own(self, arguments: Sequence[object]) -> None:
        """Note the names in a command of this client: it is not told what it did itself (§5)."""
        self._own.update(name for name in arguments if isinstance(name, str))

    # Being woken.

    def _in_account(self) -> None:
        self._listing_due = True
        self._wake()

    def _in_mailbox(self, mailbox_id: int) -> Callable[[int], None]:
        def told(_modseq: int) -> None:
            if mailbox_id != self._open_id():  # of that one its view tells
                self._touched.add(mailbox_id)
                self._wake()

        return told

    def _in_selected(self) -> None:
        self._selected_due = True
        self._wake()

    def _wake(self) -> None:
        if not self._telling and not self._over:
            self._session.interject(self.between)

    # Telling.

    async def between(self) -> None:
        """Tell what is due; the session calls it between commands."""
        if self._telling:
            return
        self._telling = True
        try:
            while not self._over and (self._selected_due or self._listing_due or self._touched):
                await self._session.drained()
                await self._tell()
        except Overflow:
            self._session.untagged(b"OK [NOTIFICATIONOVERFLOW] Too many mailboxes")
            self.close()
            self._request = self._known.request = Request()
            if self._session.state is State.SELECTED:
                self.selected(self._session.view)
        except ConnectionError:
            self._session.leave()
        finally:
            self._telling = False
            self._own.clear()

    async def _tell(self) -> None:
        if self._selected_due:
            self._selected_due = False
            if self._session.state is State.SELECTED:
                await self._session.view.pending(expunges=self._at_once())
        elif self._listing_due or len(self._touched) > ONE_BY_ONE:
            self._listing_due = False
            await self._tell_listing()
        else:
            touched, self._touched = self._touched, set()
            rows = await self._mailboxes.store.readers.run(read_many, sorted(touched))
            self._session.write(b"".join(self._counted(rows, silent=False)))

    def _at_once(self) -> bool:
        group = self._request.selected
        return group is not None and group.filter is Filter.SELECTED

    def _counted(self, rows: Sequence[MailboxRow], *, silent: bool) -> list[bytes]:
        lines = []
        for row in rows:
            if (before := self._known.rows.get(row.id)) is not None:
                # By its id it comes with neither the name nor the rights that this client sees.
                seen = evolve(row, name=before.name, rights=before.rights)
                lines.append(self._known.counted(seen, silent=silent))
        return lines

    async def _tell_listing(self) -> None:
        rows, subscriptions = await self._listing()
        self._touched.clear()
        own = frozenset(self._own)
        lines = self._known.listed(rows, subscriptions, own, self._open_id())
        self._watch()
        lines += await self._annotations.changed(self._mailboxes, self._known)
        self._session.write(b"".join(lines))

    async def _listing(self) -> tuple[list[MailboxRow], frozenset[str]]:
        rows = await self._mailboxes.listing()
        return rows, frozenset(await self._mailboxes.subscriptions())

    def _open_id(self) -> int:
        selected = self._session.state is State.SELECTED
        return self._session.view.mailbox.id if selected else 0

    # Watching.

    def _watch(self) -> None:
        """Watch the mailboxes that are meant now, and the accounts whose they are."""
        wanted = set(self._known.watched())
        if len(wanted) > MOST_WATCHED:
            raise Overflow
        for gone in self._watched.keys() - wanted:
            self._watched.pop(gone)()
        for new in wanted - self._watched.keys():
            self._watched[new] = self._bus.on_mailbox(new, self._in_mailbox(new))
        for owner in {row.account_id for row in self._known.rows.values()}:
            self._watch_account(owner)

    def _watch_account(self, account_id: int) -> None:
        if account_id not in self._accounts:
            self._accounts[account_id] = self._bus.on_account(account_id, self._in_account)

    def _let_go(self) -> None:
        if self._selected is not None:
            self._selected()
            self._selected = None


def read_many(tx: Transaction, mailbox_ids: Sequence[int]) -> list[MailboxRow]:
    """Read the mailboxes of these ids that are still there."""
    rows = []
    for mailbox_id in mailbox_ids:
        try:
            rows.append(read_mailbox(tx, mailbox_id))
        except NoSuchMailbox:
            continue  # the account tells
    return rows
