"""An aggregate report written, and put into mail (RFC 9990 §3.1, §3.5.2)."""

import gzip
import json
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

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
from mailsuite.store.day_counts import DayCount

DAY = 86_400
NAMESPACE = "urn:ietf:params:xml:ns:dmarc-2.0"
GENERATOR = "mailsuite"


@frozen
class Outgoing:
    """One report about one domain on one day."""

    domain: str
    day: int  # since 1970, UTC
    submitter: str  # our domain
    contact: Address
    counted: Sequence[DayCount]

    @property
    def identity(self) -> str:
        """The Report-ID: always the same for the same report (§3.1.1.2)."""
        return f"{self.day}.{self.domain}@{self.submitter}"

    @property
    def file(self) -> str:
        """What the attachment is called (§3.5.2)."""
        begins = self.day * DAY
        return f"{self.submitter}!{self.domain}!{begins}!{begins + DAY - 1}.xml.gz"


def xml(report: Outgoing) -> bytes:
    """The report as XML."""
    facts = [(json.loads(one.facts), one.count) for one in report.counted]
    policy = facts[-1][0]["policy"] if facts else {}
    begins = report.day * DAY
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<feedback xmlns="{NAMESPACE}">',
        "<version>1.0</version>",
        "<report_metadata>",
        _element("org_name", report.submitter),
        _element("email", str(report.contact)),
        _element("report_id", report.identity),
        f"<date_range><begin>{begins}</begin><end>{begins + DAY - 1}</end></date_range>",
        _element("generator", GENERATOR),
        "</report_metadata>",
        "<policy_published>",
        _element("domain", report.domain),
        *_elements(policy, ("p", "sp", "np", "adkim", "aspf")),
        _element("discovery_method", "treewalk"),
        _element("testing", policy.get("t", "n")),
        "</policy_published>",
    ]
    for told, messages in facts:
        lines += _record(told, messages)
    lines.append("</feedback>")
    return "\n".join(lines).encode()


def _record(told: dict[str, Any], messages: int) -> list[str]:
    passed = "pass" in {told["dkim"], told["spf"]}
    enforced = told["policy"]["p"] != "none"
    disposition = "pass" if passed and enforced else told["disposition"]
    lines = [
        "<record><row>",
        _element("source_ip", told["source"]),
        _element("count", str(messages)),
        "<policy_evaluated>",
        _element("disposition", disposition),
        *_elements(told, ("dkim", "spf")),
    ]
    if told["overridden"]:
        lines.append(f"<reason>{_element('type', told['overridden'])}</reason>")
    elif told["policy"]["t"] == "y" and not passed:
        lines.append("<reason><type>policy_test_mode</type></reason>")
    lines += [
        "</policy_evaluated></row><identifiers>",
        _element("header_from", told["header_from"]),
    ]
    lines += _elements(told, ("envelope_from",))
    lines.append("</identifiers><auth_results>")
    for signed in told["signatures"]:
        names = (("domain", "domain"), ("selector", "selector"), ("result", "word"))
        inner = "".join(_element(name, signed[of]) for name, of in names)
        lines.append(f"<dkim>{inner}</dkim>")
    if told["spf_domain"]:
        inner = _element("domain", told["spf_domain"]) + _element("scope", "mfrom")
        lines.append(f"<spf>{inner}{_element('result', told['spf_word'])}</spf>")
    return [*lines, "</auth_results></record>"]


def letter(report: Outgoing, to: Address, now: int, random: bytes) -> bytes:
    """The report as mail. Its subject is what others know reports by (§3.5.2.1)."""
    subject = (
        f"Report Domain: {report.domain} Submitter: {report.submitter}"
        f" Report-ID: <{report.identity}>"
    )
    fields = (
        structured("Date", [format_date(now)]),
        addresses("From", [("", report.contact)]),
        addresses("To", [("", to)]),
        unstructured("Subject", subject),
        structured("Message-ID", [message_id(report.submitter, now, random)]),
        structured("Auto-Submitted", ["auto-generated"]),
    )
    words = (
        f"What {report.submitter} saw of mail in the name of {report.domain} on one day.\n"
        "The attachment is for programs (RFC 9990).\n"
    )
    packed = gzip.compress(xml(report), mtime=0)
    attached = Part("application/gzip", packed, (("name", report.file),), "base64")
    parts = (text_part(words), attached)
    return report_message(fields, "dmarc-aggregate", parts, f"dmarc-{random.hex()}")


def _element(name: str, text: str) -> str:
    shown = "".join(c if c.isprintable() else "?" for c in text)
    return f"<{name}>{escape(shown)}</{name}>"


def _elements(told: dict[str, Any], names: Sequence[str]) -> list[str]:
    return [_element(name, told[name]) for name in names if told.get(name)]
