"""The noun spam: what an account's filter has learned, and why it says what it says."""

from typing import Any

from mailsuite.cli.commands import Noun, counted, done, human, number, table, taking
from mailsuite.spam.threshold import FEWEST


def add_nouns(nouns: Any) -> None:
    """Add it to the command line."""
    spam = Noun(nouns, "spam", "what the spam filter of an account has learned")
    train = spam.verb(
        "train",
        "teach every message of a mailbox",
        _learned,
        taking("address", "kind", "mailbox"),
    )
    train.add_argument("address")
    train.add_argument("kind", choices=("good", "spam"))
    train.add_argument("mailbox", help="its name, like Junk or Archive/2026")
    status = spam.verb("status", "what was taught, and the threshold", _status, taking("address"))
    status.add_argument("address")
    threshold = spam.verb(
        "threshold",
        "set from which score on mail goes to Junk",
        done("It is set."),
        taking("address", "threshold"),
    )
    threshold.add_argument("address")
    threshold.add_argument("threshold", help="auto, off, or a number: lower means more in Junk")
    reset = spam.verb(
        "reset", "forget all that was taught", done("It is forgotten."), taking("address")
    )
    reset.add_argument("address")
    merge = spam.verb(
        "merge", "add what SOURCE has taught to an account", _status, taking("source", "address")
    )
    merge.add_argument("source")
    merge.add_argument("address")
    explain = spam.verb(
        "explain",
        "why a message has its score",
        _explained,
        taking("address", "mailbox", "uid"),
    )
    explain.add_argument("address")
    explain.add_argument("mailbox")
    explain.add_argument("uid", type=number)


def _learned(found: Any) -> list[str]:
    good, spam = counted(found["good"], "good message"), counted(found["spam"], "unwanted one")
    words = f"Taught {good} and {spam}"
    back = found["taken_back"]
    return [f"{words}; {back} of them had been taught the other way." if back else f"{words}."]


def _status(found: Any) -> list[str]:
    given = found["given"]
    if given == "off":
        edge = "Nothing goes to Junk by its score: the filter is off for this account."
    elif given:
        edge = f"Mail goes to Junk from a score of {found['threshold']:.2f} on, as it was set."
    else:
        # Of fewer nothing follows (`mailsuite.spam.threshold`).
        is_own = found["kept"] >= FEWEST
        why = f"by {found['kept']} messages that were kept" if is_own else "as for new accounts"
        edge = f"Mail goes to Junk from a score of {found['threshold']:.2f} on, {why}."
    taught = (
        f"{counted(found['good'], 'good message')} and {counted(found['spam'], 'unwanted one')}"
    )
    return [f"Taught: {taught} ({human(found['octets'])}).", edge]


def _explained(found: Any) -> list[str]:
    words: list[tuple[str, ...]] = [
        (
            word["word"][:50],
            f"{word['anywhere']:+.2f}",
            f"{word['own']:+.2f}",
            str(word["good"]),
            str(word["spam"]),
        )
        for word in found["words"]
    ]
    today = (
        f"Its words today: {found['seed']:+.2f} by mail anywhere, {found['own']:+.2f} by what this "
        f"account has taught; the threshold is {found['threshold']:.2f}."
    )
    head = ("WORD", "ANYWHERE", "OWN", "IN GOOD", "IN SPAM")
    return [*found["fields"], today, *table(head, words)]
