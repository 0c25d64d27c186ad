"""FUTURERELEASE (RFC 4865)."""

import pytest

from tests.dialogue import Dialogues
from tests.smtp.conftest import House

NOW = 1_800_000_000  # 2027-01-15T08:00:00Z
SENT = """
    C: MAIL FROM:<ada@example.org> {}
    S: 250 ...
    C: RCPT TO:<x@y.example>
    S: 250 ...
    C: DATA
    S: 354 ...
    C: .
    S: 250 ...
"""


def test_for_a_while(submission: Dialogues, house: House) -> None:
    submission.dialogue(SENT.format("HOLDFOR=86400"))
    terms = house.box.stored[0].envelope.terms
    assert (terms.release_at, terms.hold) == (NOW + 86_400, "for;86400")


def test_until_a_time(submission: Dialogues, house: House) -> None:
    submission.dialogue(SENT.format("HOLDUNTIL=2027-01-15T09:00:00.25Z"))
    terms = house.box.stored[0].envelope.terms
    assert (terms.release_at, terms.hold) == (NOW + 3_601, "until;2027-01-15T09:00:00.25Z")


@pytest.mark.parametrize(
    "parameter",
    [
        "HOLDFOR=0", "HOLDFOR=-5", "HOLDFOR=31622401", "HOLDFOR=1h", "HOLDFOR",
        "HOLDUNTIL=2027-01-15T08:00:00Z", "HOLDUNTIL=2099-01-01T00:00:00Z",
        "HOLDUNTIL=2027-01-16T09:00:00+01:00", "HOLDUNTIL=2027-02-30T09:00:00Z", "HOLDUNTIL=soon",
        "HOLDFOR=60 HOLDUNTIL=2027-01-16T08:00:00Z", "HOLDFOR=60 HOLDFOR=60",
        "HOLDFOR=600 BY=60;R", "BY=60;N HOLDFOR=600",
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused(submission: Dialogues, parameter: str) -> None:
    """RFC 4865 §4.2 (7) to (11), §5.2.2."""
    submission.dialogue(f"C: MAIL FROM:<ada@example.org> {parameter}\nS: 501 5.5.4 ...")


def test_nothing_is_held_for_strangers(mx: Dialogues) -> None:
    """RFC 4865 §3 (7): submission only."""
    mx.dialogue("C: MAIL FROM:<x@y.example> HOLDFOR=60\nS: 555 5.5.4 ...")


@pytest.mark.threat("S18")
def test_an_account_schedules_so_many_and_no_more(submission: Dialogues, house: House) -> None:
    house.box.waiting = 1_000
    submission.dialogue("""
        C: MAIL FROM:<ada@example.org> HOLDFOR=60
        S: 552 5.7.16 ...
        C: MAIL FROM:<ada@example.org>
        S: 250 ...
    """)
