"""What the relay needs of others: somebody who speaks SMTP, and somebody who takes mail in."""

from collections.abc import Awaitable, Callable, Sequence
from enum import Enum
from pathlib import Path
from typing import Protocol

from attrs import field, frozen

from mailsuite.message.terms import NO_TERMS, Terms
from mailsuite.wire.proof import Pin


class Security(Enum):
    """What TLS must give before anything is sent to a host."""

    CLEAR = "no TLS is tried"
    OPPORTUNISTIC = "TLS where it works, clear text where not (RFC 7435)"
    TESTED = "as OPPORTUNISTIC; whether VERIFIED would have held is told (RFC 8461 §5)"
    ENCRYPTED = "TLS, whoever is there, or nothing (RFC 7672 §2.2: no usable TLSA record)"
    VERIFIED = "TLS with a certificate that holds for the name, or nothing (RFC 8314 §5)"
    PINNED = "TLS with the certificate that DNSSEC names, or nothing (RFC 7672)"
    IMPLICIT = "as VERIFIED, from the first octet (RFC 8314 §3.3)"


@frozen
class Login:
    """What a smarthost wants to know."""

    user: str
    password: str = field(default="", repr=False)
    token_file: Path | None = None  # an OAuth access token instead, read for each sign-in


@frozen
class Policy:
    """What the recipient's domain says of TLS to one of its hosts, as TLS reports tell it."""

    domain: str
    kind: str = "no-policy-found"  # | sts | tlsa (RFC 8460 §4.4)
    words: tuple[str, ...] = ()  # the policy, a line each
    patterns: tuple[str, ...] = ()  # of MX names, of kind sts


@frozen
class Target:
    """One host to connect to."""

    name: str  # from the MX record or the configuration: for TLS, and for people
    address: str  # an IP address
    port: int
    security: Security = Security.OPPORTUNISTIC
    login: Login | None = None
    # Its name was not told by DNS that anybody may forge: the operator wrote it, it is the
    # recipient's own domain, or the answer was authenticated (RFC 8689 §2).
    vouched: bool = False
    pins: tuple[Pin, ...] = ()  # PINNED
    names: tuple[str, ...] = ()  # PINNED: that its certificate may bear beside its own
    tls_name: str = ""  # by which its certificate is asked for; "": its name (RFC 7672 §2.2.3)
    policy: Policy | None = None  # what was found for the domain; None: nobody looked
    source: str = ""  # an IP address of ours to connect from; "": the system's choice


class Outcomes(Protocol):
    """Counts what became of TLS, for reports to the recipients' domains (RFC 8460)."""

    def note(self, target: Target, result: str = "", reason: str = "", *, local: str = "") -> None:
        """One session that was tried. `result` is a type of RFC 8460 §4.3; "": all was well."""


@frozen
class Reply:
    """A host's answer, or what stands for one where none came."""

    code: int
    status: str  # enhanced (RFC 3463), "" where the host gave none
    text: str  # for people: printable, bounded
    host: str = ""  # who said it; "" when it is our own finding
    tls: str = ""  # "TLSv1.3": how; "" in clear

    @property
    def is_positive(self) -> bool:
        """2yz."""
        return 200 <= self.code < 300

    @property
    def is_permanent(self) -> bool:
        """5yz: do not try the same again (RFC 5321 §4.2.1)."""
        return 500 <= self.code < 600

    @property
    def words(self) -> str:
        """As it goes into reports and lists: "550 5.1.1 no such user"."""
        return " ".join(part for part in (str(self.code), self.status, self.text) if part)


@frozen
class Addressee:
    """One recipient of a letter, with what its sender asked for (RFC 3461 §4)."""

    n: int
    address: str
    notify: str = ""  # comma-separated NEVER SUCCESS FAILURE DELAY; "": the default
    orcpt: str = ""  # "rfc822;address", decoded


class Pieces(Protocol):
    """The octets of one letter, prefix and body, read once from its first to its last."""

    @property
    def size(self) -> int:
        """How many octets there are in all."""
        ...

    async def next_piece(self) -> bytes:
        """The next octets; b"" after the last. Raises `MailError`: they cannot be read."""
        ...

    async def changed(self, change: Callable[[bytes], bytes]) -> bytes:
        """All octets, changed; read and changed in a thread, since both take long.

        Raises:
            MailError: they cannot be read. What `change` raises comes through.
        """
        ...


async def at_once() -> None:
    """Nothing has to be waited for."""


@frozen
class Letter:
    """A message and those of its recipients that one host is asked to take."""

    reverse_path: str  # "": the null sender
    recipients: tuple[Addressee, ...]
    pieces: Pieces = field(repr=False)
    envid: str = ""
    ret: str = ""
    eightbit: bool = False  # there are octets above 127
    smtputf8: bool = False
    terms: Terms = NO_TERMS
    by_seconds: int = 0  # that are left until `terms.deliver_by`; below 0: it is over
    # Awaited before the end of data is sent: by then what the host answered to the letter before
    # is written, so that never more than one letter of a connection is in doubt.
    before_end: Callable[[], Awaitable[None]] = at_once


@frozen
class Verdict:
    """What became of one recipient in one attempt."""

    n: int
    reply: Reply
    passed_on: bool = False  # the host takes DSN parameters: reporting success is now its business
    untimed: bool = False  # the host does not know DELIVERBY


class HostFailed(Exception):  # noqa: N818 - an outcome, not a mistake
    """The host took no letter at all: no connection, a refusing greeting, no TLS, a lost link.

    Nothing was decided about any recipient; another host may be tried.
    """

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.words)
        self.reply = reply


class Courier(Protocol):
    """An open connection to one host, for one letter after another."""

    @property
    def usable(self) -> bool:
        """Whether another letter may be tried on it."""
        ...

    @property
    def offered(self) -> frozenset[str]:
        """The extensions that the host knows."""
        ...

    async def send(self, letter: Letter) -> Sequence[Verdict]:
        """Offer a letter; returns one verdict for each recipient that the host's limits let in.

        The first recipients are among them; the others are for the next transaction (RFC 9422).

        Raises:
            HostFailed: the connection ended before the host had said anything about it.
        """
        ...

    async def leave(self) -> None:
        """QUIT, and close. Never raises."""

    def abort(self) -> None:
        """Close at once."""


class Sender(Protocol):
    """Opens connections (`mailsuite.smtp.client.sender`)."""

    async def connect(self, target: Target) -> Courier:
        """Connect, greet, secure, sign in. Raises `HostFailed`."""
        ...


class Releases(Protocol):
    """Scheduled messages (`mailsuite.intake.releasing`)."""

    async def release_due(self) -> None:
        """Send those on whose time has come."""


class Intake(Protocol):
    """Takes in mail of our own making, for people here or elsewhere (`mailsuite.intake`)."""

    async def report(
        self, recipient: str, message: bytes, trace: str, terms: Terms = NO_TERMS
    ) -> None:
        """Store or queue a report from the null sender; on disk when this returns.

        Raises:
            MailError: permanent trouble is the report's end; `Unavailable` is tried again.
        """
