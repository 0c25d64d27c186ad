"""What `[repute]` and `[rates]` may say."""

from ipaddress import IPv4Address

import pytest

from mailsuite.config.reputing import greylisting, lists, rate, score
from mailsuite.config.values import Misfit
from mailsuite.repute.settings import DnsList, Greylisting, Score
from mailsuite.wire.tallies import DAY, HOUR, MINUTE


def test_rates() -> None:
    assert rate("60/m 600/h 5000/d") == ((MINUTE, 60), (HOUR, 600), (DAY, 5_000))
    assert rate("") == ()


@pytest.mark.parametrize("value", ["60", "60/s", "0/m", "1/m 2/m", 60, "-1/h", "9/h,"])
def test_what_is_no_rate(value: object) -> None:
    with pytest.raises(Misfit):
        rate(value)


def test_lists_with_ranges_and_scores() -> None:
    (one, two) = lists(["Zen.example 127.0.0.2-127.0.0.4=5 127.0.0.9=-1.5", "d.example domain *=2"])
    first, last, nine = (IPv4Address(f"127.0.0.{n}") for n in (2, 4, 9))
    assert one == DnsList(
        "zen.example",
        frozenset({"ipv4", "ipv6"}),
        (Score(first, last, 5.0), Score(nine, nine, -1.5)),
    )
    assert two.kinds == {"domain"}
    assert one.score_of(("127.0.0.3", "127.0.0.9")) == 5.0
    assert one.score_of(("127.0.0.5",)) == 0.0


@pytest.mark.parametrize(
    "text",
    ["", "zen.example", "zen.example ip", "zen.example 127.0.0.2", "zen.example 127.0.0=1",
     "zen.example *=x", "zen..example *=1", "zen.example mail *=1", "zen.example *=1e9"],
)  # fmt: skip
def test_what_is_no_list(text: str) -> None:
    with pytest.raises(Misfit):
        lists([text])


def test_scores_and_whom_greylisting_concerns() -> None:
    assert score(5) == 5.0
    assert greylisting("all") is Greylisting.ALL
    for wrong in (-1, True, "5", float("nan")):
        with pytest.raises(Misfit):
            score(wrong)
    with pytest.raises(Misfit):
        greylisting("some")
    with pytest.raises(Misfit):
        lists([f"l{n}.example *=1" for n in range(21)])
