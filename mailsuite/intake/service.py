"""The intake: from the end of DATA to one transaction that stores or queues the message."""

import secrets
from collections.abc import Callable, Sequence
from functools import partial

from attrs import evolve, frozen
from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as TimedOut
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from mailsuite.errors import MailError, MessageTooBig, NoSuchUser, NotYourAddress, Unavailable
from mailsuite.intake.disposition import Facts, Rewrite, delivery, dispose
from mailsuite.intake.envelope import Accepted, Envelope, Kind, Recipient, Source
from mailsuite.intake.judging import Court
from mailsuite.intake.letter import House, Letter, Marks, Octets, Signing
from mailsuite.intake.ports import Account, Directory, Judge, Quotas, Signer
from mailsuite.intake.stages import STAGES
from mailsuite.message.addresses import Address, BadAddress
from mailsuite.message.scan import scan
from mailsuite.message.terms import NO_TERMS, Terms
from mailsuite.store.blobs import ROW_OCTETS, prepare
from mailsuite.store.delivery import deliver
from mailsuite.store.files import LargeFiles
from mailsuite.store.opening import Store
from mailsuite.store.queue_scheduled import count_scheduled
from mailsuite.wire.limits import Limits
from mailsuite.wire.link import Peer
from mailsuite.wire.pools import Inline, Runs
from mailsuite.wire.spool import Spool

QUEUE_SECONDS = 5 * 24 * 3600  # RFC 5321 §4.5.4.1: at least 4 to 5 days
SPOOL = "spool"  # folder in data_dir
FILE_OCTETS = ROW_OCTETS // 2  # from here on a body may become a file: a header may be added
# A message of 16 KiB is examined in a third of a millisecond. A hop to the pool and back costs as
# much again: both threads want the interpreter at the same time.
AT_ONCE_OCTETS = 16 * 1024
AT_ONCE = Inline()
# What is ours to sign. Mail from other hosts keeps the signatures that it brings.
SIGNED = frozenset({Kind.SUBMISSION, Kind.RELEASED, Kind.OWN})
AUTHORS = 10  # domains whose keys are read before it is known which one is needed

log = Logger()


@frozen
class Examined:
    """What one job in the pool found: all that takes time is done."""

    facts: Facts
    claimed: tuple[Address, ...]


