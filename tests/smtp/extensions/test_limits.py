"""LIMITS (RFC 9422)."""

from tests.smtp.conftest import House


def test_what_is_told_is_what_holds(house: House) -> None:
    house.limit(smtp_recipients=1)
    house.mx().dialogue("""
        S: 220 ...
        C: EHLO x
        S: 250-mx.example.org
        S: 250-8BITMIME
        S: 250-BINARYMIME
        S: 250-CHUNKING
        S: 250-DELIVERBY
        S: 250-DSN
        S: 250-ENHANCEDSTATUSCODES
        S: 250-LIMITS RCPTMAX=1
        S: 250-MT-PRIORITY MIXER
        S: 250-PIPELINING
        S: 250-SIZE 52428800
        S: 250-SMTPUTF8
        S: 250 STARTTLS
        C: MAIL FROM:<x@y.example>
        S: 250 ...
        C: RCPT TO:<ada@example.org>
        S: 250 ...
        C: RCPT TO:<bo@example.org>
        S: 452 4.5.3 ...
    """)
