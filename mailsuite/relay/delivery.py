"""One batch for one destination: its letters, one after another, over as few connections."""

from collections.abc import Callable, Mapping, Sequence

from attrs import define, evolve, field
from twisted.logger import Logger

from mailsuite.errors import MailError
from mailsuite.message.terms import NOTIFY, OPTIONAL, REQUIRED, RETURN
from mailsuite.relay.hosts import UNSURE, Hosts, LacksTls
from mailsuite.relay.outcomes import decided
from mailsuite.relay.ports import (
    Addressee,
    Courier,
    HostFailed,
    Letter,
    Pieces,
    Reply,
    Sender,
    Verdict,
)
from mailsuite.relay.routes import NoRoute, Router
from mailsuite.relay.sending import StoredPieces
from mailsuite.relay.settings import RelaySettings
from mailsuite.store.opening import Store
from mailsuite.store.queue import Outcome, give_back, settle
from mailsuite.store.queue_rows import Entry
from mailsuite.store.streams import open_blob

Report = Callable[[int], None]

TOO_LATE = Reply(451, "4.4.7", "the time that it was to be delivered by is over")
TROUBLE = Reply(451, "4.3.0", "trouble on this host; it will pass")


@define(eq=False)
class Batch:
    """What was leased for one destination, until every recipient has its outcome.

    `reached` tells afterwards whether the destination took a connection; None: there is none.
    """

    store: Store
    sender: Sender
    router: Router
    settings: RelaySettings
    owner: str
    domain: str
    entries: Sequence[Entry]
    draw: Callable[[], float]
    report: Report
    reached: bool | None = field(default=None, init=False)
    _hosts: Hosts = field(factory=Hosts, init=False)
    _courier: Courier | None = field(default=None, init=False)
    _carried: int = field(default=0, init=False)  # letters over the open connection
    _stopped: bool = field(default=False, init=False)
    _down: Reply | None = field(default=None, init=False)  # why no host can be reached

    log = Logger()

    async def run(self) -> None:
        """Send everything, write every outcome."""
        try:
            # By what they demand of TLS: each has its own connections.
            for demand in (REQUIRED, "", OPTIONAL):
                entries = [e for e in self.entries if _demand(e) == demand]
                if entries:
                    await self._start_over(demand)
                for entry in entries:
                    if self._stopped:
                        await self.store.writer.run(give_back, self.owner, entry.id)
                    else:
                        await self._one(entry)
        finally:
            await self._leave()

    def abort(self) -> None:
        """The server stops: drop the connection; what was not answered stays due."""
        self._stopped = True
        if self._courier is not None:
            self._courier.abort()

    async def _leave(self) -> None:
        if self._courier is not None:
            await self._courier.leave()
            self._courier = None

    async def _start_over(self, demand: str) -> None:
        """Other letters, which ask for something else of the host."""
        await self._leave()
        self._hosts, self._down = Hosts(demand), None

    async def _one(self, entry: Entry) -> None:
        if self._down is None and not self._hosts.targets:
            await self._route()
        verdicts: Mapping[int, Verdict]
        try:
            verdicts = await self._verdicts(entry)
        except MailError:  # the body cannot be read now
            self.log.failure("queue entry {id} cannot be sent", id=entry.id, trace=entry.trace)
            verdicts = _all(entry, TROUBLE)
        now = int(self.store.clock())
        outcomes = []
        for recipient in entry.recipients:
            verdict = verdicts[recipient.n]
            outcomes.append(
                decided(
                    entry,
                    recipient,
                    verdict.reply,
                    passed_on=verdict.passed_on,
                    told=_is_told(entry, verdict, now),
                    now=now,
                    settings=self.settings,
                    draw=self.draw,
                )
            )
        await self._settle(entry, outcomes)

    async def _settle(self, entry: Entry, outcomes: Sequence[Outcome]) -> None:
        """Right after the reply: between the two lies the only moment that may double a message."""
        await self.store.writer.run(settle, self.owner, entry.id, outcomes)
        addresses = {recipient.n: recipient.address for recipient in entry.recipients}
        for outcome in outcomes:
            self.log.info(
                "{state}: {recipient}: {words}",
                trace=entry.trace,
                state=outcome.state,
                recipient=addresses[outcome.n],
                host=outcome.host,
                words=outcome.reply,
            )
        if any(outcome.report for outcome in outcomes):
            self.report(entry.id)

    async def _route(self) -> None:
        try:
            self._hosts.targets = self._hosts.chosen(await self.router.route(self.domain))
        except NoRoute as none:
            self._down = none.reply
            self.reached = None if none.reply.is_permanent else False
        if self._down is None and not self._hosts.targets:
            self._down = self._hosts.verdict(UNSURE)

    async def _verdicts(self, entry: Entry) -> Mapping[int, Verdict]:
        verdicts: dict[int, Verdict] = {}
        while self._down is None and len(verdicts) < len(entry.recipients):
            if _too_late(entry, int(self.store.clock())):
                return {**_all(entry, TOO_LATE), **verdicts}
            fresh = await self._connected()
            courier = self._courier
            if courier is None:
                break
            # Opened before anything is said: a body that is not there costs the host nothing.
            prefix = entry.prefix + _priority_field(entry, courier.offered)
            opened = await self.store.readers.run(open_blob, entry.blob_id, prefix)
            self._carried += 1
            try:
                pieces = StoredPieces(self.store.readers, opened)
                letter = _letter(entry, pieces, verdicts, int(self.store.clock()))
                for verdict in await courier.send(letter):
                    lost = "DELIVERBY" not in courier.offered
                    verdicts[verdict.n] = evolve(verdict, untimed=lost)
            except HostFailed as failed:
                self._courier = None
                if fresh:  # a connection that was used before may have been closed meanwhile
                    self._next_target(failed.reply)
            finally:
                opened.close()
        if self._down is not None:
            return {**_all(entry, self._down), **verdicts}
        return verdicts

    async def _connected(self) -> bool:
        """Have a usable connection, or `_down`; whether it is a new one."""
        courier = self._courier
        if courier is not None:
            if (
                courier.usable
                and self._carried < self.settings.limits.relay_messages_per_connection
            ):
                return False
            self._courier = None
            await courier.leave()
        while self._courier is None and self._down is None:
            try:
                self._courier = await self.sender.connect(self._hosts.targets[0])
                self._hosts.check(self._courier.offered)
            except LacksTls as lacking:
                await self._leave()
                self._next_target(lacking.reply)
            except HostFailed as failed:
                self._next_target(failed.reply)
        if self._courier is not None:
            self._carried, self.reached = 0, True
        return True

    def _next_target(self, why: Reply) -> None:
        """Give up on this host; the last one's words become everybody's."""
        del self._hosts.targets[0]
        self._hosts.failed.append(why)
        if not self._hosts.targets:
            self.reached = False
            if self._hosts.demand == REQUIRED:
                self._down = self._hosts.verdict(why)
                return
            # A host that shuts its door may open it; only 521 and 556 say "never" (RFC 7504 §4).
            never = why.code in {521, 556}
            code = why.code if never or not why.is_permanent else 451
            self._down = why if code == why.code else Reply(code, "4.3.2", why.words, why.host)


