"""SMTP conversations with a small house: fakes of the services, everything else real."""

from collections.abc import Callable
from ipaddress import ip_network

import pytest
from attrs import define, evolve, field
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from mailsuite.directory.identity import Account, Credentials, Inbox, Resolution
from mailsuite.errors import AuthenticationFailed, MailError, NoSuchUser, OverQuota
from mailsuite.message.addresses import Address
from mailsuite.smtp.door import SmtpDoor
from mailsuite.smtp.ports import Accepted, Envelope, Services, Source
from mailsuite.smtp.session import Session
from mailsuite.smtp.sources import Rates, SignedIn, Sources
from mailsuite.wire.limits import Limits
from mailsuite.wire.link import Peer, Tls
from mailsuite.wire.tallies import LocalTallies
from tests.dialogue import Dialogues
from tests.signing import ByPassword

ADA = Account(1, "ada@example.org", "user", 1)
TLS = Tls("TLSv1.3", "TLS_AES_256_GCM_SHA384")


class People(ByPassword):
    """ada, bo (full) and postmaster of example.org."""

    def __init__(self) -> None:
        self.accounts = {
            "ada": Inbox(1, "ada@example.org", None, None),
            "bo": Inbox(2, "bo@example.org", 100, None),
            "postmaster": Inbox(1, "ada@example.org", None, None),
            "grüße": Inbox(1, "ada@example.org", None, None),
        }
        self.watchers: list[Callable[[], None]] = []
        self.trouble: Exception | None = None
        self.asked: list[Address] = []

    async def resolve(self, address: Address) -> Resolution:
        self.asked.append(address)
        if self.trouble is not None:
            raise self.trouble
        address = address.canonical
        if address.domain != "example.org":
            return Resolution(ours=False)
        inbox = self.accounts.get(address.without_subaddress.localpart)
        if inbox is None:
            raise NoSuchUser
        return Resolution(ours=True, accounts=(inbox,))

    async def sign_in(self, credentials: Credentials, peer: Peer, door: str) -> Account:
        if self.trouble is not None:
            raise self.trouble
        if credentials.password != "secret":
            raise AuthenticationFailed
        return ADA

    async def owns(self, account: Account, address: Address) -> bool:
        return str(address.canonical) == account.name

    def on_account(self, account: Account, ended: Callable[[], None]) -> Callable[[], None]:
        self.watchers.append(ended)
        return lambda: self.watchers.remove(ended)


@define
class Kept:
    """A spool in memory."""

    octets: bytearray = field(factory=bytearray)
    discarded: bool = False

    @property
    def size(self) -> int:
        return len(self.octets)

    async def append(self, octets: bytes) -> None:
        self.octets += octets

    def discard(self) -> None:
        self.discarded = True


@define
class Stored:
    source: Source
    envelope: Envelope
    octets: bytes


class Box:
    """An intake that keeps messages in a list."""

    def __init__(self) -> None:
        self.stored: list[Stored] = []
        self.spools: list[Kept] = []
        self.trouble: MailError | Exception | None = None
        self.slow: Deferred[None] | None = None
        self.waiting = 0

    def spool(self) -> Kept:
        self.spools.append(Kept())
        return self.spools[-1]

    async def accept_each(
        self, source: Source, envelope: Envelope, spool: Kept
    ) -> list[Accepted | MailError]:
        """Each recipient its own copy; bo has no room."""
        if self.trouble is not None:
            raise self.trouble
        outcomes: list[Accepted | MailError] = []
        for one in envelope.recipients:
            if one.address.localpart == "bo":
                outcomes.append(OverQuota())
                continue
            alone = evolve(envelope, recipients=[one])
            self.stored.append(Stored(source, alone, bytes(spool.octets)))
            outcomes.append(Accepted(source.trace))
        return outcomes

    async def scheduled(self, account: Account) -> int:
        return self.waiting

    async def accept(self, source: Source, envelope: Envelope, spool: Kept) -> Accepted:
        if self.slow is not None:
            await self.slow
        if self.trouble is not None:
            raise self.trouble
        self.stored.append(Stored(source, envelope, bytes(spool.octets)))
        return Accepted(source.trace)


class House:
    """The services, and dialogues with the doors made of them."""

    def __init__(self, **limits: int) -> None:
        self.clock = Clock()
        self.people = People()
        self.box = Box()
        bounds = Limits(**limits)
        self.door = SmtpDoor(
            Services(
                "mx.example.org",
                bounds,
                self.people,
                self.box,
                Sources(tallies := LocalTallies(self.clock.seconds)),
                Rates(self.clock.seconds, bounds),
                SignedIn(bounds, tallies),
                trusted=[ip_network("198.51.100.0/24")],
                clock=lambda: 1_800_000_000 + self.clock.seconds(),
            )
        )

    def limit(self, **limits: int) -> None:
        services = self.door.services
        bounds = evolve(services.limits, **limits)
        rates = Rates(self.clock.seconds, bounds)
        self.door.services = evolve(
            services,
            limits=bounds,
            rates=rates,
            signed_in=SignedIn(bounds, LocalTallies(self.clock.seconds)),
        )

    def mx(self, *, address: str = "192.0.2.1", tls: Tls | None = None) -> Dialogues:
        return Dialogues(self.door.mx, clock=self.clock, peer=Peer(address, 4000), tls=tls)

    def lmtp(self, *, address: str = "unix:", tls: Tls | None = None) -> Dialogues:
        return Dialogues(self.door.lmtp, clock=self.clock, peer=Peer(address), tls=tls)

    def submission(self, *, tls: Tls | None = TLS) -> Dialogues:
        return Dialogues(self.door.submission, clock=self.clock, tls=tls)

    @property
    def bodies(self) -> list[bytes]:
        return [stored.octets for stored in self.box.stored]


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def mx(house: House) -> Dialogues:
    """Port 25, greeted."""
    talks = house.mx()
    talks.dialogue("""
        S: 220 mx.example.org ESMTP
        C: EHLO client.example.net
        S*: 250 ...
    """)
    return talks


@pytest.fixture
def submission(house: House) -> Dialogues:
    """A submission port, in TLS, signed in as ada."""
    talks = house.submission()
    talks.dialogue("""
        S: 220 ...
        C: EHLO phone
        S*: 250 ...
        C: AUTH PLAIN AGFkYUBleGFtcGxlLm9yZwBzZWNyZXQ=
        S: 235 2.7.0 ...
    """)
    return talks


def session_of(talks: Dialogues) -> Session:
    session = talks.client().talks
    assert isinstance(session, Session)
    return session