class Intake:
    """Takes messages in. All calls are on the reactor thread.

    Args:
        runs: the parse pool (`Inline` in tests): stages, scan, hash and compression of a message
            are one job of it.
        reactor: for the time that a reply may take; a `Clock` in tests.
        queue_seconds: how long the queue tries (`[relay] expire`).
        at_once_octets: messages up to this size are examined on the reactor thread.
        random: so many random octets.
        signer: signs what leaves; None: nobody does.
    """

    def __init__(
        self,
        store: Store,
        directory: Directory,
        runs: Runs,
        reactor: IReactorTime,
        *,
        hostname: str,
        limits: Limits | None = None,
        queue_seconds: int = QUEUE_SECONDS,
        at_once_octets: int = 0,
        random: Callable[[int], bytes] = secrets.token_bytes,
        signer: Signer | None = None,
    ) -> None:
        self._store = store
        self.directory = directory
        self._runs = runs
        self._at_once_octets = at_once_octets
        self._reactor = reactor
        self._random = random
        self._signer = signer
        self.rewrite: Rewrite | None = None  # of reverse-paths, where mail is forwarded
        self.court = Court()  # who judges what other hosts bring
        self.marks = Marks()  # taken into account by `configure`
        self.quotas: Quotas | None = None  # who is told of mail for accounts with a quota
        self._folder = store.data_dir / SPOOL
        self.configure(hostname, limits or Limits(), queue_seconds)

    def configure(self, hostname: str, limits: Limits, queue_seconds: int) -> None:
        """Take what a reloaded configuration says; messages in hand keep what they began with."""
        self._house = House(hostname, limits, self.marks)
        self._queue_seconds = queue_seconds

    def spool(self) -> Spool:
        """A new spool for one message; `discard` it when done, whatever happened.

        Raises:
            StoreFull: room is short, and new mail is deferred.
        """
        self._store.space.admit()
        return Spool(self._runs, self._folder)

    async def accept(self, source: Source, envelope: Envelope, spool: Spool) -> Accepted:
        """Take responsibility for a message: it is on disk when this returns.

        Ends by itself within `smtp_reply_seconds` (RFC 1047), unless the store has it in hand
        already: a message answered 451 and stored all the same would come twice.

        Raises:
            MailError: nothing was stored or queued for anybody.
        """
        return await self._write(source, envelope, await self._facts(source, envelope, spool))

    async def accept_each(
        self, source: Source, envelope: Envelope, spool: Spool
    ) -> list[Accepted | MailError]:
        """The same with an outcome for each recipient (RFC 2033 §4.2), in one group of the writer.

        Raises:
            MailError: nothing was stored for anybody.
        """
        facts = await self._facts(source, envelope, spool)
        alone = (evolve(envelope, recipients=[one]) for one in envelope.recipients)
        writing = [Deferred.fromCoroutine(self._outcome(source, each, facts)) for each in alone]
        return [await each for each in writing]

    async def scheduled(self, account: Account) -> int:
        """How many messages of the account wait for their time."""
        return await self._store.readers.run(count_scheduled, account.id)

    async def _facts(self, source: Source, envelope: Envelope, spool: Spool) -> Facts:
        limits = self._house.limits
        if spool.size > limits.message_octets:
            raise MessageTooBig
        self._store.space.admit()
        judges = self.court.concerned(source)
        if spool.size <= self._at_once_octets and source.kind not in SIGNED and not judges:
            # Nothing to wait for: what a Deferred and a job cost is a twentieth of a delivery.
            now = int(self._store.clock())
            found = examine(
                self._house, source, envelope, spool, self._store.large, now=now, random=b""
            )
            return found.facts
        return await self._in_time(source, envelope, spool, judges)

    async def _outcome(
        self, source: Source, envelope: Envelope, facts: Facts
    ) -> Accepted | MailError:
        try:
            return await self._write(source, envelope, facts)
        except MailError as error:
            return error

    async def _write(self, source: Source, envelope: Envelope, facts: Facts) -> Accepted:
        starts = max(int(self._store.clock()), facts.terms.release_at)
        expires = starts + self._queue_seconds
        plan = dispose(source, envelope, facts, expires, self.rewrite)
        if facts.body_hash and self._signer is not None:
            self._signer.admit(facts.body_hash, plan.leaving)
        planned = delivery(source, envelope, facts, plan)
        await self._store.writer.run(deliver, planned)
        if self.quotas is not None:
            self._fill(self.quotas, envelope, facts.content.size)
        for told in planned.events:
            log.info(
                "{kind} from <{sender}>: {words}",
                trace=source.trace,
                kind=told.kind,
                sender=told.who,
                words=told.words,
            )
        return Accepted(source.trace)

    @staticmethod
    def _fill(quotas: Quotas, envelope: Envelope, octets: int) -> None:
        for recipient in envelope.recipients:
            for inbox in recipient.resolution.accounts:
                if inbox.quota_octets or inbox.quota_messages:
                    quotas.delivered(inbox, octets)

    async def report(
        self,
        recipient: str,
        message: bytes,
        trace: str,
        terms: Terms = NO_TERMS,
        *,
        overdraft: int = 0,
    ) -> None:
        """Store or queue a message of our own making, from the null sender (RFC 3464 §2).

        By so many octets it may go beyond a quota.

        Raises:
            MailError: a permanent one is the report's end; `Unavailable` may pass.
        """
        try:
            address = Address.parse(recipient)
        except BadAddress as error:
            raise NoSuchUser(recipient) from error
        resolution = await self.directory.resolve(address)
        # Nobody is told of a report that failed (RFC 3461 §6.2).
        to = Recipient(address, resolution, notify=frozenset({"NEVER"}))
        own = Source(
            Kind.OWN,
            Peer("127.0.0.1"),
            self._house.hostname,
            "ESMTP",
            None,
            None,
            trace,
            overdraft=overdraft,
        )
        spool = self.spool()
        try:
            await spool.append(message)
            envelope = Envelope(recipients=[to], smtputf8=True, terms=terms)
            await self.accept(own, envelope, spool)
        finally:
            spool.discard()

    async def _in_time(
        self, source: Source, envelope: Envelope, spool: Spool, judges: Sequence[Judge]
    ) -> Facts:
        work = (
            self._judged(judges, source, envelope, spool)
            if judges
            else self._examined(source, envelope, spool)
        )
        looking = Deferred.fromCoroutine(work)
        if not looking.called:
            looking.addTimeout(self._house.limits.smtp_reply_seconds, self._reactor)
        try:
            return await looking
        except TimedOut as error:
            raise Unavailable from error

    async def _judged(
        self, judges: Sequence[Judge], source: Source, envelope: Envelope, spool: Spool
    ) -> Facts:
        """Examine and judge: what is malformed costs no DNS, what is refused no file."""
        now = int(self._store.clock())
        # To find the words of 16 KiB takes a ms: one hop for what all judges read, however small.
        runs = self._runs
        hear = partial(self.court.judge, judges, source, envelope, spool, now=now, runs=runs)
        if spool.size > FILE_OCTETS:
            await runs.run(claims, self._house, source, envelope, spool, now=now, random=b"")
            judgement = await hear()
            return evolve(await self._examined(source, envelope, spool), judgement=judgement)
        facts = await self._examined(source, envelope, spool)
        return evolve(facts, judgement=await hear())

    async def _examined(self, source: Source, envelope: Envelope, spool: Spool) -> Facts:
        signing = await self._signing(source, envelope)
        small = spool.size <= self._at_once_octets and not (signing and signing.is_sure)
        runs = AT_ONCE if small else self._runs
        now = int(self._store.clock())
        # Only what is submitted may want a Message-ID of ours.
        random = self._random(12) if source.kind is Kind.SUBMISSION else b""
        if source.kind is Kind.SUBMISSION and spool.size > FILE_OCTETS:
            # It becomes a file: not before it is known that it may be from whom it says.
            claimed = await runs.run(
                claims, self._house, source, envelope, spool, now=now, random=random
            )
            await self._check_owner(source, envelope, claimed)
            await _read_keys(signing, [author.canonical.domain for author in claimed])
        look = partial(
            examine, self._house, source, envelope, spool, self._store.large,
            now=now, random=random, signing=signing,
        )  # fmt: skip
        found = await runs.run(look)
        if signing and signing.missing:
            # It is from another domain of ours than its reverse-path: with that one's keys, again.
            await _read_keys(signing, [signing.missing])
            if signing.is_sure:
                found = await self._runs.run(look)
        await self._check_owner(source, envelope, found.claimed)
        return found.facts

    async def _signing(self, source: Source, envelope: Envelope) -> Signing | None:
        """How it is signed, if it leaves; what is scheduled is signed when it is released."""
        if self._signer is None or source.kind not in SIGNED or envelope.terms.release_at:
            return None
        if all(r.resolution.ours and not r.resolution.onward for r in envelope.recipients):
            return None
        sender = envelope.reverse_path
        domain = self._house.hostname if sender is None else sender.canonical.domain
        return Signing(self._signer, {"": (), domain: await self._signer.keys_of(domain)})

    async def _check_owner(
        self, source: Source, envelope: Envelope, claimed: tuple[Address, ...]
    ) -> None:
        if source.kind is not Kind.SUBMISSION:
            return
        if source.account is None:
            raise NotYourAddress
        sender = () if envelope.reverse_path is None else (envelope.reverse_path,)
        for address in dict.fromkeys(a.canonical for a in (*sender, *claimed)):
            if not await self.directory.owns(source.account, address):
                raise NotYourAddress(str(address))


