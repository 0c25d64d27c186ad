"""`[repute]` and `[rates]` as TOML gives them."""

import re
from collections.abc import Callable
from ipaddress import IPv4Address
from typing import Any

from attrs import fields

from mailsuite.config import values
from mailsuite.repute.rates import Rate, Rates
from mailsuite.repute.settings import DnsList, Greylisting, Score
from mailsuite.wire.tallies import DAY, HOUR, MINUTE

WINDOWS = {"m": MINUTE, "h": HOUR, "d": DAY}
KINDS = {"ip": ("ipv4", "ipv6"), "ipv4": ("ipv4",), "ipv6": ("ipv6",), "domain": ("domain",)}
LISTS = (
    'a list like ["zen.example.net ip 127.0.0.2-127.0.0.11=5", "dbl.example.net domain *=3", '
    '"allow.example.net *=-5"]: a zone, what it lists (ip, ipv4, ipv6, domain), answers and scores'
)
RATE = 'like "60/m 600/h 5000/d": so many a minute, an hour, a day; "": any number'
MOST_LISTS = 20  # each is a question a message
ANYTHING = (IPv4Address("127.0.0.1"), IPv4Address("127.255.255.255"))


def rate(value: Any) -> Rate:
    """So many in each of some windows."""
    words = value.split() if isinstance(value, str) else ["?"]
    found = [re.fullmatch(r"(\d{1,15})/([mhd])", word) for word in words]
    read = tuple((WINDOWS[one[2]], int(one[1])) for one in found if one and int(one[1]))
    if len(read) != len(words) or len({window for window, _ in read}) != len(read):
        raise values.Misfit(RATE)
    return read


def lists(value: Any) -> tuple[DnsList, ...]:
    """DNS lists, with what their answers count."""
    written = values.texts(value)
    if len(written) > MOST_LISTS:
        raise values.Misfit(f"a list of {MOST_LISTS} zones at most: each is a question a message")
    return tuple(_list(text) for text in written)


def _list(text: str) -> DnsList:
    zone, *words = text.split() or [""]
    kinds = KINDS["ip"]
    if words and words[0] in KINDS:
        kinds = KINDS[words.pop(0)]
    if not words:
        raise values.Misfit(LISTS)
    try:
        return DnsList(values.host_name(zone), frozenset(kinds), tuple(map(_score, words)))
    except ValueError:
        raise values.Misfit(LISTS) from None


def _score(word: str) -> Score:
    answers, _, score = word.rpartition("=")
    if not re.fullmatch(r"-?\d{1,4}(\.\d{1,3})?", score):
        raise ValueError(word)
    if answers == "*":
        return Score(*ANYTHING, float(score))
    first, _, last = answers.partition("-")
    return Score(IPv4Address(first), IPv4Address(last or first), float(score))


def score(value: Any) -> float:
    """A sum of scores, not negative."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 10_000:
        raise values.Misfit("a score like 5 or 2.5; 0: never")
    return float(value)


def greylisting(value: Any) -> Greylisting:
    """Whose first try is put off."""
    read = values.one_of(*(each.value for each in Greylisting))
    return Greylisting(read(value))


REPUTE: dict[str, Callable[[Any], Any]] = {
    "greylist": greylisting,
    "greylist_wait": values.seconds,
    "greylist_passes": values.number,
    "lists": lists,
    "refuse_score": score,
    "greylist_score": score,
    "tarpit_seconds": values.number,
    "tarpit_waiting": values.number,
}
RATES: dict[str, Callable[[Any], Any]] = {each.name: rate for each in fields(Rates)}
