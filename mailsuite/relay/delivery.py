"""One batch for one destination: its letters, one after another, over as few connections."""

from collections.abc import Callable, Sequence
from typing import Protocol

from attrs import define, evolve, field
from twisted.logger import Logger

from mailsuite.errors import MailError
from mailsuite.message.terms import OPTIONAL, REQUIRED
from mailsuite.relay.ahead import Ahead
from mailsuite.relay.destinations import Reached
from mailsuite.relay.hosts import Hosts, LacksTls
from mailsuite.relay.letters import (
    demand_of,
    is_told,
    is_too_late,
    letter_of,
    priority_field,
)
from mailsuite.relay.outcomes import decided
from mailsuite.relay.ports import (
    Courier,
    HostFailed,
    Reply,
    Sender,
    Verdict,
)
from mailsuite.relay.record import Record, Report
from mailsuite.relay.routes import NoRoute, Router
from mailsuite.relay.settings import RelaySettings
from mailsuite.store.opening import Store
from mailsuite.store.queue_rows import Entry

TOO_LATE = Reply(451, "4.4.7", "the time that it was to be delivered by is over")
SUPPRESSED = "this host sends nothing to that address: "
TROUBLE = Reply(451, "4.3.0", "trouble on this host; it will pass")


@define
class Surroundings:
    """What all batches have in common."""

    store: Store
    sender: Sender
    router: Router
    settings: RelaySettings
    owner: str
    draw: Callable[[], float]
    report: Report


class Leases(Protocol):
    """What a batch asks of the relay, about its destination."""

    async def more(self, name: str) -> Sequence[Entry]:
        """More of it, for a connection that stands; or nothing."""
        ...

    def proven(self, name: str) -> None:
        """A host of it took a letter over a new connection."""

    def stands(self, name: str) -> bool:
        """Whether another batch has a connection to it now."""
        ...


