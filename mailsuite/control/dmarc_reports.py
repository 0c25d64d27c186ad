"""Verbs about DMARC reports that came in."""

from mailsuite.control.verbs import Parts, verb
from mailsuite.store.dmarc_reports import DmarcReport, list_dmarc_reports, show_dmarc_report

MOST = 1_000


@verb("dmarc list")
async def list_reports(parts: Parts, limit: int = 50) -> list[DmarcReport]:
    """The newest first."""
    return await parts.store.readers.run(list_dmarc_reports, max(1, min(limit, MOST)))


@verb("dmarc show")
async def show_report(parts: Parts, report: int) -> DmarcReport:
    """One of them, with its rows."""
    return await parts.store.readers.run(show_dmarc_report, report)
