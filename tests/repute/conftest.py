"""A keeper over a store and a DNS of a test's own."""

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from mailsuite.dns.answers import Answer, NoAnswer, NoSuchName
from mailsuite.message.addresses import Address
from mailsuite.repute.budgets import Budgets
from mailsuite.repute.keeper import Keeper
from mailsuite.repute.notices import Notices
from mailsuite.repute.rates import Meter, Rates
from mailsuite.repute.settings import Repute, Settings
from mailsuite.repute.verdicts import Sender
from mailsuite.store.opening import Store
from mailsuite.wire.link import Peer
from mailsuite.wire.tallies import LocalTallies

PEER = Peer("192.0.2.7", 4000)
ANN = Address("ann", "us.test")


class Zone:
    """Answers by (name, type): records, or what is raised; a Deferred makes one wait."""

    def __init__(self, **_: Any) -> None:
        self.records: dict[tuple[str, str], Any] = {}
        self.asked: list[tuple[str, str]] = []

    def add(self, name: str, kind: str, *records: Any) -> None:
        self.records[name, kind] = records

    def knows(self, name: str, kind: str) -> bool:
        return False

    async def query(self, name: str, kind: str) -> Answer:
        self.asked.append((name, kind))
        found = self.records.get((name, kind), NoSuchName(name))
        if isinstance(found, Deferred):
            found = await found
        if isinstance(found, NoAnswer):
            raise found
        return Answer(name, name, tuple(found), 300)


class Box:
    """Keeps the mail that people are told by."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes]] = []

    async def report(self, recipient: str, message: bytes, trace: str) -> None:
        self.sent.append((recipient, message))


async def postmaster() -> Address:
    return Address("postmaster", "us.test")


class Door:
    """A keeper, with what it was made of."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.clock = Clock()
        self.clock.advance(1_000)
        self.zone, self.box = Zone(), Box()
        self.tallies = LocalTallies(self.clock.seconds)
        meter = Meter(self.tallies)
        self.settings = Settings()
        self.keeper = Keeper(
            store,
            Budgets(self.zone, self.clock, meter, ()),
            meter,
            Notices(self.box, self.tallies, "mx.us.test", lambda: 1_800_000_000, postmaster),
            self.clock,
            self.settings,
        )

    def rates(self, **rates: Any) -> None:
        self.settings = evolve(self.settings, rates=evolve(Rates(), **rates))
        self.keeper.configure(self.settings)

    def repute(self, **keys: Any) -> None:
        self.settings = evolve(self.settings, repute=evolve(Repute(), **keys))
        self.keeper.configure(self.settings)

    def reach(
        self,
        sender: str = "s@far.example",
        to: Address = ANN,
        peer: Peer = PEER,
        accounts: tuple[int, ...] = (),
    ) -> Any:
        """One message's MAIL and RCPT, of a new connection."""
        path = Address.parse(sender) if sender else None
        of = Sender(peer, path)
        visit = self.keeper.visit(peer, "helo.example")
        denied = self.keeper.may_begin(of, visit)
        return denied or now(self.keeper.may_reach(of, visit, to, accounts))


def now(coroutine: Any) -> Any:
    """What it returns at once."""
    got: list[Any] = []
    Deferred.fromCoroutine(coroutine).addBoth(got.append)
    assert got, "it waits"
    if hasattr(got[0], "raiseException"):
        got[0].raiseException()
    return got[0]


@pytest.fixture
def door(store: Store) -> Door:
    return Door(store)


Later = Callable[[int], None]


@pytest.fixture
def later(store: Store) -> Later:
    """Seconds pass for the store."""
    start = int(store.clock())

    def pass_by(seconds: int) -> None:
        def clock() -> int:
            return start + seconds

        store.clock = clock
        store.readers._clock = clock
        store.writer._clock = clock

    return pass_by
