"""How a message asks to be carried."""

import pytest

from mailsuite.message.terms import Terms, priority


@pytest.mark.parametrize(
    ("asked", "level"), [(-9, -4), (-4, -4), (-3, 0), (0, 0), (1, 4), (4, 4), (9, 4)]
)
def test_a_priority_is_rounded_up_to_a_level(asked: int, level: int) -> None:
    """RFC 6710 §5."""
    assert Terms(priority=asked).level == level


def test_a_priority_is_one_digit() -> None:
    assert [priority(text) for text in ("9", "-9", "0")] == [9, -9, 0]
    assert {priority(text) for text in ("-0", "10", "", " 1", "+1", "\u0661")} == {None}


def test_held_beyond_its_time() -> None:
    assert Terms(release_at=11, deliver_by=10).contradict
    assert not Terms(release_at=10, deliver_by=10).contradict
    assert not Terms(release_at=10).contradict
