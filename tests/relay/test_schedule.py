"""When something is tried again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.relay.schedule import next_try

RETRY = (300, 900, 1_800, 3_600)


@pytest.mark.parametrize(
    ("tries", "wait"), [(0, 300), (1, 900), (2, 1_800), (3, 3_600), (50, 3_600)]
)
def test_the_last_wait_repeats(tries: int, wait: int) -> None:
    assert next_try(1_000, tries, 10**9, RETRY, lambda: 0.5) == 1_000 + wait


@pytest.mark.threat("S19")
@given(draw=st.floats(0, 1), tries=st.integers(0, 100), left=st.integers(-100, 10_000))
def test_waits_differ_and_never_pass_the_end(draw: float, tries: int, left: int) -> None:
    again = next_try(1_000, tries, 1_000 + left, RETRY, lambda: draw)
    wait = RETRY[min(tries, 3)]
    assert 1_000 < again <= max(1_001, 1_000 + left)
    assert again <= 1_000 + wait * 1.1 + 1
