"""REQUIRETLS (RFC 8689)."""

from tests.dialogue import Dialogues
from tests.smtp.conftest import TLS, House


def test_it_is_offered_and_taken_in_tls(house: House) -> None:
    house.mx(tls=TLS).dialogue("""
        S: 220 ...
        C: EHLO x
        S*: 250 ...
        C: MAIL FROM:<x@y.example> REQUIRETLS
        S: 250 2.1.0 ...
        C: RCPT TO:<ada@example.org>
        S: 250 ...
        C: DATA
        S: 354 ...
        C: .
        S: 250 ...
    """)
    assert house.box.stored[0].envelope.terms.tls == "required"


def test_it_is_refused_in_clear(mx: Dialogues) -> None:
    mx.dialogue("""
        C: MAIL FROM:<x@y.example> REQUIRETLS
        S: 530 5.7.10 ...
    """)


def test_it_has_no_value_and_stands_once(house: House) -> None:
    house.mx(tls=TLS).dialogue("""
        S: 220 ...
        C: EHLO x
        S*: 250 ...
        C: MAIL FROM:<x@y.example> REQUIRETLS=yes
        S: 501 5.5.4 ...
        C: MAIL FROM:<x@y.example> REQUIRETLS REQUIRETLS
        S: 501 5.5.4 ...
    """)
