"""What is kept of answers is what was sent, and it stays within its octets."""

from hypothesis import given
from hypothesis import strategies as st

from mailsuite.mailbox.made import VALUE_OCTETS, Made

STEPS = st.tuples(
    st.integers(1, 3),  # mailbox
    st.sampled_from(["envelope", "body"]),
    st.lists(st.integers(1, 30), min_size=1, max_size=10, unique=True),
)


def value(mailbox_id: int, item: str, uid: int) -> bytes:
    return f"{item} of {uid} in {mailbox_id}".encode() * uid


@given(steps=st.lists(STEPS, max_size=30), most=st.integers(1, 20_000))
def test_what_is_found_was_kept_and_all_of_it_fits(
    steps: list[tuple[int, str, list[int]]], most: int
) -> None:
    made = Made(most)
    for mailbox_id, item, uids in steps:
        found = made.find(mailbox_id, item, uids)
        for uid, octets in zip(uids, found, strict=True):
            assert octets in (None, value(mailbox_id, item, uid))
        made.keep(mailbox_id, item, uids, [value(mailbox_id, item, uid) for uid in uids])
        assert 0 <= made.held <= most


def test_what_is_kept_twice_counts_once() -> None:
    made = Made()
    made.keep(1, "envelope", [5, 6], [b"five", b"six"])
    made.keep(1, "envelope", [6, 7], [b"six", b"seven"])
    assert made.held == 3 * VALUE_OCTETS + len(b"fivesixseven")
    assert made.find(1, "envelope", [7, 8, 5]) == [b"seven", None, b"five"]


def test_what_was_used_longest_ago_goes_first() -> None:
    made = Made(2 * VALUE_OCTETS + 20)
    made.keep(1, "envelope", [1], [b"first"])
    made.keep(2, "envelope", [1], [b"second"])
    assert made.find(1, "envelope", [1]) == [b"first"]
    made.keep(3, "envelope", [1], [b"third"])
    assert made.find(2, "envelope", [1]) == [None]
    assert made.find(1, "envelope", [1]) == [b"first"]
    assert made.find(3, "envelope", [1]) == [b"third"]
