"""`mailsuite message explain`: what was found out about a message, and what followed from it."""

from typing import Any

from mailsuite.cli.commands import Noun, number, taking

# Kinds of a story's rows, under the headings that a person looks for, in the order of the walk.
HEADINGS = {
    "What became of it": ("accepted", "refused", "stored", "queued", "delivered", "failed"),
    "Who it is from": ("authentication",),
    "Reputation of its source": ("listed", "greylist", "reputation"),
    "Spam score": ("spam",),
    "Why it lies in Junk": ("junk",),
    "Rules": ("filter", "rule", "virus", "milter"),
    "Reports in it": ("dmarc-report", "tls-report"),
}
KNOWN = {kind for kinds in HEADINGS.values() for kind in kinds}
NOTHING = {
    "Who it is from": "not checked: it came from here, or from who is trusted",
    "Spam score": "not scored",
}


def add_verb(message: Noun) -> None:
    """Add it to the noun message."""
    explain = message.verb(
        "explain",
        "why it was refused, lies in Junk, or was taken: SPF, DKIM, DMARC, reputation, score",
        shown,
        taking("name", "limit"),
    )
    explain.add_argument("name", metavar="ID|MESSAGE-ID")
    explain.add_argument("--limit", type=number, default=1, metavar="N", help="messages; default 1")


def shown(stories: Any) -> list[str]:
    """The lines of stories."""
    lines: list[str] = []
    for story in stories:
        lines += [*([""] if lines else []), f"{story['trace']}:", *_explained(story["told"])]
    return lines


def _explained(told: Any) -> list[str]:
    lines = []
    for heading, kinds in HEADINGS.items():
        said = [line for one in told if one["kind"] in kinds for line in _lines(one)]
        said = said or ([NOTHING[heading]] if heading in NOTHING else [])
        if said:
            lines += [f"  {heading}:", *(f"    {line}" for line in said)]
    others = [one for one in told if one["kind"] not in KNOWN]
    if others:
        lines += [
            "  Also:",
            *(f"    {one['kind']}: {line}" for one in others for line in _lines(one)),
        ]
    return lines


def _lines(one: Any) -> list[str]:
    """A row's sentences, a line each."""
    sentences = [words for words in one["words"].split("; ") if words]
    if one["kind"] in {"listed", "failed", "delivered"} and one["who"]:
        sentences = [f"{one['who']}: {words}" for words in sentences or [one["kind"]]]
    return [_begun(words) for words in sentences]


def _begun(words: str) -> str:
    first = words.partition(" ")[0]
    # A name stands as it is written.
    return words if "@" in first or "." in first else words[:1].upper() + words[1:]
