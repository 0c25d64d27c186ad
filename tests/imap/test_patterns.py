"""LIST patterns: published cases, a slow matcher beside ours, and no pattern that is slow."""

import json
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsuite.imap.names import canonical
from mailsuite.imap.patterns import Pattern

VECTORS = json.loads((Path(__file__).parents[1] / "data/imap/list-match.json").read_text())


# Ours is always a server for which INBOX may be spelled in any case.
APPLICABLE = [
    case
    for case in VECTORS
    if case["inbox_any_case"] or not case["name"].upper().startswith("INBOX")
]


@pytest.mark.parametrize("case", APPLICABLE, ids=lambda case: f"{case['pattern']} {case['name']}")
def test_published_cases(case):
    assert Pattern(case["pattern"]).matches(canonical(case["name"])) is case["match"]


def slow(pattern: str, name: str) -> bool:
    @cache
    def rest(p: int, n: int) -> bool:
        if p == len(pattern):
            return n == len(name)
        if pattern[p] in "*%":
            more = n < len(name) and (pattern[p] == "*" or name[n] != "/")
            return rest(p + 1, n) or (more and rest(p, n + 1))
        return n < len(name) and pattern[p] == name[n] and rest(p + 1, n + 1)

    return rest(0, 0)


@settings(max_examples=300)
@given(st.text("ab/*%", max_size=8), st.text("ab/", max_size=8))
def test_the_same_as_a_matcher_written_apart(pattern, name):
    assert Pattern(pattern).matches(name) is slow(pattern, name)


@pytest.mark.parametrize("pattern", ["inbox", "INBOX", "iNb%", "*x", "inbox/*", "%/y"])
def test_inbox_is_meant_in_any_case(pattern):
    name = "INBOX/y" if "/" in pattern else "INBOX"
    if pattern == "*x":
        assert Pattern(pattern).matches("INBOX")
    else:
        assert Pattern(pattern).matches(name)
    assert not Pattern("inboxes").matches("INBOX")
    assert not Pattern("a/inbox").matches("a/INBOX")


@pytest.mark.threat("R8")
def test_a_pattern_of_many_wildcards_costs_no_more():
    """A backtracking matcher would be at this until the sun goes out."""
    assert not Pattern("*a" * 400 + "b").matches("a" * 1000)
    assert Pattern("*%" * 400).matches("a/" * 400)


@pytest.mark.threat("R6")
@pytest.mark.parametrize("pattern", ["*a" * 30_000, "x" * 60_000, "%/" * 30_000])
def test_a_pattern_longer_than_every_name_means_none(pattern: str) -> None:
    """It is not even made ready, which took 110 ms."""
    made = Pattern(pattern)
    assert not made._letters.keys() - {"\0"}
    assert not any(made.matches(name) for name in ("INBOX", "a" * 1_000, "/".join("a" * 50)))
    assert Pattern("*" * 60_000).matches("a/b")
