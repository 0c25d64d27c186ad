"""The command in hand: what it holds, what still fits, and what is left when it ends."""

import pytest

from mailsuite.imap.pieces import START_OCTETS, Bounds, Pieces

BOUNDS = Bounds(line=24, literal=6, literals=10, count=3, skipped=40)
APPEND = frozenset([b"APPEND"])


def holding(*literals: bytes) -> Pieces:
    pieces = Pieces()
    for octets in literals:
        pieces.announced(b"a N {%d}" % len(octets))
        pieces.literal(octets)
    return pieces


def test_a_command_is_given_out_whole_and_forgotten() -> None:
    pieces = holding(b"xyz", b"")
    assert pieces.held == len(b"a N {3}xyza N {0}")
    assert pieces.ended(b" end") == [b"a N {3}", b"xyz", b"a N {0}", b"", b" end"]
    assert (pieces.held, pieces.ended(b"b N")) == (0, [b"b N"])


@pytest.mark.threat("W9")
@pytest.mark.parametrize(
    ("kept", "size", "fits"),
    [
        ([], 6, True),
        ([], 7, False),  # one literal
        ([6], 4, True),
        ([6], 5, False),  # all of them
        ([0, 0], 0, True),
        ([0, 0, 0], 0, False),  # their number
    ],
)
def test_each_bound_of_literals_holds(kept: list[int], size: int, fits: bool) -> None:
    assert holding(*map(bytes, kept)).fits(size, BOUNDS) is fits


def test_the_start_is_of_the_first_text() -> None:
    long = b"a" * 2 * START_OCTETS
    assert Pieces().start(long) == long[:START_OCTETS]
    pieces = Pieces()
    pieces.announced(b"a N {1}")
    assert (pieces.start(long), pieces.last) == (b"a N {1}", b"a N {1}")


def test_every_literal_of_a_streaming_command_is_streamed_until_its_line_ends() -> None:
    pieces = Pieces()
    assert pieces.streams(b"a append x {9}", APPEND)
    assert not pieces.streams(b"a NOOP APPEND {9}", APPEND)
    pieces.announced(b"a append x {9}")
    pieces.stream()
    assert pieces.streams(b" {3}", APPEND), "the second message of MULTIAPPEND"
    assert pieces.ended(b"") == [b""]
    assert not pieces.streams(b" {3}", APPEND)
