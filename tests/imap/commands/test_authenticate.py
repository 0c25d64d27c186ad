"""AUTHENTICATE (RFC 3501 §6.2.2) and initial responses (RFC 4959)."""

from base64 import b64encode

import pytest

PLAIN = b64encode(b"\0ann\0secret").decode()


def test_plain_with_a_challenge_that_has_its_space(imap):
    """Thunderbird waits for `+ ` with the space, and sends no initial response."""
    imap.client().wire.take()
    assert imap.say(b"a AUTHENTICATE PLAIN\r\n") == b"+ \r\n"
    assert imap.say(PLAIN.encode() + b"\r\n").startswith(b"a OK [CAPABILITY IMAP4rev1 IMAP4rev2 ")


def test_plain_with_an_initial_response(imap):
    imap.dialogue(f"""
        S: * OK ...
        C: a authenticate plain {PLAIN}
        S: a OK [CAPABILITY ...] Signed in
        C: b SELECT INBOX
        S*: b OK [READ-WRITE] ...
    """)


@pytest.mark.parametrize("initial", [" YW5u", ""])
def test_login_with_and_without_a_name_in_the_command(imap, initial):
    imap.dialogue(
        f"""
        S: * OK ...
        C: a AUTHENTICATE LOGIN{initial}
    """
        + (
            ""
            if initial
            else """
        S: + VXNlcm5hbWU6
        C: YW5u
    """
        )
        + """
        S: + UGFzc3dvcmQ6
        C: c2VjcmV0
        S: a OK ...
    """
    )


def test_what_goes_wrong(imap):
    """Cancelled and malformed are BAD, a wrong password is NO, and the session lives on."""
    imap.dialogue(f"""
        S: * OK ...
        C: a AUTHENTICATE PLAIN
        S: + ...
        C: *
        S: a BAD Cancelled
        C: b AUTHENTICATE PLAIN
        S: + ...
        C: !!!
        S: b BAD ...
        C: c AUTHENTICATE CRAM-MD5
        S: c NO [CANNOT] ...
        C: d AUTHENTICATE PLAIN {b64encode(bytes(1) + b"ann" + bytes(1) + b"wrong").decode()}
        S: d NO [AUTHENTICATIONFAILED] ...
        C: e AUTHENTICATE PLAIN =
        S: e BAD ...
        C: f AUTHENTICATE PLAIN {PLAIN}
        S: f OK ...
    """)


@pytest.mark.threat("W10")
def test_a_response_that_is_too_long_is_bad(imap):
    imap.client().wire.take()
    imap.say(b"a AUTHENTICATE PLAIN\r\n")
    assert imap.say(b"x" * 20_000 + b"\r\n").startswith(b"a BAD")
    imap.say(b"a AUTHENTICATE PLAIN\r\n")
    assert imap.say(b"x" * 40_000) == b"* BYE Line too long\r\n"
