r"""The selected mailbox as one client knows it: its numbers, and what it still has to be told.

A session holds a generation of the shared view, a length and the modseq up to which flags were
told. Everything else is asked of the shared view. `\Recent` is never set (RECENT is 0): RFC 3501
§2.3.2 lets nobody but the first session see it, which would cost a write at each SELECT, and
RFC 9051 has dropped it.
"""

from collections.abc import Callable, Iterator, Sequence

from attrs import frozen

from mailsuite.errors import NoSuchMailbox
from mailsuite.imap.elements import SequenceSet
from mailsuite.imap.numbers import Numbers
from mailsuite.imap.ports import Follower, Kinds, Manner, Session, State, View
from mailsuite.imap.tables import MAILBOX_CODES, is_hidden
from mailsuite.imap.telling import FlagLines, vanished
from mailsuite.mailbox.access import Access
from mailsuite.mailbox.ahead import Course
from mailsuite.mailbox.names import canonical_name
from mailsuite.mailbox.rights import allowed_flags, demand
from mailsuite.mailbox.service import AccountMailboxes
from mailsuite.mailbox.view import MailboxView
from mailsuite.store.flags import KEYWORD_BITS, SYSTEM_FLAGS
from mailsuite.store.placements import Stored
from mailsuite.store.rights import CHANGES, Right

CONDSTORE = b"CONDSTORE"
AT_ONCE = 4_000  # lines built before other sessions get a turn: about 4 ms


@frozen
class Opened:
    """A mailbox that was opened for a session: what its client calls it, and may do there."""

    name: str
    view: MailboxView
    access: Access


