"""The nouns queue and message."""

from datetime import UTC, datetime
from typing import Any

from mailsuite.cli.commands import Noun, counted, human, number, taking

ORDERS = (
    ("hold", "keep entries from being tried", "held"),
    ("release", "let held entries be tried again", "released"),
    ("retry", "try waiting entries now", "to be tried now"),
)
ENDINGS = (
    ("fail", "end entries as failed; their senders are told", "failed"),
    ("remove", "delete entries; nobody is told", "removed"),
)


def add_nouns(nouns: Any) -> None:
    """Add the two nouns to the command line."""
    queue = Noun(nouns, "queue", "mail that waits to leave")
    queue.verb("list", "every entry", _list)
    queue.verb("show", "one entry and its story", _show, taking("entry")).add_argument(
        "entry", type=number, metavar="NUMBER"
    )
    for name, about, became in (*ORDERS, *ENDINGS):
        more = "" if (name, about, became) in ENDINGS else "; all when none is named"
        queue.verb(name, about + more, _count(became), taking("entries")).add_argument(
            "entries", type=number, nargs="+" if not more else "*", metavar="NUMBER"
        )
    message = Noun(nouns, "message", "what happened to a message")
    message.verb(
        "trace", "its story, by the trace id of the log", _story, taking("trace")
    ).add_argument("trace", metavar="ID")


def _count(became: str) -> Any:
    return lambda count: [f"{counted(count, 'entry', 'entries')} {became}."]


def when(seconds: int) -> str:
    """A time for people, UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _list(found: Any) -> list[str]:
    if not found:
        return ["The queue is empty."]
    return [line for entry in found for line in _entry(entry)]


def _entry(entry: Any) -> list[str]:
    sender = entry["sender"] or "<>"
    lines = [
        f"{entry['id']}  from {sender}  {human(entry['size'])}  since {when(entry['created'])}"
    ]
    for one in entry["recipients"]:
        state = one["state"]
        if state == "waiting":
            state = f"{state}, next try {when(one['next_try'])}"
        tries = f" ({one['tries']} so far)" if one["tries"] else ""
        lines.append(f"    {one['address']}: {state}{tries}")
        if one["last_reply"]:
            host = f" {one['last_host']}" if one["last_host"] else ""
            lines.append(f"      last answer{host}: {one['last_reply']}")
    return lines


def _show(entry: Any) -> list[str]:
    facts = [f"    trace {entry['trace']}, kept until {when(entry['expires'])}"]
    return [*_entry(entry), *facts, *_story(entry["story"])]


def _story(told: Any) -> list[str]:
    return [
        f"  {when(one['at'])}  {one['kind']}  {one['who']}  {one['words']}".rstrip() for one in told
    ]
