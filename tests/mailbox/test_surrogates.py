"""Streams are cut at the edges of headers, however their pieces fall."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.errors import NeedsUtf8
from mailsuite.mailbox.surrogates import Cutting
from mailsuite.message.surrogate import REWRITTEN_OCTETS

OCTETS = bytes(range(97, 117))
SPANS = [(0, 4), (4, 5), (9, 14), (18, 20)]


@given(cuts=st.lists(st.integers(0, 20)))
def test_headers_come_out_whole(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(OCTETS)]
    cutting = Cutting(iter(SPANS))
    found = [
        one
        for a, b in itertools.pairwise(edges)
        for one in cutting.cut(OCTETS[a:b])
    ]  # fmt: skip
    assert b"".join(octets for octets, _ in found) == OCTETS
    assert [octets for octets, header in found if header] == [OCTETS[a:b] for a, b in SPANS]
    assert not cutting.held


def test_no_header_is_held_for_ever() -> None:
    cutting = Cutting(iter([(0, 10 * REWRITTEN_OCTETS)]))
    with pytest.raises(NeedsUtf8):
        list(cutting.cut(b"\xc3" * (REWRITTEN_OCTETS + 1)))