class SelectedView:
    """What `ports.View` asks for, and the course that FETCH takes through the mailbox."""

    def __init__(
        self,
        session: Session,
        mailboxes: AccountMailboxes,
        opened: Opened,
        *,
        read_only: bool,
    ) -> None:
        self.session = session
        self.mailbox = mailbox = opened.view
        self.name = canonical_name(opened.name)
        self.given = opened.name
        self.access = opened.access
        self.access.changed = self._rights_changed
        self._examined = read_only
        self._told_rights = True
        self.numbers = Numbers(mailbox.generation)
        self.numbers.refused = Manner.UNNUMBERED in session.manner
        self.told = mailbox.row.modseq  # flag changes up to here are known to the client
        self.written: SequenceSet | None = None
        self.followers: list[Follower] = []
        self.muted = Kinds.NONE
        self.course = Course()
        self._mailboxes = mailboxes
        self._keywords = mailbox.keywords
        self._own: set[int] = set()  # modseqs of changes whose outcome this client has
        self._told_gone = False  # since a tagged answer
        self._telling = False
        self._unwatch: Callable[[], None] | None = None
        self._wake: Callable[[], None] | None = None
        self._closed = False

    @property
    def read_only(self) -> bool:
        """Whether nothing can be changed: by EXAMINE, or for want of any right (RFC 4314 §5.2)."""
        return self._examined or not self.access.rights & CHANGES

    def permits(self, needed: Right) -> None:
        """Let no command on that lacks one of these rights in the mailbox.

        Raises:
            NotPermitted: one is missing.
        """
        demand(self.access, needed)

    @property
    def unnumbered(self) -> bool:
        """Whether the client is told of UIDs only (RFC 9586)."""
        return Manner.UNNUMBERED in self.session.manner

    # Telling.

    def tell(self, response: bytes) -> None:
        """Write an untagged response."""
        self.session.untagged(response)

    def tell_stored(
        self, uids: Sequence[int], stored: Stored, *, silent: bool, conditional: bool = False
    ) -> None:
        """Tell the outcome of one step of this client's STORE, which is not told again.

        With `silent` only what the client cannot know: a modseq (RFC 7162 §3.1.3), and the flags
        of messages that others had changed before, untold. With `conditional` a modseq of each
        message that passed, changed or not, and why the others failed.
        """
        lines = [self._told_keywords()] if self._keywords != self.mailbox.keywords else []
        manner, arrays = self.session.manner, self.mailbox.arrays
        changed = {uid: before > self.told for uid, _, before in stored.changed}
        failed = set(stored.failed)
        if silent and Manner.MODSEQS not in manner:
            # Most of them: nothing to tell, nothing to look for.
            uids = [uid for uid in uids if changed.get(uid, False)]
        writes = FlagLines(manner, self.mailbox.keywords, by_uid=self.session.by_uid)
        for number, uid, at in known(self, uids):
            flags: int | None = arrays.flags[at]
            if uid in failed:
                if arrays.modseqs[at] > self.told:
                    continue  # told with all that others have changed
            elif silent and not changed.get(uid, False):
                flags = None
            if flags is not None or uid in changed or conditional:
                lines.append(writes.line(number, uid, flags, arrays.modseqs[at]))
        if stored.changed:
            self._own.add(stored.modseq)
        self.session.write(b"".join(lines))

    def _told_keywords(self) -> bytes:
        self._keywords = self.mailbox.keywords
        return self._flags()

    def describe(self) -> bytes:
        """What SELECT and EXAMINE say of the mailbox (RFC 9051 §6.3.2, RFC 7162 §3.1.2.1)."""
        row = self.mailbox.row
        lines = [
            self._flags(),
            self._exists(),
            b"* OK [UIDVALIDITY %d] UIDs are valid\r\n" % row.uidvalidity,
            b"* OK [UIDNEXT %d] Predicted next UID\r\n" % row.uidnext,
            *self._highest(),
            *[b"* OK [%b] Ok\r\n" % code(row) for code in MAILBOX_CODES],
        ]
        if Manner.REV2 in self.session.manner:
            name = self.session.spelled(self.name)
            use = b"" if self.name != row.name else row.special_use.encode("ascii")
            lines.append(b'* LIST (%b) "/" %b%b\r\n' % (use, name, self._oldname()))
        elif not self.unnumbered:
            lines.append(self._unseen())
        return b"".join(lines)

    def _highest(self) -> list[bytes]:
        if is_hidden(self.session, CONDSTORE):
            return []
        return [b"* OK [HIGHESTMODSEQ %d] Highest\r\n" % self.mailbox.row.modseq]

    def _oldname(self) -> bytes:
        """What tells a client that its name for the mailbox is not NFC (RFC 9051 §6.3.9.7)."""
        if self.given == self.name:
            return b""
        return b' ("OLDNAME" (%b))' % self.session.spelled(self.given)

    def _unseen(self) -> bytes:
        unseen = self.mailbox.first_unseen()
        if unseen == len(self.mailbox.arrays.uids):
            return b""
        return b"* OK [UNSEEN %d] First unseen\r\n" % (unseen + 1)

    def _exists(self) -> bytes:
        recent = b"" if Manner.REV2 in self.session.manner else b"* 0 RECENT\r\n"
        return b"* %d EXISTS\r\n%b" % (self.numbers.count, recent)

    def _flags(self) -> bytes:
        names = " ".join([*SYSTEM_FLAGS, *self._keywords.values()]).encode("ascii")
        rights = self.access.rights
        permanent = b""
        if not self._examined:
            permanent = " ".join(allowed_flags(rights, names.decode("ascii").split())).encode()
        if permanent and Right.WRITE in rights and len(self._keywords) < len(KEYWORD_BITS):
            permanent += b" \\*"  # the client may make keywords (RFC 3501 §7.1)
        self._told_rights = True
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
        mailbox, told, last = self.mailbox, self.told, self.numbers.last
        known = self._told_rights and self._keywords == mailbox.keywords
        lines = [] if known else [self._told_keywords()]
        if expunges and self.numbers.waiting and Kinds.GONE not in self.muted:
            lines += self._gone()
        # A number that is withheld from a client that still counts the expunged ones would be
        # wrong: EXISTS waits for the EXPUNGEs.
        appended = () if Kinds.NEW in self.muted else self.numbers.grow()
        if appended:
            lines.append(self._exists())
        changed: list[int] = []
        if Kinds.CHANGED not in self.muted:
            self.told = mailbox.row.modseq
            own, self._own = self._own, set()
            changed = [uid for uid in mailbox.changed_since(told, own) if uid <= last]
            if own:  # changed by others, and then by this client, who was told
                changed = [uid for uid in changed if mailbox.modseq_of(uid) not in own]
        await self._write(lines, changed)
        for follower in self.followers:
            self.session.write(await follower.told(appended, changed))

    def _gone(self) -> Iterator[bytes]:
        going, manner = self.numbers.going(), self.session.manner
        if going:
            self._told_gone = True
            yield from (follower.going(going) for follower in self.followers)
            if Manner.VANISHED in manner:
                yield from vanished(going)
            else:
                yield from (b"* %d EXPUNGE\r\n" % number for number in self.numbers.places(going))
        self.numbers.follow()

    async def _write(self, lines: list[bytes], changed: Sequence[int]) -> None:
        """Write lines, and the flags of what changed: at once what is not too much."""
        writes = FlagLines(self.session.manner, self.mailbox.keywords, by_uid=self.session.by_uid)
        for start in range(0, len(changed), AT_ONCE):
            if start or len(lines) >= AT_ONCE:
                self.session.write(b"".join(lines))
                lines.clear()
                await self.session.drained()
                await self.mailbox.read(lambda _: None)  # others have their turn
                if self._closed:
                    return
            arrays = self.mailbox.arrays
            for number, uid, at in known(self, changed[start : start + AT_ONCE]):
                lines.append(writes.line(number, uid, arrays.flags[at], arrays.modseqs[at]))
        if lines:
            self.session.write(b"".join(lines))  # one write: IDLE pushes one packet

    def owed(self) -> bytes | None:
        """Return the response code that the tagged answer has to bear; asked for once.

        The modseq up to which the client knows everything, where it could take another one for
        it: when it was told of expunges, and as long as some are withheld (RFC 7162 §3.2, §6).
        """
        waiting = self.numbers.waiting and Kinds.GONE not in self.muted
        told_gone, self._told_gone = self._told_gone, False
        if Manner.MODSEQS not in self.session.manner:
            return b"EXPUNGEISSUED" if waiting else None
        if not waiting and not told_gone:
            return None
        return b"HIGHESTMODSEQ %d" % self.known_modseq

    @property
    def known_modseq(self) -> int:
        """The modseq up to which the client has been told of everything."""
        if not self.numbers.waiting:
            return self.told
        return min(self.told, self.numbers.generation.until)

    # Being woken, and the end.

    def _rights_changed(self) -> None:
        if Right.READ not in self.access.rights:
            self.session.expel("You may no longer read this mailbox")  # RFC 4314 §5.1.1
            return
        self._told_rights = False
        if self._wake is not None:
            self._wake()

    def watch(self, changed: Callable[[], None] | None) -> None:
        """Call `changed` when there is something to tell; None: stop."""
        self._wake = changed
        if self._unwatch is not None:
            self._unwatch()
        self._unwatch = None if changed is None else self.mailbox.subscribe(changed)

    def close(self) -> None:
        """Let the mailbox go; nothing is expunged."""
        if not self._closed:
            self._closed = True
            self.watch(None)
            self.numbers.close()
            self.access.close()
            self._mailboxes.release(self.mailbox)


