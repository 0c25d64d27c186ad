"""Takes TLS reports about our domains out of the mail that brings them (RFC 8460 §5.3).

A judge (`docs/architecture.md`) that judges nothing: the letter goes where it goes, its report is
kept beside it. One without a signature of its submitter's domain is ignored, as §3 demands; so is
one about a domain that is not ours, and anything that bursts when it is opened (threat D12).
"""

import mmap
from collections.abc import Callable, Sequence

from attrs import define, evolve
from twisted.logger import Logger

from mailsuite.message.judgement import Arrival, Judgement
from mailsuite.message.unpacking import PACKED_OCTETS
from mailsuite.relay.tls.received import BadReport, read_letter
from mailsuite.store.domains import find_domain
from mailsuite.store.opening import Store
from mailsuite.store.tls_reports import TLS_REPORTS, KeptReport
from mailsuite.wire.link import Peer

FROM_HOSTS = "mx"  # `intake.envelope.Kind`
HEADER_OCTETS = 64 * 1024  # where the field is looked for
FIELD = b"\ntls-report-domain:"
Octets = bytes | mmap.mmap


@define
class TlsReports:
    """See `mailsuite.intake.ports.Judge`.

    Attributes:
        checked: whether the signatures of such mail are checked; without them no report counts.
    """

    store: Store
    checked: Callable[[Peer, str], bool]

    log = Logger()

    def concerns(self, peer: Peer, kind: str) -> bool:
        """What other hosts bring, and is checked."""
        return kind == FROM_HOSTS and self.checked(peer, kind)

    def read(self, arrival: Arrival, octets: Octets) -> Sequence[KeptReport]:
        """The reports in it; () for any other mail, which costs one look at its header."""
        head = octets[:HEADER_OCTETS].partition(b"\r\n\r\n")[0].lower()
        if FIELD not in head or len(octets) > 2 * PACKED_OCTETS:
            return ()
        try:
            return read_letter(octets[:])
        except BadReport as bad:
            self.log.info("a TLS report cannot be read: {why}", why=str(bad), trace=arrival.trace)
            return ()

    async def judge(
        self, arrival: Arrival, evidence: Sequence[KeptReport], so_far: Judgement
    ) -> Judgement:
        """Keep what is about a domain of ours."""
        story = []
        for report in evidence:
            if not _is_signed(report.submitter, so_far):
                words = f"ignored: not signed by {report.submitter or 'anybody'}"
            elif await self.store.readers.run(find_domain, report.domain) is None:
                words = f"ignored: {report.domain} is not ours"
            elif await self.store.writer.run(TLS_REPORTS.keep, report):
                words = f"about {report.domain} from {report.submitter}: kept"
            else:
                words = f"about {report.domain} from {report.submitter}: known already"
            self.log.info("TLS report {words}", words=words, trace=arrival.trace)
            story.append(("tls-report", words))
        return evolve(so_far, story=(*so_far.story, *story)) if story else so_far


def _is_signed(submitter: str, so_far: Judgement) -> bool:
    """Whether a signature of the domain, or of one that it stands below, holds (§3)."""
    signers = [
        value.lower()
        for result in so_far.results
        if result.method == "dkim" and result.word == "pass"
        for name, value in result.properties
        if name == "header.d"
    ]
    return bool(submitter) and any(
        submitter == signer or ("." in signer and submitter.endswith(f".{signer}"))
        for signer in signers
    )
