import pytest

from tests.dialogue import Dialogues
from tests.smtp.conftest import House


def test_parameters_must_be_known(mx: Dialogues) -> None:
    mx.dialogue("""
        C: MAIL FROM:<x@y.example> XYZ=1
        S: 555 5.5.4 ...
        C: MAIL FROM: <x@y.example> SIZE=12 BODY=8BITMIME
        S: 250 2.1.0 Ok
    """)


@pytest.mark.threat("W6")
def test_submission_wants_a_sign_in(house: House) -> None:
    for tls, words in [
        (None, "Use TLS and sign in first"),
        (house.submission().tls, "Sign in first"),
    ]:
        house.submission(tls=tls).dialogue(f"""
            S: 220 ...
            C: EHLO phone
            S*: 250 ...
            C: MAIL FROM:<ada@example.org>
            S: 530 5.7.0 {words}
        """)


@pytest.mark.threat("S2")
def test_the_sender_must_be_the_account_s_own(submission: Dialogues, house: House) -> None:
    submission.dialogue("""
        C: MAIL FROM:<bo@example.org>
        S: 553 5.7.1 ...
        C: MAIL FROM:<ada@elsewhere.example>
        S: 553 5.7.1 ...
        C: MAIL FROM:<ADA@Example.ORG>
        S: 250 ...
        C: RCPT TO:<someone@elsewhere.example>
        S: 250 2.1.5 Ok
        C: DATA
        S: 354 ...
        C: Subject: über 8 bits without BODY
        C:
        C: .
        S: 250 2.0.0 Ok: queued as t1.1
    """)
    stored = house.box.stored[0]
    assert stored.source.protocol == "ESMTPSA"
    assert stored.source.account is not None
    assert stored.source.account.name == "ada@example.org"


@pytest.mark.threat("S18")
def test_an_account_that_sends_too_fast_is_deferred(house: House) -> None:
    house.limit(submissions_burst=3, submissions_per_minute=1)
    talks = house.submission()
    talks.dialogue("""
        S: 220 ...
        C: EHLO phone
        S*: 250 ...
        C: AUTH PLAIN AGFkYUBleGFtcGxlLm9yZwBzZWNyZXQ=
        S: 235 ...
    """)
    once = "C: MAIL FROM:<ada@example.org>\nS: 250 ...\nC: RSET\nS: 250 ...\n"
    talks.dialogue(once * 3 + "C: MAIL FROM:<ada@example.org>\nS: 450 4.7.1 ...\nT: 60\n" + once)


def test_addresses_in_utf8_need_smtputf8(mx: Dialogues, house: House) -> None:
    mx.dialogue("""
        C: MAIL FROM:<grüße@y.example>
        S: 553 5.6.7 ...
        C: MAIL FROM:<grüße@y.example> SMTPUTF8
        S: 250 ...
        C: RCPT TO:<grüße@example.org>
        S: 250 ...
        C: RSET
        S: 250 ...
        C: MAIL FROM:<>
        S: 250 ...
        C: RCPT TO:<grüße@example.org>
        S: 553 5.6.7 ...
    """)
