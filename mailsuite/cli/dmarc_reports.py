"""The noun report: what others tell of mail in the name of our domains (RFC 9990)."""

import json
from typing import Any

from mailsuite.cli.commands import Noun, counted, number, table, taking
from mailsuite.cli.queue import when


def add_nouns(nouns: Any) -> None:
    """Add it to the command line."""
    report = Noun(nouns, "report", "reports of others about our domains")
    dmarc = Noun(report.verbs, "dmarc", "about mail in our name")
    dmarc.verb("list", "the newest first", _list, taking("limit")).add_argument(
        "--limit", type=number, default=50, metavar="N", help="so many; default 50"
    )
    dmarc.verb("show", "one of them", _show, taking("report")).add_argument(
        "report", type=number, metavar="NUMBER"
    )


def _list(found: Any) -> list[str]:
    if not found:
        return ["There are no DMARC reports."]
    rows: list[tuple[str, ...]] = [
        (
            str(one["id"]),
            when(one["begins"])[:10],
            one["domain"],
            one["organization"],
            str(one["passed"]),
            str(one["messages"] - one["passed"]),
        )
        for one in found
    ]
    return table(("number", "day", "domain", "from", "passed", "failed"), rows)


def _show(one: Any) -> list[str]:
    details = json.loads(one["details"])
    proven = f"sent by {one['sender']}" if one["sender"] else "nothing proves who sent it"
    span = f"{when(one['begins'])} to {when(one['ends'])}"
    lines = [
        f"{one['domain']}, {span}, policy {details['policy']}",
        f"  from {one['organization']} ({one['contact']}), report {one['report_id']}; {proven}",
        f"  {counted(one['messages'], 'message')}, {one['passed']} passed",
    ]
    rows: list[tuple[str, ...]] = [
        (
            str(row["messages"]),
            row["source"],
            row["header_from"],
            row["envelope_from"],
            row["spf"],
            row["dkim"],
            row["overridden"] or row["disposition"],
        )
        for row in details["rows"]
    ]
    head = ("messages", "address", "From", "envelope", "SPF", "DKIM", "done")
    return [*lines, *(f"  {line}" for line in table(head, rows))]
