r"""The selected mailbox as one client knows it: its numbers, and what it still has to be told.

A session holds a generation of the shared view, a length and the modseq up to which flags were
told. Everything else is asked of the shared view. `\Recent` is never set (RECENT is 0): RFC 3501
§2.3.2 lets nobody but the first session see it, which would cost a write at each SELECT, and
RFC 9051 has dropped it.
"""

from collections.abc import Callable, Iterator, Sequence

from mailsuite.errors import NoSuchMailbox
from mailsuite.imap.numbers import Numbers
from mailsuite.imap.ports import Session, State, View
from mailsuite.mailbox.ahead import Course
from mailsuite.mailbox.service import AccountMailboxes
from mailsuite.mailbox.view import MailboxView
from mailsuite.store.flags import KEYWORD_BITS, SYSTEM_FLAGS, Keywords, names_of
from mailsuite.store.placements import Stored

CONDSTORE = b"CONDSTORE"
AT_ONCE = 4_000  # lines built before other sessions get a turn: about 4 ms


def flag_list(word: int, keywords: Keywords) -> bytes:
    """A word as FLAGS shows it, with its parentheses."""
    return b"(%b)" % " ".join(names_of(word, keywords)).encode("ascii")


class SelectedView:
    """What `ports.View` asks for, and the course that FETCH takes through the mailbox."""

    def __init__(
        self,
        session: Session,
        mailboxes: AccountMailboxes,
        mailbox: MailboxView,
        *,
        read_only: bool,
    ) -> None:
        self.session = session
        self.mailbox = mailbox
        self.read_only = read_only
        self.numbers = Numbers(mailbox.generation)
        self.told = mailbox.row.modseq  # flag changes up to here are known to the client
        self._mailboxes = mailboxes
        self._keywords = mailbox.keywords
        self.course = Course()
        self._own: set[int] = set()  # modseqs of changes whose outcome this client has
        self._telling = False
        self._unwatch: Callable[[], None] | None = None
        self._closed = False

    # Telling.

    def tell(self, response: bytes) -> None:
        """Write an untagged response."""
        self.session.untagged(response)

    def tell_stored(self, uids: Sequence[int], stored: Stored, *, silent: bool) -> None:
        """Tell the outcome of one step of this client's STORE, which is not told again.

        With `silent` only what the client cannot know: a modseq (RFC 7162 §3.1.3), and the flags
        of messages that others had changed before, untold.
        """
        lines = [] if self._keywords == self.mailbox.keywords else [self._told_keywords()]
        changed = {uid: before > self.told for uid, _, before in stored.changed}
        condstore = CONDSTORE in self.session.enabled
        failed = set(stored.failed)
        arrays = self.mailbox.arrays
        if silent and not condstore:  # most of them: nothing to tell, nothing to look for
            uids = [uid for uid in uids if changed.get(uid, False)]
        for number, uid, at in known(self, uids):
            flags: int | None = arrays.flags[at]
            if silent and not changed.get(uid, False):
                flags = None
            if uid not in failed and (flags is not None or (condstore and uid in changed)):
                lines.append(self.flag_line(number, uid, flags, arrays.modseqs[at]))
        if stored.changed:
            self._own.add(stored.modseq)
        self.session.write(b"".join(lines))

    def _told_keywords(self) -> bytes:
        self._keywords = self.mailbox.keywords
        return self._flags()

    def describe(self) -> bytes:
        """What SELECT and EXAMINE say of the mailbox (RFC 3501 §6.3.1, RFC 7162 §3.1.2.1)."""
        row = self.mailbox.row
        lines = [
            self._flags(),
            b"* %d EXISTS\r\n* 0 RECENT\r\n" % self.numbers.count,
            b"* OK [UIDVALIDITY %d] UIDs are valid\r\n" % row.uidvalidity,
            b"* OK [UIDNEXT %d] Predicted next UID\r\n" % row.uidnext,
            b"* OK [HIGHESTMODSEQ %d] Highest\r\n" % row.modseq,
        ]
        unseen = self.mailbox.first_unseen()
        if unseen < self.numbers.count:
            lines.append(b"* OK [UNSEEN %d] First unseen\r\n" % (unseen + 1))
        return b"".join(lines)

    def _flags(self) -> bytes:
        names = " ".join([*SYSTEM_FLAGS, *self._keywords.values()]).encode("ascii")
        permanent = names
        if len(self._keywords) < len(KEYWORD_BITS):
            permanent += b" \\*"  # the client may make keywords (RFC 3501 §7.1)
        if self.read_only:
            permanent = b""
        return b"* FLAGS (%b)\r\n* OK [PERMANENTFLAGS (%b)] Flags\r\n" % (names, permanent)

    async def pending(self, *, expunges: bool) -> None:
        """Write what changed since last told: EXPUNGE only if `expunges`, EXISTS, FETCH."""
        if self._telling or self._closed:
            return
        self._telling = True
        try:
            await self.mailbox.refresh()
            await self._tell_all(expunges=expunges)
        except NoSuchMailbox:
            if not self._closed:
                self.tell(b"BYE The mailbox was deleted")
                self.session.leave()
        finally:
            self._telling = False

    async def _tell_all(self, *, expunges: bool) -> None:
        lines: list[bytes] = []
        for line in self._changes(expunges=expunges):
            lines.append(line)
            if len(lines) >= AT_ONCE:
                self.session.write(b"".join(lines))
                lines.clear()
                await self.session.drained()
                await self.mailbox.read(lambda _: None)  # others have their turn
                if self._closed:
                    return
        if lines:
            self.session.write(b"".join(lines))  # one write: IDLE pushes one packet

    def _changes(self, *, expunges: bool) -> Iterator[bytes]:
        mailbox = self.mailbox
        if self._keywords != mailbox.keywords:
            yield self._told_keywords()
        if expunges:
            yield from (b"* %d EXPUNGE\r\n" % number for number in self.numbers.expunge())
        # A number that is withheld from a client that still counts the expunged ones would be
        # wrong: EXISTS waits for the EXPUNGEs.
        told, self.told = self.told, mailbox.row.modseq
        last = self.numbers.last
        if self.numbers.grow():
            yield b"* %d EXISTS\r\n* 0 RECENT\r\n" % self.numbers.count
        own, self._own = self._own, set()
        for uid in mailbox.changed_since(told, own):
            if uid <= last and (line := self._flag_line(uid, own)):
                yield line

    def _flag_line(self, uid: int, own: set[int]) -> bytes:
        arrays = self.mailbox.arrays
        at, number = arrays.index(uid), self.numbers.of(uid)
        if at < 0 or not number or arrays.modseqs[at] in own:
            return b""
        return self.flag_line(number, uid, arrays.flags[at], arrays.modseqs[at])

    def flag_line(self, number: int, uid: int, flags: int | None, modseq: int) -> bytes:
        """An untagged FETCH of a message's flags; of None, only its MODSEQ."""
        items = [b"UID %d" % uid] if self.session.by_uid else []
        if flags is not None:
            items.append(b"FLAGS %b" % flag_list(flags, self.mailbox.keywords))
        if CONDSTORE in self.session.enabled:
            items.append(b"MODSEQ (%d)" % modseq)
        return b"* %d FETCH (%b)\r\n" % (number, b" ".join(items))

    # Being woken, and the end.

    def watch(self, changed: Callable[[], None] | None) -> None:
        """Call `changed` when there is something to tell; None: stop."""
        if self._unwatch is not None:
            self._unwatch()
        self._unwatch = None if changed is None else self.mailbox.subscribe(changed)

    def close(self) -> None:
        """Let the mailbox go; nothing is expunged."""
        if not self._closed:
            self._closed = True
            self.watch(None)
            self._mailboxes.release(self.mailbox)


