"""Reports that others sent about mail in the name of our domains (RFC 9990)."""

from attrs import frozen

from mailsuite.store.received_reports import ReceivedReports
from mailsuite.store.schema_dmarc import dmarc_report


@frozen
class DmarcReport:
    """One report about one of our domains. Times in seconds UTC; counts are messages."""

    id: int
    received: int
    domain: str
    organization: str
    contact: str
    report_id: str
    sender: str
    begins: int
    ends: int
    messages: int
    passed: int
    details: str = ""  # JSON; "" in lists


DMARC_REPORTS = ReceivedReports(
    dmarc_report, DmarcReport, ("domain", "organization", "report_id"), "DMARC report"
)
