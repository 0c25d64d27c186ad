"""The judge of who a message is from: all methods at once, one field, and what follows.

Nothing here earns trust by SPF alone (threat D17): it shows that a host may send for the envelope's
domain, which in a shared range any customer's host may. What counts is what aligns with From.
"""

import mmap
import time
from collections.abc import Awaitable, Callable, Sequence

from attrs import define, evolve, frozen

from mailsuite.dns.answers import TemporaryFailure
from mailsuite.errors import MailError, NoAuthor, NotAuthentic, NotYetAuthentic
from mailsuite.message.addresses import Address
from mailsuite.message.authentication_results import read_results, write_results
from mailsuite.message.header import first, header_length
from mailsuite.message.judgement import Arrival, Judgement, Result
from mailsuite.trust.arc import Chain, evaluate_arc, read_message
from mailsuite.trust.asking import Questions, begun
from mailsuite.trust.dkim.verifying import Signatures, verify
from mailsuite.trust.dmarc.author import Author, author
from mailsuite.trust.dmarc.evaluation import Evidence as Authenticated
from mailsuite.trust.dmarc.evaluation import evaluate
from mailsuite.trust.dmarc.tree import Walks
from mailsuite.trust.iprev import confirm
from mailsuite.trust.ports import Asks
from mailsuite.trust.reports.reading import AggregateReport
from mailsuite.trust.reports.receiving import reports_in
from mailsuite.trust.results import (
    HELO,
    MAIL_FROM,
    ArcResult,
    DkimResult,
    DmarcResult,
    IprevResult,
    SpfResult,
)
from mailsuite.trust.seen import Seen, is_report, unseen
from mailsuite.trust.spf.check import check_host
from mailsuite.trust.telling import sentences
from mailsuite.wire.link import Network, Peer
from mailsuite.wire.pools import Runs

OUTSIDE = "mx"  # kind of arrival that is judged: LMTP and submission come from our own
HEADER_OCTETS = 1024 * 1024
STORY = "authentication"


@frozen
class Settings:
    """`[trust]` of the configuration."""

    hostname: str
    authserv_id: str = ""  # empty: the host's name
    check: bool = True
    enforce: bool = True  # False: what DMARC asks for is noted, nothing follows
    unchecked: tuple[Network, ...] = ()
    sealers: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """Who says so in Authentication-Results."""
        return self.authserv_id or self.hostname


@frozen
class Evidence:
    """What one job in a pool found in the octets."""

    author: Author
    signatures: Signatures
    chain: Chain
    subject: bytes = b""
    reports: tuple[AggregateReport, ...] = ()


@frozen
class Found:
    """The results of all methods."""

    spf: SpfResult
    helo: SpfResult | None
    iprev: IprevResult
    dkim: tuple[DkimResult, ...]
    arc: ArcResult | None
    dmarc: DmarcResult


TakesReports = Callable[[Sequence[AggregateReport], Sequence[Result]], Awaitable[list[str]]]


async def ignore_reports(_reports: object, _results: object) -> list[str]:
    """Nobody keeps them."""
    return []


