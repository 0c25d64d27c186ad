"""What commands see of their session, and what the session needs of the view."""

import re
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from contextlib import ExitStack
from enum import Flag
from typing import Any, ParamSpec, Protocol, TypeVar

from mailsuite.directory.identity import Account, Credentials
from mailsuite.directory.sasl.exchange import Exchange
from mailsuite.imap.elements import SequenceSet
from mailsuite.imap.grammar import Cursor
from mailsuite.imap.numbers import Numbers
from mailsuite.mailbox.service import AccountMailboxes
from mailsuite.mailbox.view import MailboxView
from mailsuite.store.blobs import Octets
from mailsuite.wire.languages import Language
from mailsuite.wire.limits import Limits
from mailsuite.wire.link import Link, Peer
from mailsuite.wire.spool import Spool

P = ParamSpec("P")
R = TypeVar("R")


class State(Flag):
    """Where a session stands (RFC 3501 §3), and in which of these a command may be given."""

    LOGOUT = 0
    NOT_AUTHENTICATED = 1
    SIGNED_IN = 2  # and nothing selected
    SELECTED = 4
    AUTHENTICATED = SIGNED_IN | SELECTED
    ANY = NOT_AUTHENTICATED | SIGNED_IN | SELECTED


class Manner(Flag):
    """How a client is told of messages and mailboxes: the sum of what it has enabled.

    `tables.tells(name, manner)` says what enabling an extension adds.
    """

    UIDS = 1  # a FETCH line that was not asked for bears the UID
    MODSEQS = 2  # ... and the MODSEQ (RFC 7162 §3.1)
    VANISHED = 4  # instead of EXPUNGE (RFC 7162 §3.2.10)
    UNNUMBERED = 8  # no message numbers in either direction (RFC 9586)
    UTF8 = 16  # strings and names are UTF-8 (RFC 9755, RFC 9051 §5.1)
    REV2 = 32  # what IMAP4rev2 has dropped is not told (RFC 9051 Appendix E)


class Incoming(Protocol):
    """A literal that arrives while its command runs (APPEND)."""

    size: int  # octets announced

    async def accept(self) -> None:
        """Ask for the octets: `+ ` where the client waits for it."""

    async def chunk(self) -> bytes:
        """Return the next octets; b"" when all have come.

        Raises:
            ConnectionError: the client went away.
        """
        ...

    async def following(self) -> tuple[Cursor, "Incoming | None"]:
        """Return the rest of the command's line, and the next literal that it announces."""
        ...


class Follower(Protocol):
    """Who tells of the selected mailbox too: a search in a CONTEXT, NOTIFY's own FETCH lines.

    `view.followers` are asked in their order, each time that something is told.
    """

    def going(self, uids: Sequence[int]) -> bytes:
        """Return lines that stand before the EXPUNGEs (or VANISHED) of these UIDs."""
        ...

    async def told(self, appended: Sequence[int], changed: Sequence[int]) -> bytes:
        """Return lines that stand after EXISTS and FETCH of these UIDs."""
        ...


class Kinds(Flag):
    """What a selected mailbox tells of."""

    NONE = 0
    NEW = 1
    GONE = 2
    CHANGED = 4


class View(Protocol):
    """The selected mailbox as its client was told of it: numbers, and what is to be told.

    `imap.view.open_view(session, name, *, read_only)` makes one, and SELECT tells of it.

    Attributes:
        written: the set of UIDs or numbers in the command in hand, as its client wrote it.
        followers: who tells of it too.
        muted: what is not told (NOTIFY); it is told once it is taken out again.
    """

    numbers: Numbers
    written: SequenceSet | None
    followers: list[Follower]
    muted: Kinds

    @property
    def mailbox(self) -> MailboxView:
        """The view that all sessions of the process share."""
        ...

    @property
    def read_only(self) -> bool:
        """Whether nothing can be changed: by EXAMINE, or for want of rights."""
        ...

    def tell(self, response: bytes) -> None:
        """Write an untagged response, `* ` and CRLF added, before what changed is told."""

    async def pending(self, *, expunges: bool) -> None:
        """Write what changed since last told: EXPUNGE only if `expunges`, EXISTS, FETCH."""

    def owed(self) -> bytes | None:
        """Return a response code that the tagged answer has to bear; asked for once."""
        ...

    def watch(self, changed: Callable[[], None] | None) -> None:
        """Call `changed` when there is something to tell; None: stop."""

    def close(self) -> None:
        """Let the mailbox go; nothing is expunged."""


class Notices(Protocol):
    """What a session tells by itself between commands (NOTIFY, RFC 5465)."""

    def selected(self, view: View | None) -> None:
        """Take note of the mailbox that is selected now."""

    def own(self, arguments: Sequence[object]) -> None:
        """Take note of what a command of this client is about: it is not told of that."""

    async def between(self) -> None:
        """Tell what is due; nothing else is written meanwhile."""

    def close(self) -> None:
        """Tell no more."""


