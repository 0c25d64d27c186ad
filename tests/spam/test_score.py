"""Reasons, and what each adds: nothing alone decides."""

import pytest

from mailsuite.message.judgement import UNJUDGED, Judgement, Result
from mailsuite.message.reputation import PASSED, Listed, Reputation
from mailsuite.spam.bayes import Counts, Kind
from mailsuite.spam.fields import marks, score_told
from mailsuite.spam.likeness import likeness, likest, sketch, unpacked
from mailsuite.spam.score import (
    LISTS_AT_MOST,
    STRANGER,
    Reason,
    Sender,
    of_source,
    of_words,
    verdict,
)
from mailsuite.spam.seed import Seed, shipped
from mailsuite.spam.training import Example, tail_of, train

ANN = "ann@a.example"
KNOWN = Reputation()


def results(*found: tuple[str, str, str, str]) -> Judgement:
    return Judgement(
        tuple(Result(method, word, "", ((name, value),)) for method, word, name, value in found)
    )


PASSED_DMARC = results(("dmarc", "pass", "header.from", "a.example"))


def score(judgement: Judgement, sender: Sender = STRANGER, known: Reputation = KNOWN) -> float:
    return sum(reason.score for reason in of_source(known, judgement, sender, ANN))


def test_a_correspondent_is_believed_where_his_domain_stands_for_him() -> None:
    friend = Sender(wrote_to=True)
    assert score(PASSED_DMARC, friend) < -2
    own_signature = results(("dkim", "pass", "header.d", "a.example"))
    assert score(own_signature, friend) < -2


@pytest.mark.threat("S17")
@pytest.mark.parametrize(
    "forged",
    [
        results(("dmarc", "fail", "header.from", "a.example")),
        results(("dkim", "pass", "header.d", "evil.example")),
        results(("spf", "pass", "smtp.mailfrom", "x@evil.example")),
        results(("dkim", "pass", "header.d", "a.example.evil.example")),
        results(("spf", "none", "smtp.mailfrom", "x@a.example")),
    ],
)
def test_a_forged_friend_gets_nothing_from_it(forged: Judgement) -> None:
    assert score(forged, Sender(wrote_to=True, kept=True)) >= 0


def test_a_first_message_whose_domain_stands_for_it_goes_the_gentle_lane() -> None:
    assert score(PASSED_DMARC) == 0
    assert score(UNJUDGED) > 0


def test_lists_and_greylisting_add_to_it_within_bounds() -> None:
    listed = Reputation(
        listed=(Listed("zen.example.net", "192.0.2.1", ("127.0.0.2",), 50.0, "spam source"),),
        iprev="fail",
        greylist=PASSED,
    )
    reasons = of_source(listed, PASSED_DMARC, STRANGER, ANN)
    total = sum(reason.score for reason in reasons)
    assert total == pytest.approx(LISTS_AT_MOST + 0.3 - 0.2)
    assert "192.0.2.1 stands on the block list zen.example.net (spam source)" in {
        reason.words for reason in reasons
    }


def test_the_fields_are_lines_of_printable_ascii_whatever_a_name_holds() -> None:
    """No name of a sender or of a list writes a field of its own."""
    nasty = Reason(1.0, "x\r\nBcc: y@z.example\u202e" + "w" * 5_000)
    octets = marks(verdict([nasty] * 50, 0.5), junked=True)
    lines = octets.decode("ascii").split("\r\n")
    assert lines.pop() == ""
    assert all(line.startswith("X-Spam-") and len(line) < 300 for line in lines)
    assert len(lines) < 20
    assert score_told(octets) == 50.0


def test_what_an_account_taught_counts_the_more_the_more_it_is() -> None:
    counts, numbers = Counts(), frozenset({1, 2, 3})
    shares = []
    for n in (5, 50):
        for _ in range(n):
            counts.teach(Kind.SPAM, numbers)
            counts.teach(Kind.GOOD, [9])
        shares.append(of_words(shipped(), counts, numbers)[1].score)
    assert 0 < shares[0] < shares[1]


def test_likeness_is_that_of_the_words() -> None:
    one = frozenset(range(0, 2**32, 2**24))
    half = frozenset(list(one)[:128]) | frozenset(range(1, 2**31, 2**24))
    remembered = [unpacked(Kind.GOOD, sketch(one))]
    assert likest(one, remembered) == (Kind.GOOD, 1.0)
    assert likest(frozenset({1, 2, 3}), remembered) is None
    assert likeness(frozenset(), frozenset()) == 0
    assert likest(half, [unpacked(Kind.SPAM, sketch(one)), *remembered]) != (Kind.SPAM, 1.0)


def test_the_seed_is_trained_packed_and_read_again() -> None:
    examples = [Example(frozenset({n % 7, 50}), n % 7 < 3) for n in range(60)]
    seed = train(examples, epochs=3)
    assert seed.score([1, 50]) > 0 > seed.score([5, 50])
    again = Seed.unpacked(seed.packed())
    assert again.score([1, 50]) == seed.score([1, 50])
    assert train(examples, epochs=3).weights == seed.weights
    with pytest.raises(ValueError, match="no model"):
        Seed.unpacked(b"nonsense")


def test_the_shipped_seed_names_its_origin_and_its_tail() -> None:
    seed = shipped()
    assert "SpamAssassin" in seed.origin
    assert [part for part, _ in seed.tail] == [part for part, _ in tail_of([0.0])]
    assert [score for _, score in seed.tail] == sorted(score for _, score in seed.tail)