@define(eq=False)
class Batch:
    """What was leased for one destination, until every recipient has its outcome.

    `reached` tells afterwards whether the destination took a connection.
    """

    around: Surroundings
    domain: str
    entries: Sequence[Entry]
    relay: Leases
    reached: Reached = field(default=Reached.UNTRIED, init=False)
    _hosts: Hosts = field(factory=Hosts, init=False)
    _courier: Courier | None = field(default=None, init=False)
    _carried: int = field(default=0, init=False)  # letters over the open connection
    _proven: bool = field(default=False, init=False)  # one was taken
    _stopped: bool = field(default=False, init=False)
    _down: Reply | None = field(default=None, init=False)  # why no host can be reached
    _record: Record = field(init=False)
    _ahead: Ahead = field(init=False)

    log = Logger()

    def __attrs_post_init__(self) -> None:
        """Begin with nothing in hand."""
        around = self.around
        self._record = Record(around.store, around.settings, around.owner, around.report)
        self._ahead = Ahead(around.store.readers)

    async def run(self) -> None:
        """Send everything, write every outcome.

        Raises:
            NotWritten: an outcome is not on disk; leases are the caller's to give back.
        """
        try:
            while self.entries:
                # By what they demand of TLS: each has its own connections.
                for demand in (REQUIRED, "", OPTIONAL):
                    entries = [e for e in self.entries if demand_of(e) == demand]
                    if entries:
                        await self._start_over(demand)
                    for n, entry in enumerate(entries):
                        await self._one(entry, entries[n:])
                # Then all that is leased and not settled is in `entries`, to be given back.
                await self._record.written()
                self.entries = await self.relay.more(self.domain) if self._has_room() else ()
            await self._record.written()
        except BaseException:
            self.abort()
            raise
        finally:
            await self._leave()

    def abort(self) -> None:
        """The server stops: drop the connection; what was not answered stays due."""
        self._stopped = True
        if self._courier is not None:
            self._courier.abort()

    @property
    def is_connected(self) -> bool:
        """Whether a host of the destination lets a connection of this batch stand."""
        return self._courier is not None

    def _has_room(self) -> bool:
        """Whether the connection is good for another letter."""
        most = self.around.settings.limits.relay_messages_per_connection
        courier = self._courier
        return not self._stopped and courier is not None and courier.usable and self._carried < most

    async def _leave(self) -> None:
        if self._courier is not None:
            await self._courier.leave()
            self._courier = None

    async def _start_over(self, demand: str) -> None:
        """Other letters, which ask for something else of the host."""
        if self._courier is not None and self._hosts.demand == demand:
            return
        await self._leave()
        self._hosts, self._down = Hosts(demand), None

    async def _one(self, entry: Entry, coming: Sequence[Entry]) -> None:
        around = self.around
        if not self._stopped and self._down is None and not self._hosts.targets:
            await self._route()
        verdicts: dict[int, Verdict] = {}
        if not self._stopped:
            try:
                await self._ahead.look(coming)
                await self._decide(entry, verdicts)
            except MailError:  # the body cannot be read now
                self.log.failure("queue entry {id} cannot be sent", id=entry.id, trace=entry.trace)
                _decide_rest(entry, verdicts, TROUBLE)
        now = int(around.store.clock())
        outcomes = [
            decided(
                entry,
                recipient,
                verdicts[recipient.n].reply,
                passed_on=verdicts[recipient.n].passed_on,
                told=is_told(entry, verdicts[recipient.n], now),
                now=now,
                settings=around.settings,
                draw=around.draw,
            )
            for recipient in entry.recipients
            if recipient.n in verdicts
        ]
        self._record.note(entry, outcomes)

    async def _route(self) -> None:
        try:
            router = self.around.router
            # "TLS-Required: No" asks that no policy be looked at (RFC 8689 §3).
            optional = self._hosts.demand == OPTIONAL
            judged = await (router.unjudged if optional else router.judged)(self.domain)
            self._hosts.failed += judged.refused
            self._hosts.targets = self._hosts.chosen(judged.targets)
        except NoRoute as none:
            self._down = none.reply
            if not none.reply.is_permanent:
                self.reached = Reached.NO
        if self._down is None and not self._hosts.targets:
            self._down = self._hosts.none_left()
            if not self._down.is_permanent:
                self.reached = Reached.NO

    async def _decide(self, entry: Entry, verdicts: dict[int, Verdict]) -> None:
        """Get every recipient's verdict; none where nobody was to be asked now."""
        self._suppress(entry, verdicts)
        while not self._stopped and self._down is None and len(verdicts) < len(entry.recipients):
            if is_too_late(entry, int(self.around.store.clock())):
                _decide_rest(entry, verdicts, TOO_LATE)
                return
            fresh = await self._connected()
            courier = self._courier
            if courier is None:
                break
            # Opened before anything is said: a body that is not there costs the host nothing.
            prefix = entry.prefix + priority_field(entry, courier.offered)
            opened = await self._ahead.open(entry, prefix)
            self._carried += 1
            try:
                now = int(self.around.store.clock())
                letter = letter_of(entry, opened, verdicts, now, self._record.written)
                for verdict in await courier.send(letter):
                    lost = "DELIVERBY" not in courier.offered
                    verdicts[verdict.n] = evolve(verdict, untimed=lost)
                    if verdict.reply.is_positive and not self._proven:
                        self._proven = True
                        self.relay.proven(self.domain)
            except HostFailed as failed:
                self._courier = None
                if fresh:  # a connection that was used before may have been closed meanwhile
                    self._next_target(failed.reply)
            finally:
                opened.close()
        if self._down is not None and self.reached is not Reached.CROWDED:
            _decide_rest(entry, verdicts, self._down)

    def _suppress(self, entry: Entry, verdicts: dict[int, Verdict]) -> None:
        """Nothing is sent to some, since the operator or an earlier bounce says so."""
        for recipient in entry.recipients:
            why = self._ahead.why_suppressed(recipient.address)
            if why is not None:
                reply = Reply(550, "5.7.1", SUPPRESSED + why)
                verdicts[recipient.n] = Verdict(recipient.n, reply)

    async def _connected(self) -> bool:
        """Have a usable connection, or `_down`; whether it is a new one."""
        if self._courier is not None:
            if self._has_room():
                return False
            await self._leave()
        while self._courier is None and self._down is None:
            try:
                self._courier = await self.around.sender.connect(self._hosts.targets[0])
                self._hosts.check(self._courier.offered)
            except LacksTls as lacking:
                await self._leave()
                self._next_target(lacking.reply)
            except HostFailed as failed:
                self._next_target(failed.reply)
        if self._courier is not None:
            self._carried, self.reached = 0, Reached.YES
        return True

    def _next_target(self, why: Reply) -> None:
        """Give up on this host; the last one's words become everybody's."""
        del self._hosts.targets[0]
        self._hosts.failed.append(why)
        if not self._hosts.targets:
            # Its other connections stand: it only wants no more of them now.
            self.reached = Reached.CROWDED if self.relay.stands(self.domain) else Reached.NO
            if self._hosts.demand == REQUIRED:
                self._down = self._hosts.verdict(why)
                return
            # A host that shuts its door may open it; only 521 and 556 say "never" (RFC 7504 §4).
            never = why.code in {521, 556}
            code = why.code if never or not why.is_permanent else 451
            self._down = why if code == why.code else Reply(code, "4.3.2", why.words, why.host)


def _decide_rest(entry: Entry, verdicts: dict[int, Verdict], reply: Reply) -> None:
    for recipient in entry.recipients:
        verdicts.setdefault(recipient.n, Verdict(recipient.n, reply))
