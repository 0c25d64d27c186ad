"""Where the threshold stands: by what was kept."""

import pytest

from mailsuite.spam.threshold import FEWEST, of_tail, threshold, upper_end

TAIL = [(0.01, -1.0), (0.001, 2.0), (0.0005, 3.0)]


def test_at_first_it_is_the_seeds() -> None:
    assert threshold(TAIL, []) == threshold(TAIL, [9.0] * (FEWEST - 1)) == of_tail(TAIL) == 2.0


def test_who_keeps_what_scores_high_loses_none_of_it() -> None:
    """One person's newsletters score as another's spam."""
    assert threshold(TAIL, [4.0, 5.0, 6.0] * 300) > 6.0


def test_whose_mail_is_far_from_spam_has_a_lower_one() -> None:
    low = threshold(TAIL, [-6.0 + n / 1000 for n in range(1000)])
    assert -6.0 < low < of_tail(TAIL)


def test_few_messages_tell_of_one_in_a_thousand() -> None:
    """The upper end goes on: it lies above all that was seen."""
    scores = [n / 10 for n in range(100)]
    assert upper_end(scores) > max(scores)


@pytest.mark.parametrize("more", [0.5, 3.0])
def test_it_never_falls_when_what_was_kept_scores_higher(more: float) -> None:
    scores = [-5 + n / 50 for n in range(200)]
    assert threshold(TAIL, [score + more for score in scores]) > threshold(TAIL, scores)
