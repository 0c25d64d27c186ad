"""TLS reports, as anybody may send them."""

import gzip
import json

from mailsuite.relay.tls.received import WORDS, BadReport, read_letter, read_report

HEAD = b"Content-Type: application/tlsrpt+gzip\r\nContent-Transfer-Encoding: base64\r\n\r\n"


def one_input(octets: bytes) -> None:
    """No octets raise anything else, and nothing that is kept is longer than it may be."""
    text = octets.decode("latin-1")
    shaped = {
        "report-id": text,
        "contact-info": text,
        "date-range": {"start-datetime": text, "end-datetime": 1},
        "policies": [
            {
                "policy": {"policy-domain": text, "policy-string": [text], "mx-host": text},
                "summary": {"total-failure-session-count": len(octets)},
                "failure-details": [{"result-type": text, "failed-session-count": text}],
            }
        ],
    }
    for read, given in (
        (read_report, octets),
        (read_report, json.dumps(shaped).encode()),
        (read_letter, octets),
        (read_letter, HEAD + octets),
        (read_report, gzip.compress(octets)),
    ):
        try:
            reports = read(given)
        except BadReport:
            continue
        for report in reports:
            assert max(map(len, (report.domain, report.organization, report.report_id))) <= WORDS
            assert "\0" not in report.details
            json.loads(report.details)