async def open_view(session: Session, name: str, *, read_only: bool) -> SelectedView:
    """Open a mailbox for a session, which then selects it and writes its `describe()`.

    Raises:
        NoSuchMailbox, NotPermitted: there is none of that name; it may not be read.
    """
    mailboxes = session.mailboxes
    assert isinstance(mailboxes, AccountMailboxes)
    view = await mailboxes.open(name)
    try:
        opened = Opened(name, view, await mailboxes.access(view))
    except BaseException:
        mailboxes.release(view)
        raise
    return SelectedView(session, mailboxes, opened, read_only=read_only)


def view_of(session: Session) -> SelectedView:
    """The selected mailbox of a session whose table row says that one is selected."""
    view: View = session.view
    assert isinstance(view, SelectedView)
    return view


def enable_condstore(session: Session) -> None:
    """Switch MODSEQ on for the rest of the session (RFC 7162 §3.1).

    Where a mailbox is selected, the client is told where it begins.
    """
    if Manner.MODSEQS not in session.manner:
        session.enabled.add(CONDSTORE)
        tell_highest(session)


def tell_highest(session: Session) -> None:
    """Tell the modseq up to which the client knows the selected mailbox, if there is one."""
    if session.state is State.SELECTED:
        session.untagged(b"OK [HIGHESTMODSEQ %d] Highest" % view_of(session).known_modseq)


def known(view: SelectedView, uids: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """(number, uid, index in the shared arrays) of those that still exist."""
    arrays, numbers = view.mailbox.arrays, view.numbers
    for uid in uids:
        at = arrays.index(uid)
        if at >= 0 and (number := numbers.of(uid)):
            yield number, uid, at
