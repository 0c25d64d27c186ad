"""The noun search: the indexes by which mail is found."""

from typing import Any

from mailsuite.cli.commands import Noun, counted, done, human, taking

WORDS = {
    "whole": "The index is whole",
    "behind": "The index is being filled",
    "missing": "There is no index yet",
    "damaged": "The index is damaged, and is made anew while the server runs",
}


def add_nouns(nouns: Any) -> None:
    """Add it to the command line."""
    search = Noun(nouns, "search", "the indexes by which mail is found")
    status = search.verb("status", "how far an account's index is", _told, taking("address"))
    status.add_argument("address")
    rebuild = search.verb(
        "rebuild",
        "make an account's index anew",
        done("It is made anew while the server runs; searches are slower meanwhile."),
        taking("address"),
    )
    rebuild.add_argument("address")


def _told(found: Any) -> list[str]:
    waiting = counted(found["waiting"], "message")
    said = f"{WORDS[found['condition']]} ({human(found['octets'])})"
    return [f"{said}; {waiting} to come." if found["waiting"] else f"{said}."]
