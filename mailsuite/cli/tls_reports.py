"""The noun tls-report: how TLS between this host and others goes (RFC 8460)."""

from typing import Any

from mailsuite.cli.commands import Noun, counted, number, table, taking
from mailsuite.cli.queue import when


def add_nouns(nouns: Any) -> None:
    """Add it to the command line."""
    report = Noun(nouns, "tls-report", "how TLS between this host and others goes")
    report.verb("list", "reports of others about our domains", _list)
    report.verb("show", "one of them", _show, taking("report")).add_argument(
        "report", type=number, metavar="NUMBER"
    )
    report.verb("pending", "sessions with other hosts that are not reported yet", _pending)


def _list(found: Any) -> list[str]:
    if not found:
        return ["There are no TLS reports."]
    rows: list[tuple[str, ...]] = [
        (
            str(one["id"]),
            when(one["begins"])[:10],
            one["domain"],
            one["organization"] or one["submitter"],
            str(one["successes"]),
            str(one["failures"]),
        )
        for one in found
    ]
    return table(("number", "day", "domain", "from", "good", "failed"), rows)


def _show(one: Any) -> list[str]:
    lines = [
        f"{one['domain']}, {when(one['begins'])} to {when(one['ends'])}",
        f"  from {one['organization']} ({one['contact']}), report {one['report_id']}",
    ]
    for policy in one["details"]:
        lines.append(
            f"  policy {policy['type'] or 'unknown'}: {policy['successes']} good,"
            f" {policy['failures']} failed"
        )
        lines += [f"    {line}" for line in policy["words"]]
        for failure in policy["details"]:
            told = (f"{name} {word}" for name, word in failure.items() if name != "sessions")
            lines.append(f"    {counted(failure['sessions'], 'session')}: {', '.join(told)}")
    return lines


def _pending(found: Any) -> list[str]:
    if not found:
        return ["Nothing is to be reported."]
    rows: list[tuple[str, ...]] = [
        (
            when(one["since"])[:10],
            one["domain"],
            one["policy"],
            str(one["sessions"]),
            one["result"] or "good",
            " ".join(word for word in (one["host"], one["reason"]) if word),
        )
        for one in found
    ]
    return table(("day", "domain", "policy", "sessions", "result", "why"), rows)