def _demand(entry: Entry) -> str:
    """What is asked of TLS. A report is sent as well as can be (RFC 8689 §5)."""
    tls = entry.terms.tls
    return "" if tls == REQUIRED and not entry.reverse_path else tls


def _is_told(entry: Entry, verdict: Verdict, now: int) -> bool:
    """Whether the sender must hear that it was passed on (RFC 2852 §4.1.4, §4.1.4.2)."""
    terms = entry.terms
    in_time = terms.by_mode == NOTIFY and now < terms.deliver_by
    return terms.by_trace or (in_time and verdict.untimed)


def _too_late(entry: Entry, now: int) -> bool:
    """With R nothing more is tried after its time (RFC 2852 §4.1.3)."""
    return entry.terms.by_mode == RETURN and now >= entry.terms.deliver_by


def _priority_field(entry: Entry, offered: frozenset[str]) -> bytes:
    """The priority for hosts that do not know the parameter (RFC 6758 §3.3).

    What was submitted here has lost any field of that name; what came from elsewhere keeps it.
    """
    wanted = entry.terms.priority and entry.account_id is not None
    if not wanted or "MT-PRIORITY" in offered:
        return b""
    return b"MT-Priority: %d\r\n" % entry.terms.priority


def _letter(entry: Entry, pieces: Pieces, done: Mapping[int, Verdict], now: int) -> Letter:
    return Letter(
        reverse_path=entry.reverse_path,
        recipients=tuple(
            Addressee(r.n, r.address, r.notify, r.orcpt)
            for r in entry.recipients
            if r.n not in done
        ),
        pieces=pieces,
        envid=entry.envid,
        ret=entry.ret,
        # The body was looked at when it was taken in; the trace fields came after that.
        eightbit=entry.eightbit or not entry.prefix.isascii(),
        smtputf8=entry.smtputf8,
        terms=entry.terms,
        by_seconds=entry.terms.deliver_by - now,
    )


def _all(entry: Entry, reply: Reply) -> Mapping[int, Verdict]:
    return {recipient.n: Verdict(recipient.n, reply) for recipient in entry.recipients}