async def open_view(session: Session, name: str, *, read_only: bool) -> SelectedView:
    """Open a mailbox for a session, which then selects it and writes its `describe()`.

    Raises:
        NoSuchMailbox: there is none of that name.
    """
    mailboxes = session.mailboxes
    assert isinstance(mailboxes, AccountMailboxes)
    return SelectedView(session, mailboxes, await mailboxes.open(name), read_only=read_only)


def view_of(session: Session) -> SelectedView:
    """The selected mailbox of a session whose table row says that one is selected."""
    view: View = session.view
    assert isinstance(view, SelectedView)
    return view


def enable_condstore(session: Session) -> None:
    """Switch MODSEQ on for the rest of the session (RFC 7162 §3.1).

    Where a mailbox is selected, the client is told where it begins.
    """
    if CONDSTORE not in session.enabled:
        session.enabled.add(CONDSTORE)
        tell_highest(session)


def tell_highest(session: Session) -> None:
    """Tell the modseq up to which the client knows the selected mailbox, if there is one."""
    if session.state is State.SELECTED:
        modseq = view_of(session).told
        session.untagged(b"OK [HIGHESTMODSEQ %d] Highest" % modseq)


def known(view: SelectedView, uids: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """(number, uid, index in the shared arrays) of those that still exist."""
    arrays, numbers = view.mailbox.arrays, view.numbers
    for uid in uids:
        at = arrays.index(uid)
        if at >= 0 and (number := numbers.of(uid)):
            yield number, uid, at