class Progress(Protocol):
    """How far a long command is (RFC 9585)."""

    def count(self, done: int, goal: int) -> None:
        """Note how many messages of how many are done."""

    def tell(self) -> None:
        """Say so, and again in a while."""


class SignsIn(Protocol):
    """Who people are (`directory.Directory`)."""

    async def sign_in(self, credentials: Credentials, peer: Peer, door: str) -> Account:
        """Return the account of whoever gave these credentials."""
        ...

    def mechanisms(self, link: Link) -> tuple[str, ...]:
        """Return the SASL mechanisms that are offered on a connection, the best first."""
        ...

    def begin(self, mechanism: str, link: Link, door: str) -> Exchange | None:
        """Return a new exchange; None: the mechanism is not offered there."""
        ...

    def on_account(self, account: Account, ended: Callable[[], None]) -> Callable[[], None]:
        """Call `ended` once the account may no longer be signed in; returns how to forget that."""
        ...


class Session(Protocol):
    """One connection, as a command sees it."""

    link: Link
    limits: Limits
    state: State
    by_uid: bool  # the command in hand was given in its UID form
    client: str  # who its program says it is (RFC 2971); nothing is decided by it
    progress: Progress | None  # of the command in hand, if it may be long
    language: Language  # of what people read (RFC 5255)
    notices: Notices | None  # what NOTIFY asked for; None: nobody has
    hostname: str

    @property
    def enabled(self) -> set[bytes]:
        """What ENABLE, or an enabling command, has switched on."""
        ...

    @property
    def hidden(self) -> Collection[bytes]:
        """Capabilities that whoever is signed in does not see."""
        ...

    @property
    def asked_for(self) -> Collection[bytes]:
        """Capabilities that are shown only to accounts that ask for them."""
        ...

    @property
    def manner(self) -> Manner:
        """How this client is told of things: what it has enabled, as flags."""
        ...

    def spelled(self, name: str) -> bytes:
        """Return a mailbox name as this client reads it: UTF-8 if enabled, else modified UTF-7."""
        ...

    @property
    def plaintext(self) -> bool:
        """Whether this peer may sign in without TLS (`[sign_in] plaintext_from`)."""
        ...

    @property
    def tag(self) -> bytes:
        """The tag of the command in hand (RFC 4466 §2.6.2)."""
        ...

    @property
    def account(self) -> Account:
        """Who is signed in."""
        ...

    @property
    def mailboxes(self) -> AccountMailboxes:
        """The account's mailboxes."""
        ...

    @property
    def view(self) -> View:
        """The selected mailbox, as this client knows it."""
        ...

    def select(self, view: View | None) -> None:
        """Let go of the mailbox that is selected, and take this one."""

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """The SASL mechanisms that are offered here."""
        ...

    def begin(self, mechanism: str) -> Exchange | None:
        """Return a new exchange; None: the mechanism is not offered here."""
        ...

    async def sign_in(self, credentials: Credentials) -> Account:
        """Return whose credentials they are. Raises `MailError` as `Directory.sign_in`."""
        ...

    def enter(self, account: Account) -> None:
        """Take the session into its next state.

        Raises:
            No: too many connections of that account.
        """

    def sign_out(self) -> None:
        """Go back to where nobody is signed in: nothing of this one is kept (RFC 8437)."""

    def secure(self) -> None:
        """Begin TLS; what came in clear after the command is dropped."""

    def compress(self) -> None:
        """Compress both directions; what came after the command is dropped."""

    def leave(self) -> None:
        """Close, after what was written."""

    def expel(self, words: str) -> None:
        """End the session as soon as nothing is in hand, and tell why."""

    def start(self, work: Coroutine[Any, Any, None]) -> Awaitable[None]:
        """Run beside the command (IDLE); its failure ends the connection."""
        ...

    def interject(self, work: Callable[[], Awaitable[None]]) -> bool:
        """Run something now, before the next command; False: one is being answered."""
        ...

    def aside(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Awaitable[R]:
        """Run what would hold the reactor for long in a thread."""
        ...

    def spool(self) -> Spool:
        """Return a place for a message that arrives."""
        ...

    async def octets_of(self, stack: ExitStack, spool: Spool) -> Octets:
        """Return all of a spool, readable until the stack is left."""
        ...

    def next_alike(
        self, pattern: re.Pattern[bytes], fits: Callable[[bytes], bool]
    ) -> tuple[bytes, bytes] | None:
        """Take the next command unread, if it has come wholly and is as the pattern says.

        The pattern has two groups, a tag and what `fits` is asked about, and ends in CR LF.
        """
        ...

    def pass_on(self, tag: bytes) -> bytes:
        """Return the OK of the command in hand, and take up the one of this tag in its place."""
        ...

    def note(self, event: str, **fields: str) -> None:
        """Write a line to the log."""

    def write(self, octets: bytes) -> None:
        """Send these octets."""

    def untagged(self, octets: bytes) -> None:
        """Send `* octets` CRLF."""

    def drained(self) -> Awaitable[None]:
        """Wait while a slow reader has more than enough waiting. Raises `ConnectionError`."""
        ...
