"""What strangers publish and write about who they are: SPF, DMARC, results, reports."""

from mailsuite.message.authentication_results import authserv_id, read_results
from mailsuite.trust.dmarc.author import author
from mailsuite.trust.dmarc.record import parse as parse_dmarc
from mailsuite.trust.dmarc.record import select as select_dmarc
from mailsuite.trust.reports.reading import BadReport, read_report
from mailsuite.trust.reports.receiving import reports_in
from mailsuite.trust.spf.record import BadRecord
from mailsuite.trust.spf.record import parse as parse_spf


def one_input(octets: bytes) -> None:
    """No octets raise anything but the error of their grammar."""
    found = author(b"From: " + octets + b"\r\n\r\n")
    assert bool(found.domain) == (found.disposition == "none")
    read_results(octets)
    authserv_id(octets)
    for record in select_dmarc([b"v=DMARC1;" + octets, octets]):
        parse_dmarc(record)
    reports_in(octets)
    for read, error in ((parse_spf, BadRecord), (read_report, BadReport)):
        try:
            read(b"v=spf1 " + octets)
        except error:
            continue
