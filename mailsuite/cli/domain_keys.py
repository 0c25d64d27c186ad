"""`mailsuite domain dkim …`: the keys of a domain, and the records to publish."""

import time
from collections.abc import Sequence
from typing import Any

from mailsuite.cli.commands import Noun, table, taking

STRING_OCTETS = 255  # of one string in a TXT record (RFC 1035 §3.3.14)
WAITING, LEAVING = "waiting", "leaving"
WORDS = {WAITING: "waits for its record", "signing": "signs", LEAVING: "signs no more"}


def add_domain_verbs(domain: Noun) -> None:
    """Add `dkim` to the noun domain."""
    dkim = Noun(domain.verbs, "dkim", "the keys that a domain signs its mail with")
    for name, about, shows in (
        ("list", "all keys; those that were published meanwhile sign from now on", listed),
        ("records", "the TXT records to publish, as a zone file has them", records),
    ):
        parser = dkim.verb(name, about, shows, taking("name"))
        parser.add_argument("name", metavar="DOMAIN")
    for name, about in (
        ("add", "make a key of each kind; they sign once their records are in DNS"),
        ("rotate", "make the next keys, and let them sign once their records are in DNS"),
    ):
        parser = dkim.verb(name, about, to_publish, taking("name", "now"))
        parser.add_argument("name", metavar="DOMAIN")
        parser.add_argument("--now", action="store_true", help="sign at once, published or not")
    retire = dkim.verb("retire", "let a key sign no more", listed, taking("name", "selector"))
    retire.add_argument("name", metavar="DOMAIN")
    retire.add_argument("selector")


def listed(found: Any) -> list[str]:
    """All keys, as a table."""
    if not found:
        return ["There is no key: mailsuite domain dkim add DOMAIN."]
    rows: list[tuple[str, ...]] = [
        (one["selector"], one["algorithm"], _day(one["created"]), _state(one)) for one in found
    ]
    return table(("SELECTOR", "KIND", "MADE", "STATE"), rows)


def records(found: Any) -> list[str]:
    """The records that have to be in DNS."""
    return [_zone_line(one) for one in found] or ["There is nothing to publish."]


def to_publish(found: Any) -> list[str]:
    """What was made, and what is to be done with it."""
    waiting = [one for one in found if one["state"] == WAITING]
    if not waiting:
        return listed(found)
    return [
        "Publish in DNS; what leaves is signed once they are seen there, within the hour, or at",
        "once by mailsuite domain dkim list:",
        *records(waiting),
    ]


def _zone_line(one: Any) -> str:
    text = one["record"]
    pieces = [text[at : at + STRING_OCTETS] for at in range(0, len(text), STRING_OCTETS)]
    return f"{one['record_name']}. IN TXT ({_quoted(pieces)})"


def _quoted(pieces: Sequence[str]) -> str:
    return " ".join(f'"{piece}"' for piece in pieces)


def _state(one: Any) -> str:
    words = WORDS.get(one["state"], str(one["state"]))
    if one["state"] != LEAVING:
        return words
    if one["until"] <= time.time():
        return f"{words}; its record is needed no more"
    return f"{words}; its record is needed until {_day(one['until'])}"


def _day(seconds: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))
