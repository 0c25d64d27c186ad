"""UNAUTHENTICATE (RFC 8437): what goes, what stays, and who is counted."""

import pytest

from tests.imap.people import PASSWORD, Imap


@pytest.mark.threat("I11")
def test_one_connection_serves_one_after_another(imap: Imap) -> None:
    """RFC 8437 §3: the next sign-in may be in the same packet."""
    imap.put()
    imap.signed_in(select="INBOX")
    imap.dialogue(rf"""
        C!: a UNAUTHENTICATE\r\nb LOGIN bob {PASSWORD}\r\n
        S: a OK UNAUTHENTICATE completed
        S: b OK [CAPABILITY ...UNAUTHENTICATE...
        C: c STATUS INBOX (MESSAGES)
        S: * STATUS INBOX (MESSAGES 0)
        S: c OK ...
    """)
    accounts, standing = imap.porter.accounts, imap.door.shared.tallies.standing
    assert {name for name in accounts if standing(("imap", accounts[name].id))} == {"bob"}
    assert len(imap.porter.watchers) == 1


def test_all_that_was_said_before_is_forgotten(imap: Imap) -> None:
    """RFC 8437 §4.1: ENABLE, the selected mailbox, NOTIFY, LANGUAGE, compression."""
    imap.signed_in(select="INBOX")
    imap.say(b"a ENABLE CONDSTORE\r\nb NOTIFY SET (selected (MessageNew MessageExpunge))\r\n")
    imap.say(b"c LANGUAGE de\r\n")
    imap.say(b"d COMPRESS DEFLATE\r\n")
    assert imap.client().wire.deflated
    imap.dialogue("""
        C: e UNAUTHENTICATE
        S: e OK UNAUTHENTICATE completed
    """)
    assert not imap.client().wire.deflated
    imap.put()
    imap.dialogue("""
        C: f FETCH 1 (FLAGS)
        S: f BAD Sign in first
        C: g LOGIN ann secret
        S: g OK ...
        C: h FETCH 1 (FLAGS)
        S: h BAD Select a mailbox first
        C: i SELECT INBOX
        S*: i OK ...
        C: j STORE 1 +FLAGS (\\Seen)
        S: * 1 FETCH (FLAGS (\\Seen))
        S: j OK ...
    """)


def test_nobody_is_signed_in_so_nothing_is_to_be_undone(imap: Imap) -> None:
    """RFC 8437 §3: BAD, never NO."""
    imap.dialogue("""
        S: * OK ...
        C: a UNAUTHENTICATE
        S: a BAD Sign in first
        C: b LOGIN ann secret
        S: b OK ...
        C: c UNAUTHENTICATE now
        S: c BAD ...
        C: d UNAUTHENTICATE
        S: d OK ...
        T: 121
        S: * BYE Signing in took too long
        S: <closed>
    """)
