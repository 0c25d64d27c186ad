"""Takes aggregate reports about our domains out of the mail that brings them (RFC 9990 §3.5).

The mail itself goes where it goes; its report is kept beside it. What is not about a domain of
ours, or bursts when it is opened, is told in the story and otherwise ignored (threat D12).
"""

import json
import mmap
from collections.abc import Iterable, Sequence

from attrs import asdict
from twisted.logger import Logger

from mailsuite.message.judgement import Result
from mailsuite.message.unpacking import PACKED_OCTETS, BadPackage, attachments, unpack
from mailsuite.store.dmarc_reports import DMARC_REPORTS, DmarcReport
from mailsuite.store.domains import find_domain
from mailsuite.store.opening import Store
from mailsuite.trust.reports.reading import AggregateReport, BadReport, read_report

REPORTS = 5  # of one letter that are kept
TYPES = ("gzip", "zip", "xml", "octet-stream")
DETAIL_ROWS = 500
WORDS = 200  # characters of a name that others chose

log = Logger()


def reports_in(octets: bytes | mmap.mmap) -> tuple[AggregateReport, ...]:
    """The reports that a message brings. Blocks: in a pool. Never raises."""
    if len(octets) > 2 * PACKED_OCTETS:
        return ()
    found: list[AggregateReport] = []
    for each in attachments(bytes(octets[:])):
        if not any(each.type.endswith(kind) for kind in TYPES) or len(found) >= REPORTS:
            continue
        try:
            found.append(read_report(unpack(each.octets)))
        except (BadPackage, BadReport) as error:
            log.info("a DMARC report cannot be read: {why}", why=str(error))
    return tuple(found)


async def keep_reports(
    store: Store, reports: Iterable[AggregateReport], results: Sequence[Result]
) -> list[str]:
    """Keep those about domains of ours; a sentence for each."""
    told = []
    for report in reports:
        if await store.readers.run(find_domain, report.domain) is None:
            told.append(f"ignored: {report.domain} is not ours")
            continue
        kept = await store.writer.run(DMARC_REPORTS.keep, _kept(report, results))
        state = "kept" if kept else "known already"
        told.append(f"about {report.domain} from {report.organization[:WORDS]}: {state}")
    return told


def _kept(report: AggregateReport, results: Sequence[Result]) -> DmarcReport:
    passed = [r for r in results if r.method == "dmarc" and r.word == "pass"]
    sender = dict(passed[0].properties).get("header.from", "") if passed else ""
    rows = [asdict(row) for row in report.rows[:DETAIL_ROWS]]
    return DmarcReport(
        0,
        0,
        report.domain,
        _clean(report.organization),
        _clean(report.contact),
        _clean(report.report_id),
        sender,
        report.begins,
        report.ends,
        report.messages,
        report.passed,
        json.dumps({"policy": report.policy, "rows": rows}),
    )


def _clean(words: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in words[:WORDS])
