"""The nouns queue and message."""

import argparse
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from mailsuite.cli import explaining
from mailsuite.cli.commands import Noun, counted, human, number, taking
from mailsuite.config.values import Misfit, seconds

MOMENT = "a time like 2026-05-01, 2026-05-01T12:30, or 2h, 3d before now"
LATEST = 1 << 62
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
    trace = message.verb(
        "trace",
        "what happened to it: by trace id, Message-ID, address or host",
        _stories,
        taking("name", "since", "until", "limit"),
    )
    trace.add_argument("name", metavar="ID|MESSAGE-ID|ADDRESS")
    trace.add_argument("--since", type=moment, default=0, metavar="TIME", help=MOMENT)
    trace.add_argument("--until", type=moment, default=LATEST, metavar="TIME", help=MOMENT)
    trace.add_argument("--limit", type=number, default=20, metavar="N", help="stories; default 20")
    explaining.add_verb(message)


def moment(text: str) -> int:
    """A time for argparse, seconds UTC: a date with or without its time, or a span before now."""
    with suppress(ValueError, OverflowError):
        found = datetime.fromisoformat(text)
        return int(found.replace(tzinfo=found.tzinfo or UTC).timestamp())
    try:
        return int(time.time()) - seconds(text)
    except Misfit:
        raise argparse.ArgumentTypeError(f'must be {MOMENT}, not "{text}"') from None


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


def _stories(found: Any) -> list[str]:
    lines: list[str] = []
    for story in found:
        lines += ["", f"{story['trace'] or 'no trace'}:"] if lines else [f"{story['trace']}:"]
        lines += _story(story["told"])
    return lines


def _show(entry: Any) -> list[str]:
    facts = [f"    trace {entry['trace']}, kept until {when(entry['expires'])}"]
    return [*_entry(entry), *facts, *_story(entry["story"])]


def _story(told: Any) -> list[str]:
    return [
        f"  {when(one['at'])}  {one['kind']}  {one['who']}  {one['words']}".rstrip() for one in told
    ]
