import pytest

from tests.smtp.conftest import TLS, House


@pytest.mark.threat("W3")
def test_what_was_sent_in_clear_is_dropped_and_forgotten(house: House) -> None:
    house.submission(tls=None).dialogue("""
        S: 220 ...
        C: EHLO clear
        S*: 250 ...
        C!: STARTTLS\\r\\nNOOP\\r\\nEHLO evil\\r\\n
        S: 220 2.0.0 Begin TLS
        S: <handshake>
        C: MAIL FROM:<ada@example.org>
        S: 503 5.5.1 EHLO comes first
        C: EHLO safe
        S*: 250 ...
        C: STARTTLS
        S: 503 5.5.1 ...
    """)


@pytest.mark.threat("W3")
def test_half_a_command_in_clear_is_dropped_too(house: House) -> None:
    house.mx().dialogue("""
        S: 220 ...
        C!: STARTTLS\\r\\nEH
        S: 220 ...
        S: <handshake>
        C: LO x
        S: 500 5.5.2 ...
    """)


def test_a_transaction_ends_with_starttls(house: House) -> None:
    house.mx().dialogue("""
        S: 220 ...
        C: EHLO x
        S*: 250 ...
        C: MAIL FROM:<>
        S: 250 ...
        C: STARTTLS now
        S: 501 5.5.4 ...
        C: STARTTLS
        S: 220 ...
        S: <handshake>
        C: RCPT TO:<ada@example.org>
        S: 503 5.5.1 ...
    """)


def test_not_offered_in_tls(house: House) -> None:
    house.mx(tls=TLS).dialogue("S: 220 ...\nC: STARTTLS\nS: 503 5.5.1 ...")
