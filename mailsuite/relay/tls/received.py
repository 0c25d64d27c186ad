"""TLS reports of others, out of mail or JSON (RFC 8460 §4.4, §5.3), bounded (threat D12)."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mailsuite.message.unpacking import BadPackage, attachments, unpack
from mailsuite.store.tls_reports import KeptReport

# A report of a day is a few KiB; what is parsed at once holds up everything else meanwhile.
JSON_OCTETS = 1024 * 1024
POLICIES, FAILURES, LINES = 100, 200, 50
WORDS = 500  # characters of anything that is said
MOST = 1 << 53
TYPES = frozenset({"application/tlsrpt+gzip", "application/tlsrpt+json"})
RESULT_TEXTS = (
    "result-type",
    "sending-mta-ip",
    "receiving-mx-hostname",
    "receiving-mx-helo",
    "receiving-ip",
    "additional-information",
    "failure-reason-code",
)


class BadReport(ValueError):  # noqa: N818 - named for what happened
    """The octets are no TLS report."""


def read_letter(octets: bytes) -> list[KeptReport]:
    """The reports, one a policy domain, that a letter brings. Blocks; for a pool.

    Raises:
        BadReport: it brings none.
    """
    for attachment in attachments(octets):
        if attachment.type in TYPES:
            try:
                return read_report(unpack(attachment.octets, JSON_OCTETS))
            except BadPackage as bad:
                raise BadReport(str(bad)) from bad
    raise BadReport("no report is attached")


def read_report(octets: bytes) -> list[KeptReport]:
    """Read one report. Raises `BadReport`."""
    if len(octets) > JSON_OCTETS:
        raise BadReport("larger than 1 MiB")
    try:
        told = json.loads(octets.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadReport("no JSON") from error
    if not isinstance(told, dict):
        raise BadReport("no JSON object")
    by_domain: dict[str, list[Mapping[str, Any]]] = {}
    for one in _list(told.get("policies"), POLICIES):
        policy = _policy(one)
        by_domain.setdefault(str(policy["domain"]), []).append(policy)
    if not by_domain:
        raise BadReport("no policy is told of")
    return [_report(told, domain, policies) for domain, policies in by_domain.items()]


def _report(
    told: Mapping[str, Any], domain: str, policies: Sequence[Mapping[str, Any]]
) -> KeptReport:
    span = told.get("date-range")
    begins, ends = (
        (_time(span.get("start-datetime")), _time(span.get("end-datetime")))
        if isinstance(span, dict)
        else (0, 0)
    )
    contact, identity = _text(told.get("contact-info")), _text(told.get("report-id"))
    if not identity:
        raise BadReport("it has no report-id")
    return KeptReport(
        0,
        0,
        domain,
        contact.rpartition("@")[2].lower(),
        _text(told.get("organization-name")),
        contact,
        identity,
        begins,
        ends,
        sum(policy["successes"] for policy in policies),
        sum(policy["failures"] for policy in policies),
        json.dumps(policies),
    )


def _policy(one: Any) -> Mapping[str, Any]:
    if not isinstance(one, dict) or not isinstance(one.get("policy"), dict):
        raise BadReport("a policy is no object")
    policy, summary = one["policy"], one.get("summary")
    summary = summary if isinstance(summary, dict) else {}
    domain = _text(policy.get("policy-domain")).lower().removesuffix(".")
    if not domain:
        raise BadReport("a policy is of no domain")
    return {
        "domain": domain,
        "type": _text(policy.get("policy-type")),
        "words": _texts(policy.get("policy-string")),
        "mx": _texts(policy.get("mx-host")),
        "successes": _count(summary.get("total-successful-session-count")),
        "failures": _count(summary.get("total-failure-session-count")),
        "details": [_failure(each) for each in _list(one.get("failure-details"), FAILURES)],
    }


def _failure(told: Any) -> Mapping[str, Any]:
    if not isinstance(told, dict):
        raise BadReport("a failure is no object")
    words = {name: _text(told.get(name)) for name in RESULT_TEXTS}
    return {
        "sessions": _count(told.get("failed-session-count")),
        **{name: word for name, word in words.items() if word},
    }


def _list(value: Any, most: int) -> list[Any]:
    return value[:most] if isinstance(value, list) else []


def _text(value: Any) -> str:
    """Text that any database takes and any terminal survives."""
    if not isinstance(value, str):
        return ""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in value[:WORDS])


def _texts(value: Any) -> list[str]:
    # RFC 8460 erratum 6241: the RFC's own example has a string where a list belongs.
    items = [value] if isinstance(value, str) else _list(value, LINES)
    return [_text(item) for item in items]


def _count(value: Any) -> int:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return min(max(value, 0), MOST) if whole else 0


def _time(value: Any) -> int:
    try:
        return int(datetime.fromisoformat(value).timestamp()) if isinstance(value, str) else 0
    except (ValueError, OverflowError):
        return 0
