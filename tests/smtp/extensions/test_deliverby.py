"""DELIVERBY (RFC 2852)."""

import pytest

from tests.dialogue import Dialogues
from tests.smtp.conftest import House

NOW = 1_800_000_000


def test_the_example_of_the_rfc(house: House) -> None:
    """RFC 2852 §6, first dialogue."""
    house.mx().dialogue("""
        S: 220 ...
        C: EHLO bigbiz.com
        S*: 250 ...
        C: MAIL FROM:<eljefe@bigbiz.com> BY=120;R
        S: 250 2.1.0 Ok
        C: RCPT TO:<ada@example.org>
        S: 250 2.1.5 Ok
        C: DATA
        S: 354 ...
        C: .
        S: 250 ...
    """)
    terms = house.box.stored[0].envelope.terms
    assert (terms.deliver_by, terms.by_mode, terms.by_trace) == (NOW + 120, "R", False)


@pytest.mark.parametrize(
    ("value", "seconds", "trace"), [("-60;n", -60, False), ("+60;NT", 60, True), ("0;NT", 0, True)]
)
def test_with_n_the_time_may_be_over(
    mx: Dialogues, house: House, value: str, seconds: int, trace: bool
) -> None:
    mx.dialogue(f"""
        C: MAIL FROM:<x@y.example> BY={value}
        S: 250 ...
        C: RCPT TO:<ada@example.org>
        S: 250 ...
        C: DATA
        S: 354 ...
        C: .
        S: 250 ...
    """)
    terms = house.box.stored[0].envelope.terms
    assert (terms.deliver_by - NOW, terms.by_mode, terms.by_trace) == (seconds, "N", trace)


@pytest.mark.parametrize(
    "value", ["0;R", "-1;R", "60", "60;X", "60;", ";R", "1234567890;R", "6 ;R"]
)
def test_what_is_no_by_value_is_refused(mx: Dialogues, value: str) -> None:
    mx.dialogue(f"C: MAIL FROM:<x@y.example> BY={value}\nS: 501 5.5.4 ...")
