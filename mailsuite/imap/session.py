"""One IMAP connection: who is signed in, what is selected, and what commands see of it."""

from collections.abc import Awaitable, Callable, Collection, Coroutine
from contextlib import ExitStack
from typing import Any, ParamSpec, TypeVar

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from mailsuite.directory.identity import Account, Credentials
from mailsuite.directory.sasl.exchange import Exchange
from mailsuite.imap.answering import Answering, Shared
from mailsuite.imap.answers import No
from mailsuite.imap.ports import Manner, State, View
from mailsuite.imap.tables import PLAIN, capabilities, manner_of
from mailsuite.imap.writing import mailbox, mailbox_utf8
from mailsuite.mailbox.service import AccountMailboxes
from mailsuite.store.blobs import Octets
from mailsuite.wire.languages import I_DEFAULT
from mailsuite.wire.link import Link
from mailsuite.wire.spool import Spool

P = ParamSpec("P")
R = TypeVar("R")

DOOR = "imap"
CONNECTED = "imap"  # connections of an account, for the tallies


class ImapSession(Answering):
    """One connection (`wire.link.Talks`), and what commands see of it (`imap.ports.Session`)."""

    def __init__(self, shared: Shared) -> None:
        super().__init__(shared)
        self.hostname = shared.hostname
        self._enabled: set[bytes] | None = None  # most idle connections enable nothing
        self._account: Account | None = None
        self._mailboxes: AccountMailboxes | None = None
        self._forget: Callable[[], None] | None = None
        self._revoked = False

    # What commands see.

    @property
    def tag(self) -> bytes:
        """The tag of the command in hand."""
        return b"" if self._running is None else self._running.tag

    @property
    def account(self) -> Account:
        """Who is signed in."""
        assert self._account is not None, "the table lets no such command through"
        return self._account

    @property
    def mailboxes(self) -> AccountMailboxes:
        """The account's mailboxes."""
        assert self._mailboxes is not None, "the table lets no such command through"
        return self._mailboxes

    @property
    def enabled(self) -> set[bytes]:
        """What ENABLE, or an enabling command, has switched on."""
        if self._enabled is None:
            self._enabled = set()
        return self._enabled

    @property
    def hidden(self) -> Collection[bytes]:
        """Capabilities that whoever is signed in does not see."""
        return () if self._account is None else self._account.hidden

    @property
    def asked_for(self) -> Collection[bytes]:
        """Capabilities that are shown only to accounts that ask for them."""
        return () if self._account is None else self.shared.asked_for(self._account)

    @property
    def manner(self) -> Manner:
        """How this client is told of things."""
        return manner_of(self._enabled) if self._enabled else PLAIN

    def spelled(self, name: str) -> bytes:
        """Return a mailbox name as this client reads it."""
        return mailbox_utf8(name) if Manner.UTF8 in self.manner else mailbox(name)

    @property
    def plaintext(self) -> bool:
        """Whether this peer may sign in without TLS."""
        return self.shared.plaintext(self.link)

    def select(self, view: View | None) -> None:
        """Let go of the mailbox that is selected, and take this one."""
        if self.closed and view is not None:  # the client left while the mailbox was opened
            view.close()
            raise ConnectionError
        before, self._view = self._view, view
        if before is not None and before is not view:
            before.close()
        self.state = State.SIGNED_IN if view is None else State.SELECTED
        if self.notices is not None:
            self.notices.selected(view)

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """The SASL mechanisms that are offered here."""
        return self.shared.directory.mechanisms(self.link)

    def begin(self, mechanism: str) -> Exchange | None:
        """Return a new exchange; see `ports.Session`."""
        return self.shared.directory.begin(mechanism, self.link, DOOR)

    async def sign_in(self, credentials: Credentials) -> Account:
        """Return whose credentials they are; see `ports.Session`."""
        return await self.shared.directory.sign_in(credentials, self.link.peer, DOOR)

    def enter(self, account: Account) -> None:
        """Take somebody in; see `ports.Session`."""
        if self.closed:
            raise ConnectionError
        tallies, key = self.shared.tallies, (CONNECTED, account.id)
        if tallies.standing(key) >= self.limits.connections_per_account:
            # Not AUTHENTICATIONFAILED: a phone would ask its owner for the password.
            raise No(b"LIMIT", "Too many connections of this account")
        tallies.begin(key)
        self._account = account
        self._mailboxes = self.shared.mailboxes_of(account)
        self.state = State.SIGNED_IN
        self.engine.bounds = self.shared.signed_in
        self._forget = self.shared.directory.on_account(account, self._revoke)

    def sign_out(self) -> None:
        """Go back to where nobody is signed in: nothing of this one is kept (RFC 8437 §2)."""
        self.select(None)
        self._leave_account()
        self._account = self._mailboxes = self._enabled = None
        self.by_uid = False
        self.language = I_DEFAULT
        self.state = State.NOT_AUTHENTICATED
        self.engine.bounds = self.shared.before
        self.link.deadline(self.limits.login_seconds)

    def secure(self) -> None:
        """Begin TLS, and forget what came in clear (CVE-2011-0411)."""
        if octets := self.engine.drop():
            self.log.warn("dropped {octets} octets after STARTTLS", octets=octets)
        self.link.start_tls()

    def compress(self) -> None:
        """Compress both ways; no command may have been sent before the OK (RFC 4978 §3)."""
        if octets := self.engine.drop():
            self.log.warn("dropped {octets} octets after COMPRESS", octets=octets)
        self.link.start_deflate()

    def leave(self) -> None:
        """Close, after what was written."""
        self.close()

    def expel(self, words: str) -> None:
        """End the session as soon as nothing is in hand, and tell why."""
        self._goodbye = words
        self._revoked = True
        self.stopping()

    def start(self, work: Coroutine[Any, Any, None]) -> Awaitable[None]:
        """Run beside the command (IDLE); its failure ends the connection."""
        return Deferred.fromCoroutine(work).addErrback(self._beside_failed)

    def aside(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Awaitable[R]:
        """Run what would hold the reactor for long in a thread."""
        return self.shared.runs.run(function, *args, **kwargs)

    def spool(self) -> Spool:
        """Return a place for a message that arrives."""
        return Spool(self.shared.runs, self.shared.spools)

    async def octets_of(self, stack: ExitStack, spool: Spool) -> Octets:
        """Return all of a spool, readable until the stack is left."""
        if spool.in_memory:
            return stack.enter_context(spool.octets())
        octets: Octets = await self.shared.runs.run(stack.enter_context, spool.octets())
        return octets

    def note(self, event: str, **fields: str) -> None:
        """Write a line to the log."""
        self.log.info(event, trace=self.link.trace, **fields)

    def drained(self) -> Awaitable[None]:
        """Wait for a slow reader."""
        if self.closed or self._revoked:
            raise ConnectionError
        return self.link.drained()

    # What the transport calls.

    def connected(self, link: Link) -> None:
        """Greet, with the capabilities: it saves most clients a round trip."""
        super().connected(link)
        self.log.info("connected {peer}", peer=link.peer.address, trace=link.trace)
        link.deadline(self.limits.login_seconds)
        words = capabilities(self)
        self.untagged(b"OK [CAPABILITY %b] %b ready" % (words, self.hostname.encode("idna")))

    def received(self, octets: bytes) -> None:
        """Take octets in; a command that waits for them gets them."""
        super().received(octets)
        self._wake()

    def secured(self) -> None:
        """Start afresh: nothing that was said in clear counts (RFC 3501 §6.2.1)."""
        self._errors = 0
        self.link.deadline(self.limits.login_seconds)

    def timed_out(self) -> None:
        """Tell an idle client that we are still here, or end a connection that says nothing."""
        running = self._running
        waiting = running.waiting if running is not None else None
        if self._busy and self._more is None:
            if self.progress is None:
                self._arm()
            else:
                self.progress.tell()
        elif running is not None and waiting is not None and waiting.tick is not None:
            running.waited += waiting.seconds or 0.0
            if running.waited >= self.limits.imap_idle_seconds:
                self._end("Idle for too long")
            else:
                waiting.tick()
                self._arm()
        elif self.state is State.NOT_AUTHENTICATED:
            self._end("Signing in took too long")
        else:
            self._end("Idle for too long")

    def about(self) -> dict[str, str]:
        """What the operator sees of the session."""
        view, account = self._view, self._account
        return {
            "account": "" if account is None else account.name,
            "app": "" if account is None else account.app,
            "client": self.client,
            "mailbox": "" if view is None else view.mailbox.row.name,
        }

    def lost(self) -> None:
        """Free everything."""
        super().lost()
        self._leave_account()
        if self._view is not None:
            self._view.close()
            self._view = None
        self._running = None
        self._wake()

    # Inside.

    def _leave_account(self) -> None:
        if self.notices is not None:
            self.notices.close()
            self.notices = None
        if self._forget is not None and self._account is not None:
            self._forget()
            self._forget = None
            self.shared.tallies.end((CONNECTED, self._account.id))

    def _revoke(self) -> None:
        self.expel("Your account has changed")

    def _beside_failed(self, failure: Failure) -> None:
        if failure.check(ConnectionError) is None:
            self.log.failure("beside a command", failure=failure)
        if not self.closed:
            self.close()
