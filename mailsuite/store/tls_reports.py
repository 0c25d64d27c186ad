"""Reports that others sent about TLS to our domains (RFC 8460)."""

from attrs import frozen

from mailsuite.store.received_reports import ReceivedReports
from mailsuite.store.schema_outbound_tls import tls_report

# One that comes twice counts once (RFC 8460 §5.3).
IDENTITY = ("domain", "submitter", "report_id")


@frozen
class KeptReport:
    """One report about one of our domains. Times in seconds UTC; counts are sessions."""

    id: int
    received: int
    domain: str
    submitter: str
    organization: str
    contact: str
    report_id: str
    begins: int
    ends: int
    successes: int
    failures: int
    details: str = ""  # JSON; "" in lists


TLS_REPORTS = ReceivedReports(tls_report, KeptReport, IDENTITY, "TLS report")
