"""TLS reports as JSON and as mail: made of what was counted (RFC 8460 §4, §5)."""

import gzip
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from attrs import frozen

from mailsuite.message.addresses import Address
from mailsuite.message.compose import (
    Part,
    addresses,
    message_id,
    report_message,
    structured,
    text_part,
    unstructured,
)
from mailsuite.message.dates import format_date
from mailsuite.relay.ports import Policy
from mailsuite.relay.tls.outcomes import Kind, kind_of
from mailsuite.store.day_counts import DAY, DayCount

GZIP, JSON = "application/tlsrpt+gzip", "application/tlsrpt+json"


@frozen
class Report:
    """One domain's day."""

    domain: str
    day: int  # since 1970, UTC
    submitter: str  # the domain that answers for it: ours
    contact: Address
    counted: Sequence[DayCount]

    @property
    def identity(self) -> str:
        """The same for the same day, so that a report that is sent twice counts once (§5.3)."""
        return f"{self.day}.{self.domain}@{self.submitter}"

    @property
    def begins(self) -> int:
        """Its first second, UTC."""
        return self.day * DAY

    @property
    def ends(self) -> int:
        """Its last one."""
        return self.begins + DAY - 1

    @property
    def file(self) -> str:
        """The name of its file (§5.1)."""
        return f"{self.submitter}!{self.domain}!{self.begins}!{self.ends}.json.gz"


def packed(report: Report) -> bytes:
    """The report as JSON (§4.4), in gzip (§5.2); the same octets for the same report."""
    told = {
        "organization-name": report.submitter,
        "date-range": {
            "start-datetime": _time(report.begins),
            "end-datetime": _time(report.ends),
        },
        "contact-info": str(report.contact),
        "report-id": report.identity,
        "policies": _policies(report),
    }
    return gzip.compress(json.dumps(told, indent=1).encode(), mtime=0)


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _policies(report: Report) -> list[dict[str, Any]]:
    by_policy: dict[Policy, list[tuple[Kind, int]]] = {}
    for one in report.counted:
        kind = kind_of(report.domain, one.facts)
        by_policy.setdefault(kind.policy, []).append((kind, one.count))
    return [_told(policy, kinds) for policy, kinds in by_policy.items()]


def _told(policy: Policy, kinds: Sequence[tuple[Kind, int]]) -> dict[str, Any]:
    told: dict[str, Any] = {"policy-type": policy.kind, "policy-domain": policy.domain}
    if policy.words:
        told["policy-string"] = list(policy.words)
    if policy.patterns:
        told["mx-host"] = list(policy.patterns)
    good = sum(sessions for kind, sessions in kinds if not kind.result)
    bad = [(kind, sessions) for kind, sessions in kinds if kind.result]
    found: dict[str, Any] = {
        "policy": told,
        "summary": {
            "total-successful-session-count": good,
            "total-failure-session-count": sum(sessions for _, sessions in bad),
        },
    }
    if bad:
        found["failure-details"] = [_failure(kind, sessions) for kind, sessions in bad]
    return found


def _failure(kind: Kind, sessions: int) -> dict[str, Any]:
    told: dict[str, Any] = {
        "result-type": kind.result,
        "sending-mta-ip": kind.sending_ip,
        "receiving-mx-hostname": kind.host,
        "receiving-ip": kind.receiving_ip,
        "failed-session-count": sessions,
        "failure-reason-code": kind.reason,
    }
    return {name: value for name, value in told.items() if value != ""}


def letter(report: Report, to: Address, octets: bytes, now: int, random: bytes) -> bytes:
    """The report as mail (§5.3). It goes out however TLS is there: that is what it is about."""
    fields = (
        structured("Date", [format_date(now)]),
        addresses("From", [("", report.contact)]),
        addresses("To", [("", to)]),
        unstructured(
            "Subject",
            f"Report Domain: {report.domain} Submitter: {report.submitter}"
            f" Report-ID: <{report.identity}>",
        ),
        structured("Message-ID", [message_id(report.submitter, now, random)]),
        structured("TLS-Report-Domain", [report.domain]),
        structured("TLS-Report-Submitter", [report.submitter]),
        structured("TLS-Required", ["No"]),
        structured("Auto-Submitted", ["auto-generated"]),
    )
    words = (
        f"How TLS to the mail hosts of {report.domain} went on {_time(report.begins)[:10]},\n"
        f"as {report.submitter} saw it. The attachment is for programs (RFC 8460).\n"
    )
    attached = Part(GZIP, octets, (("name", report.file),), "base64")
    boundary = f"tls-{random.hex()}"
    return report_message(fields, "tlsrpt", (text_part(words), attached), boundary)
