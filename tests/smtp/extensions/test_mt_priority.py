"""MT-PRIORITY (RFC 6710)."""

import pytest

from tests.dialogue import Dialogues
from tests.smtp.conftest import House


def test_who_signed_in_may_hurry(submission: Dialogues, house: House) -> None:
    submission.dialogue("""
        C: MAIL FROM:<ada@example.org> BY=125;R ENVID=QQ314159 MT-PRIORITY=3
        S: 250 2.1.0 ...
        C: RCPT TO:<topbanana@example.net>
        S: 250 2.1.5 ...
        C: RCPT TO:<Dana@Ivory.example.net> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;Dana@Ivory.example.net
        S: 250 2.1.5 ...
        C: DATA
        S: 354 ...
        C: .
        S: 250 ...
    """)
    assert house.box.stored[0].envelope.terms.priority == 3


def test_a_stranger_may_not(mx: Dialogues, house: House) -> None:
    mx.dialogue("""
        C: MAIL FROM:<x@y.example> MT-PRIORITY=9
        S: 250 2.3.6 0 ...
        C: RSET
        S: 250 ...
        C: MAIL FROM:<x@y.example> MT-PRIORITY=-4
        S: 250 2.1.0 ...
        C: RCPT TO:<ada@example.org>
        S: 250 ...
        C: DATA
        S: 354 ...
        C: .
        S: 250 ...
    """)
    assert house.box.stored[0].envelope.terms.priority == -4


def test_a_trusted_host_may(house: House) -> None:
    house.mx(address="198.51.100.7").dialogue("""
        S: 220 ...
        C: EHLO x
        S*: 250 ...
        C: MAIL FROM:<x@y.example> MT-PRIORITY=9
        S: 250 2.1.0 ...
    """)


@pytest.mark.parametrize("value", ["=10", "=-0", "=+1", "=01", "=x", "", "=1 MT-PRIORITY=1"])
def test_what_is_no_priority_is_refused(mx: Dialogues, value: str) -> None:
    mx.dialogue(f"C: MAIL FROM:<x@y.example> MT-PRIORITY{value}\nS: 501 ...")