def examine(
    house: House,
    source: Source,
    envelope: Envelope,
    spool: Spool,
    large: LargeFiles,
    *,
    now: int,
    random: bytes,
    signing: Signing | None = None,
) -> Examined:
    """Walk through the stages, scan, hash and compress: one job in a pool. Blocks."""
    with spool.octets() as octets:
        letter = _walked(Letter(house, source, envelope, octets, now, random, signing=signing))
        if isinstance(letter.octets, bytes) or not letter.is_edited:
            return _examined(letter, letter.final(), large)
        with spool.rewritten(letter.header, letter.body_at) as final:
            return _examined(letter, final, large)


async def _read_keys(signing: Signing | None, domains: list[str]) -> None:
    if signing is not None:
        signing.missing = ""
        for domain in dict.fromkeys(domains[:AUTHORS]):
            if domain not in signing.keys:
                signing.keys[domain] = await signing.signer.keys_of(domain)


def claims(
    house: House, source: Source, envelope: Envelope, spool: Spool, *, now: int, random: bytes
) -> tuple[Address, ...]:
    """Walk through the stages alone: whom the message says it is from. Blocks."""
    with spool.octets() as octets:
        return tuple(_walked(Letter(house, source, envelope, octets, now, random)).claimed)


def _walked(letter: Letter) -> Letter:
    for stage in STAGES:
        stage(letter)
    return letter


def _examined(letter: Letter, final: Octets, large: LargeFiles) -> Examined:
    limits = letter.house.limits
    found = scan(final, mime_depth=limits.mime_depth, mime_parts=limits.mime_parts)
    content = prepare(final, found, large)
    ascii_header = letter.header.isascii()
    facts = Facts(
        content,
        letter.received,
        letter.eightbit,
        ascii_header,
        letter.terms,
        told=tuple(letter.told),
        body_hash=letter.body_hash,
        message_id=found.message_id,
    )
    return Examined(facts, tuple(letter.claimed))
