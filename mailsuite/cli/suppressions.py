"""The noun suppression."""

from typing import Any

from mailsuite.cli.commands import Noun, counted, number, taking
from mailsuite.cli.queue import when


def add_nouns(nouns: Any) -> None:
    """Add the noun to the command line."""
    noun = Noun(nouns, "suppression", "addresses that nothing is sent to")
    noun.verb("list", "all of them", _list)
    add = noun.verb(
        "add",
        "send nothing more to addresses, or to whole domains (@example.net)",
        lambda count: [f"Nothing is sent to {counted(count, 'address', 'addresses')} from now on."],
        taking("addresses", "reason", "days"),
    )
    add.add_argument("addresses", nargs="+", metavar="ADDRESS")
    add.add_argument("--reason", default="by the operator", help="told to who writes there")
    add.add_argument("--days", type=number, default=0, help="for so long; default: for ever")
    remove = noun.verb(
        "remove",
        "send to them again",
        lambda count: [f"{counted(count, 'address', 'addresses')} removed from the list."],
        taking("addresses"),
    )
    remove.add_argument("addresses", nargs="+", metavar="ADDRESS")


def _list(found: Any) -> list[str]:
    if not found:
        return ["Nobody is on the list."]
    return [
        f"{one['address']}  since {when(one['created'])}{_end(one['until'])}: {one['reason']}"
        for one in found
    ]


def _end(until: int) -> str:
    return f", until {when(until)}" if until else ""