@define(eq=False)
class Trust:
    """The judge (`intake.ports.Judge`). All calls but `read` are on the reactor thread.

    Args:
        asks_for: a budget of questions for one message from that address.
        runs: where signatures are computed.
        note: told of what was evaluated under a policy, for reports.
        take_reports: keeps reports that came in; says what became of each.
    """

    asks_for: Callable[[str], Asks]
    runs: Runs
    settings: Settings
    note: Callable[[Seen], None] = unseen
    take_reports: TakesReports = ignore_reports

    def concerns(self, peer: Peer, kind: str) -> bool:
        """Whether such mail is checked: from outside alone."""
        settings = self.settings
        if kind != OUTSIDE or not settings.check or peer.local:
            return False
        return not peer.within(settings.unchecked)

    def read(self, arrival: Arrival, octets: bytes | mmap.mmap) -> Evidence:  # noqa: ARG002 - as every judge
        """Find the author, and hash what was signed. In a pool."""
        head = bytes(octets[:HEADER_OCTETS])
        header = head[: header_length(head)]
        signatures, chain = read_message(octets)
        subject = first(header, b"subject") or b""
        reports = reports_in(octets) if is_report(subject) else ()
        return Evidence(author(header), signatures, chain, subject, reports)

    async def judge(self, arrival: Arrival, evidence: Evidence, so_far: Judgement) -> Judgement:
        """Ask all at once, and decide."""
        questions = Questions(self.asks_for(arrival.peer))
        found = await self._found(arrival, evidence, questions)
        methods = [found.spf, found.helo, found.iprev, *found.dkim, found.arc, found.dmarc]
        results = tuple(each.told for each in methods if each is not None)
        judgement = evolve(
            so_far,
            results=(*so_far.results, *results),
            fields=so_far.fields + write_results(self.settings.name, results),
            story=(*so_far.story, (STORY, "; ".join(sentences(results)))),
        )
        followed = self._followed(found.dmarc, judgement, too_many=questions.are_too_many)
        if evidence.reports and followed.refusal is None:
            told = await self.take_reports(evidence.reports, results)
            followed = evolve(
                followed, story=(*followed.story, *(("dmarc-report", words) for words in told))
            )
        if not isinstance(followed.refusal, NotYetAuthentic):
            self.note(Seen.of(arrival, evidence.subject, found.spf, found.dkim, found.dmarc))
        return followed

    async def _found(self, arrival: Arrival, evidence: Evidence, asks: Questions) -> Found:
        now, who = arrival.now, evidence.author
        sender = arrival.reverse_path
        helo = self._spf(arrival, asks, HELO) if sender is not None else None
        # All begin now. The policy is asked for as well, so that it is known when it is needed.
        spf = begun(self._spf(arrival, asks, MAIL_FROM))
        named = None if helo is None else begun(helo)
        iprev = begun(_iprev(arrival, asks))
        ahead = begun(_ahead(asks, who))
        dkim = await verify(asks, evidence.signatures, now, self.runs)
        await ahead
        sealers = self.settings.sealers
        arc = await self._arc(evidence, asks) if sealers else None
        authenticated = Authenticated(await spf, dkim, arc)
        dmarc = await evaluate(asks, who, authenticated)
        if arc is None:
            # It decides nothing without sealers that are trusted: what is left will do.
            arc = await self._arc(evidence, asks)
        from_helo = None if named is None else await named
        return Found(authenticated.spf, from_helo, await iprev, dkim, arc, dmarc)

    async def _arc(self, evidence: Evidence, asks: Asks) -> ArcResult | None:
        sealers = self.settings.sealers
        found = await evaluate_arc(asks, evidence.chain, sealers, self.runs, read_results)
        return None if found.word == "none" else found

    async def spf_ahead(
        self, asks: Asks, peer: Peer, helo: str, sender: Address | None
    ) -> SpfResult | None:
        """SPF of a sender before there is a letter; None: such mail is not checked."""
        if not self.concerns(peer, OUTSIDE):
            return None
        arrival = Arrival(peer.address, helo, sender, now=int(time.time()))
        return await self._spf(arrival, asks, MAIL_FROM)

    async def _spf(self, arrival: Arrival, asks: Asks, identity: str) -> SpfResult:
        ahead = arrival.reputation.spf
        if identity == MAIL_FROM and isinstance(ahead, SpfResult) and ahead.word != "temperror":
            return ahead
        sender = arrival.reverse_path
        # RFC 7208 §2.4: the null sender is postmaster at the name that the client gave.
        from_sender = sender is not None and identity == MAIL_FROM
        return await check_host(
            asks,
            arrival.peer,
            sender.domain if from_sender and sender is not None else arrival.helo,
            local_part=sender.localpart if from_sender and sender is not None else "postmaster",
            helo=arrival.helo,
            receiver=self.settings.hostname,
            now=arrival.now,
            identity=identity,
        )

    def _followed(self, dmarc: DmarcResult, judgement: Judgement, *, too_many: bool) -> Judgement:
        """What follows from DMARC (RFC 9989 §5.3.6, §5.4)."""
        if not self.settings.enforce:
            return judgement
        if dmarc.word == "temperror" and not too_many:
            return evolve(judgement, refusal=NotYetAuthentic(dmarc.reason))
        if dmarc.disposition == "reject":
            refusal: type[MailError] = NotAuthentic if dmarc.author else NoAuthor
            return evolve(judgement, refusal=refusal(dmarc.reason))
        if dmarc.disposition == "quarantine":
            return evolve(judgement, junk=(*judgement.junk, dmarc.reason))
        return judgement


async def _iprev(arrival: Arrival, asks: Asks) -> IprevResult:
    known = arrival.reputation
    if known.iprev:
        return IprevResult(known.iprev, arrival.peer, known.name)
    return await confirm(asks, arrival.peer)


async def _ahead(asks: Asks, who: Author) -> None:
    try:
        if who.domain:
            await Walks(asks).walk(who.domain)
    except TemporaryFailure:
        pass  # asked again, and told of, when it is needed
