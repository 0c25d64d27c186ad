"""Verbs about DMARC reports that came in."""

from mailsuite.control.verbs import Parts, verb
from mailsuite.store.dmarc_reports import DMARC_REPORTS, DmarcReport

MOST = 1_000


@verb("dmarc list")
async def list_reports(parts: Parts, limit: int = 50) -> list[DmarcReport]:
    """The newest first."""
    return await parts.store.readers.run(DMARC_REPORTS.newest, max(1, min(limit, MOST)))


@verb("dmarc show")
async def show_report(parts: Parts, report: int) -> DmarcReport:
    """One of them, with its rows."""
    return await parts.store.readers.run(DMARC_REPORTS.show, report)
