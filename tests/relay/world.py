"""The relay with everything around it in memory: a store, a clock, a DNS, hosts."""

from typing import Any

from attrs import define, evolve, field
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from mailsuite.dns.answers import Answer, Mx, NoSuchName, NoSuchRecord, TemporaryFailure
from mailsuite.errors import MailError
from mailsuite.message.terms import NO_TERMS, Terms
from mailsuite.relay.ports import HostFailed, Letter, Reply, Target
from mailsuite.relay.relay import Relay
from mailsuite.relay.reports import Reporter
from mailsuite.relay.routes import Router
from mailsuite.relay.settings import RelaySettings
from mailsuite.smtp.client.sender import SmtpCourier, open_session, start_session
from mailsuite.store.delivery import Delivery, Onward, OnwardRecipient, deliver
from mailsuite.store.opening import Store
from mailsuite.store.queue_orders import list_queue
from mailsuite.store.queue_rows import Entry
from tests.relay.sink import MemoryStream, Sink, done
from tests.store.letters import content
from tests.store.letters import done as fired

BODY = b"From: ann@us.test\r\nSubject: hello\r\nMessage-ID: <1@us.test>\r\n\r\nthe text itself\r\n"
START = 1_800_000_000
HOUR = 3_600
DAY = 24 * HOUR


class FakeDns:
    """Answers from a dictionary: (name, type) -> records, or what is raised; else NXDOMAIN."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], Any] = {}
        self.asked: list[tuple[str, str]] = []
        self.authenticated = False

    def host(self, domain: str, *addresses: str) -> None:
        """A domain with one MX at these addresses."""
        self.records[domain, "MX"] = (Mx(10, f"mx.{domain}"),)
        self.records[f"mx.{domain}", "A"] = addresses

    async def query(self, name: str, kind: str) -> Answer:
        self.asked.append((name, kind))
        found = self.records.get((name, kind))
        if found is None:
            known = any(known == name for known, _ in self.records)
            raise (NoSuchRecord if known else NoSuchName)(name)
        if found is TemporaryFailure:
            raise TemporaryFailure(name)
        return Answer(name, name, tuple(found), 60, self.authenticated)


@define(eq=False)
class FakeIntake:
    """Keeps reports; or refuses them with what is set."""

    reports: list[tuple[str, bytes]] = field(factory=list)
    error: MailError | None = None

    terms: list[Terms] = field(factory=list)

    async def report(
        self, recipient: str, message: bytes, trace: str, terms: Terms = NO_TERMS
    ) -> None:
        assert trace == "trace-1"
        if self.error is not None:
            raise self.error
        self.reports.append((recipient, message))
        self.terms.append(terms)


@define(eq=False)
class FakeSender:
    """Connects to sinks by their address; any other address refuses."""

    clock: Clock
    sinks: dict[str, Sink] = field(factory=dict)
    tried: list[str] = field(factory=list)
    hanging: dict[str, Deferred[None]] = field(factory=dict)
    letters: list[Letter] = field(factory=list)

    async def connect(self, target: Target) -> SmtpCourier:
        self.tried.append(target.address)
        if target.address in self.hanging:
            await self.hanging[target.address]
        sink = self.sinks.get(target.address)
        if sink is None:
            raise HostFailed(Reply(451, "4.4.1", f"cannot connect to {target.name}"))
        stream = MemoryStream(sink)
        session = start_session(stream, target, "us.test", self.clock.seconds, 1_800)
        await open_session(session, target)
        return SmtpCourier(session, 1_800)


class World:
    """One process of the relay over a store."""

    def __init__(self, store: Store, settings: RelaySettings | None = None) -> None:
        self.store = store
        self.clock = Clock()
        self.clock.advance(START)
        store.clock = lambda: int(self.clock.seconds())
        store.writer._clock = store.readers._clock = store.clock
        self.settings = settings or RelaySettings("us.test")
        self.dns = FakeDns()
        self.intake = FakeIntake()
        self.sender = FakeSender(self.clock)
        self.reporter = Reporter(store, self.intake, self.settings)
        self.relay = self.process("one")

    def process(self, owner: str) -> Relay:
        router = Router(self.dns, self.settings)
        return Relay(
            self.store,
            self.sender,
            router,
            self.reporter,
            self.settings,
            owner=owner,
            reactor=self.clock,
        )

    def host(self, domain: str, address: str = "8.8.8.8", **how: Any) -> Sink:
        """A domain whose one host is up."""
        self.dns.host(domain, address)
        sink = self.sender.sinks[address] = Sink(**how)
        return sink

    def start(self) -> None:
        done(self.relay.start())

    def queue(
        self, *addresses: str, octets: bytes = BODY, expire: int = 5 * DAY, **how: Any
    ) -> int:
        """Queue one message; its id."""
        notify, orcpt = how.pop("notify", ""), how.pop("orcpt", "")
        state = how.pop("state", "waiting")
        people = tuple(
            OnwardRecipient(address, address.rpartition("@")[2], notify, orcpt, state)
            for address in addresses
        )
        now = int(self.clock.seconds())
        how.setdefault("reverse_path", "ann@us.test")
        onward = Onward(people, now + expire, prefix=b"Received: by us.test\r\n", **how)
        delivery = Delivery(content(octets, self.store.large), (), (onward,), "trace-1")
        return int(fired(self.store.writer.run(deliver, delivery)).queued[0])

    def entries(self) -> list[Entry]:
        found: list[Entry] = fired(self.store.readers.run(list_queue, 0, 1000))
        return found

    def states(self) -> list[str]:
        return [recipient.state for entry in self.entries() for recipient in entry.recipients]

    def pass_time(self, seconds: float, step: float = 30.0) -> None:
        """Let time pass in steps, as it does."""
        until = self.clock.seconds() + seconds
        while self.clock.seconds() < until:
            self.clock.advance(min(step, until - self.clock.seconds()))


def with_limits(settings: RelaySettings, **limits: int) -> RelaySettings:
    return evolve(settings, limits=evolve(settings.limits, **limits))
