"""The doors: which session answers at which listener, and how one too many is refused."""

import errno
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from attrs import define, frozen
from twisted.internet.error import CannotListenError

from mailsuite.config.records import Listen
from mailsuite.imap.door import ImapDoor
from mailsuite.pop3 import ports as pop3_ports
from mailsuite.pop3.door import Pop3Door
from mailsuite.service.building import House, plaintext_from
from mailsuite.service.footing import Unfit
from mailsuite.smtp.door import SmtpDoor
from mailsuite.smtp.ports import Services
from mailsuite.smtp.sources import Rates, SignedIn, Sources
from mailsuite.wire.link import Talks
from mailsuite.wire.listening import Door, Listeners

ADVICE = {
    errno.EADDRINUSE: "another program listens there already",
    errno.EACCES: "ports below 1024 need root or the capability that etc/mailsuite.service gives",
    errno.EADDRNOTAVAIL: "this machine does not have that address",
}
SPOOLS = "spool"  # folder in data_dir; the intake's too

Makes = Callable[[], Talks]


@frozen
class Kind:
    """What the doors of one protocol have in common."""

    alpn: bytes
    refusal: Callable[[str], bytes]


def _imap(words: str) -> bytes:
    # A phone takes it for trouble that passes, not for a wrong password (RFC 5530 §3).
    return b"* BYE [UNAVAILABLE] %b\r\n" % words.encode()


SMTP = Kind(b"smtp", SmtpDoor.refusal)
IMAP = Kind(b"imap", _imap)
POP3 = Kind(b"pop3", Pop3Door.refusal)
# From other hosts: nobody signs in there, and nobody is asked for a certificate.
FOR_HOSTS = frozenset({"smtp", "lmtp"})
# Name in [listen], protocol, whether TLS comes before the greeting.
DOORS = {
    "smtp": (SMTP, False),
    "submission": (SMTP, False),
    "submissions": (SMTP, True),
    "lmtp": (SMTP, False),
    "imap": (IMAP, False),
    "imaps": (IMAP, True),
    "pop3": (POP3, False),
    "pop3s": (POP3, True),
}


@define
class Counts:
    """What is counted across connections, and outlives a reload."""

    sources: Sources
    rates: Rates
    signed_in: SignedIn


def sessions(house: House, counts: Counts) -> dict[str, Makes]:
    """What makes a session for each door, by the configuration in force."""
    config = house.config
    plaintext = plaintext_from(config.sign_in.plaintext_from)
    imap = ImapDoor(
        house.directory,
        house.mailboxes.of,
        config.limits,
        hostname=config.hostname,
        plaintext=plaintext,
        runs=house.pools.parse,
        spools=config.data_dir / SPOOLS,
        tallies=house.counting.doors,
    )
    smtp = SmtpDoor(
        Services(
            config.hostname,
            config.limits,
            house.directory,
            house.intake,
            counts.sources,
            counts.rates,
            counts.signed_in,
            plaintext_from=config.sign_in.plaintext_from,
            trusted=config.inbound.trusted,
            keeper=house.keeper,
        )
    )
    pop3 = Pop3Door(
        pop3_ports.Services(
            config.hostname,
            house.directory,
            house.maildrops,
            config.limits,
            config.sign_in.plaintext_from,
            buckets=house.counting.buckets,
        )
    )
    return {
        "smtp": smtp.mx,
        "submission": smtp.submission,
        "submissions": smtp.submission,
        "lmtp": smtp.lmtp,
        "imap": imap.session,
        "imaps": imap.session,
        "pop3": pop3.session,
        "pop3s": pop3.session,
    }


class Doorway:
    """All doors of a process. What makes their sessions can be replaced while they stand open."""

    def __init__(self, house: House) -> None:
        self._house = house
        limits, counting = house.config.limits, house.counting
        self._counts = Counts(
            Sources(counting.doors),
            Rates(time.monotonic, limits, counting.buckets),
            SignedIn(limits, counting.doors),
        )
        self._makes = sessions(house, self._counts)
        self.listeners = Listeners(
            house.reactor, limits, house.config.inbound.proxies, counting.doors, house.turn
        )

    def renew(self) -> None:
        """Sessions from now on go by the configuration in force; those that stand stay."""
        limits = self._house.config.limits
        self._counts.rates.limits = self._counts.signed_in.limits = limits
        self._makes = sessions(self._house, self._counts)
        self.listeners.shared.limits = limits
        self.listeners.census.limits = limits
        self.listeners.proxies = self._house.config.inbound.proxies

    def door(self, name: str) -> Door:
        """One door of `[listen]`."""
        kind, implicit = DOORS[name]
        certificates = self._house.certificates
        tunnel = certificates.tunnel if name in FOR_HOSTS else certificates.asking_tunnel
        return Door(
            name,
            lambda: self._makes[name](),  # noqa: PLW0108 - what makes them may be replaced
            lambda: tunnel(kind.alpn),
            kind.refusal,
            implicit_tls=implicit,
        )

    async def open(self) -> None:
        """Open every door of `[listen]`. Raises `BadEndpoint`, `Unfit`."""
        for name, description in descriptions(self._house.config.listen):
            with sentence_of(name, description):
                await self.listeners.open(self.door(name), description)


def descriptions(listen: Listen) -> Iterator[tuple[str, str]]:
    """Every door with each of its endpoint descriptions."""
    return ((name, each) for name in DOORS for each in getattr(listen, name))


@contextmanager
def sentence_of(name: str, description: str) -> Iterator[None]:
    """Say in one sentence why the door cannot be opened. Raises `Unfit`."""
    try:
        yield
    except CannotListenError as error:
        raise Unfit(_shut(name, description, error)) from error


def _shut(name: str, description: str, error: CannotListenError) -> str:
    """Why a door cannot be opened, in one sentence."""
    number = getattr(error.socketError, "errno", None)
    words = getattr(error.socketError, "strerror", None) or str(error.socketError)
    why = ADVICE.get(number, words) if number is not None else words
    return f"[listen] {name}: {description} cannot be opened: {why}"
