"""No regular expression of the package can be made slow (threat R8)."""

import re
import time
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import pytest

from tests.repository.patterns import Used, gives_no_turn_back, hostile, nested, used

PATTERNS = list(used())
SMALL = 4 * 1024
# Sixteen times as long may take sixty-four times as long (linear: 16, quadratic: 256), in one run.
GROWN = 64
# What each turn of a repeat keeps is new memory from the system above some ten megabytes: measured,
# a pattern that is linear takes 60 to 80 times as long for a mebibyte as for 64 KiB.
GROWN_IN_NEW_MEMORY = 128
NOISE_SECONDS = 0.0005  # below it a ratio says nothing


def seconds(one: Used, subject: Any, runs: int = 2) -> float:
    """The least of some runs, in the thread's own time."""
    taken = []
    for _ in range(runs):
        start = time.thread_time()
        one.run(subject)
        taken.append(time.thread_time() - start)
    return min(taken)


def test_there_are_patterns() -> None:
    assert len(PATTERNS) > 60
    assert {one.searches for one in PATTERNS} == {True, False}


@pytest.mark.threat("R8")
@pytest.mark.parametrize("one", PATTERNS, ids=lambda one: one.where)
def test_no_repeat_stands_alone_in_a_repeat(one: Used) -> None:
    """Such a pattern takes exponential time."""
    assert not nested(parser.parse(one.pattern.pattern, one.pattern.flags))


@pytest.mark.parametrize("one", PATTERNS, ids=lambda one: one.where)
def test_every_python_reads_a_pattern_alike(one: Used) -> None:
    """Debian 12 has Python 3.11.2, whose possessive repeats are not yet right."""
    assert not gives_no_turn_back(parser.parse(one.pattern.pattern, one.pattern.flags))


def test_the_test_knows_what_is_read_differently() -> None:
    """It fails where it should."""
    assert gives_no_turn_back(parser.parse(r"[0-9]++(?:\.[0-9]++)*+"))
    assert gives_no_turn_back(parser.parse(r"(?:[a-z]|/(?!;))++"))
    assert not gives_no_turn_back(parser.parse(r"(?:[a-z]|\+[0-9])*+"))


def assert_grows_with_length(one: Used, small: int = SMALL) -> None:
    makers = list(hostile(one))
    ranked = sorted(makers, key=lambda made: seconds(one, made(small), runs=1), reverse=True)
    # The worst goes on to a mebibyte; the next ones only until it would show.
    for made, most in zip(ranked, (256 * small, 16 * small, 16 * small), strict=False):
        length, before = small, seconds(one, made(small))
        while length < most:
            length *= 16
            taken = seconds(one, made(length))
            grown = GROWN if length <= 16 * small else GROWN_IN_NEW_MEMORY
            assert taken < grown * max(before, NOISE_SECONDS), (
                f"{one.pattern.pattern!r}: {length} of {made(60)!r}"
            )
            before = taken


@pytest.mark.threat("R8")
@pytest.mark.parametrize("one", PATTERNS, ids=lambda one: one.where)
def test_time_grows_with_the_length_alone(one: Used) -> None:
    """Up to a mebibyte of what it likes least."""
    assert_grows_with_length(one)


@pytest.mark.parametrize("slow", [r"(a+)+b", r"a*a*b", r"(?:a|b+)*c"])
def test_the_test_knows_a_slow_pattern(slow: str) -> None:
    """It fails where it should."""
    one = Used("here", re.compile(slow), searches=False)
    if nested(parser.parse(slow)):
        return
    with pytest.raises(AssertionError):
        assert_grows_with_length(one, 512)
