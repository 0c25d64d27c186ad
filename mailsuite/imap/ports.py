"""What commands see of their session, and what the session needs of the view."""

from collections.abc import Awaitable, Callable, Sequence
from enum import Flag
from typing import Protocol

from mailsuite.directory.identity import Account
from mailsuite.imap.elements import SequenceSet
from mailsuite.imap.grammar import Cursor
from mailsuite.wire.limits import Limits
from mailsuite.wire.link import Link


class State(Flag):
    """Where a session stands (RFC 3501 §3), and in which of these a command may be given."""

    NOT_AUTHENTICATED = 1
    SIGNED_IN = 2  # and nothing selected
    SELECTED = 4
    AUTHENTICATED = SIGNED_IN | SELECTED
    ANY = NOT_AUTHENTICATED | SIGNED_IN | SELECTED


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

    async def following(self) -> Cursor:
        """Return the rest of the command's line, up to its end or the next literal."""
        ...


class View(Protocol):
    """The selected mailbox as its client was told of it: numbers, and what is to be told."""

    read_only: bool

    def resolve(self, messages: SequenceSet, *, by_uid: bool) -> Sequence[int]:
        """Turn what the client wrote into UIDs.

        Raises:
            Bad: a message number that does not exist (a UID that does not exist is nothing).
        """
        ...

    def tell(self, response: bytes) -> None:
        """Write an untagged response, `* ` and CRLF added, before what changed is told."""

    def expunged(self, uids: Sequence[int]) -> None:
        """This session's own command expunged these."""

    async def pending(self, *, expunges: bool) -> None:
        """Write what changed since last told: EXPUNGE only if `expunges`, EXISTS, FETCH."""

    def watch(self, changed: Callable[[], None] | None) -> None:
        """Call `changed` when there is something to tell; None: stop."""

    def close(self) -> None:
        """Let the mailbox go; nothing is expunged."""


class MailboxRow(Protocol):
    """One mailbox of the account, with its counters (`mailbox.MailboxRow`)."""

    @property
    def id(self) -> int:
        """Its id in the store."""
        ...

    @property
    def name(self) -> str:
        """Its whole name."""
        ...

    @property
    def special_use(self) -> str:
        r"""Its use, as `\Sent`; "" for none (RFC 6154)."""
        ...

    @property
    def subscribed(self) -> bool:
        """Whether the account is subscribed to it."""
        ...


class Quota(Protocol):
    """What the account holds and may hold; None: no limit."""

    @property
    def used_octets(self) -> int:
        """Octets in use."""
        ...

    @property
    def quota_octets(self) -> int | None:
        """The limit of octets."""
        ...

    @property
    def used_messages(self) -> int:
        """Messages in use."""
        ...

    @property
    def quota_messages(self) -> int | None:
        """The limit of messages."""
        ...


class AccountMailboxes(Protocol):
    """The account's mailboxes, as `mailbox.AccountMailboxes` gives them."""

    async def listing(self) -> Sequence[MailboxRow]:
        """Every mailbox."""
        ...

    async def subscriptions(self) -> set[str]:
        """Names subscribed to, of mailboxes that exist and that do not."""
        ...

    async def create(self, name: str, special_use: str = "") -> MailboxRow:
        """Create a mailbox, and those above it that are missing."""
        ...

    async def delete(self, name: str) -> None:
        """Delete a mailbox; those below it stay."""

    async def rename(self, old: str, new: str) -> None:
        """Rename a mailbox and what stands below it; INBOX's messages move."""

    async def subscribe(self, name: str) -> None:
        """Subscribe to a name."""

    async def unsubscribe(self, name: str) -> None:
        """End a subscription."""

    async def status(self, name: str) -> MailboxRow:
        """Read one mailbox's counters."""
        ...

    async def quota(self) -> Quota:
        """What the account holds and may hold."""
        ...


class Session(Protocol):
    """One connection, as a command sees it."""

    link: Link
    limits: Limits
    state: State
    enabled: set[bytes]  # what ENABLE, or an enabling command, has switched on

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

    def write(self, octets: bytes) -> None:
        """Send these octets."""

    def untagged(self, octets: bytes) -> None:
        """Send `* octets` CRLF."""

    def drained(self) -> Awaitable[None]:
        """Wait while a slow reader has more than enough waiting. Raises `ConnectionError`."""
        ...
