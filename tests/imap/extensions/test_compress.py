"""COMPRESS=DEFLATE (RFC 4978): who may, once, and what is dropped. The octets: tests/wire."""

from tests.imap.people import Imap


def test_a_client_turns_compression_on(imap):
    """RFC 4978 §3, the first example, after STARTTLS."""
    imap.dialogue("""
        S: * OK [CAPABILITY ...
        C: b LOGIN ann secret
        S: b OK [CAPABILITY ...COMPRESS=DEFLATE...
        C: c compress deflate
        S: c OK DEFLATE active
    """)
    assert imap.client().wire.deflated


def test_compression_is_on_once(ann):
    """RFC 4978 §3, the second example."""
    ann.dialogue("""
        C: a COMPRESS DEFLATE
        S: a OK DEFLATE active
        C: c COMPRESS DEFLATE
        S: c NO [COMPRESSIONACTIVE] DEFLATE is on already
    """)


def test_nothing_else_is_compression(ann):
    ann.dialogue("""
        C: a COMPRESS
        S: a BAD ...
        C: b COMPRESS LZ4
        S: b BAD Unknown compression
        C: c COMPRESS DEFLATE 9
        S: c BAD ...
    """)
    assert not ann.client().wire.deflated


def test_a_strangers_octets_are_never_inflated(imap):
    """A bomb needs an account."""
    imap.dialogue("""
        S: * OK [CAPABILITY ...
        C: a COMPRESS DEFLATE
        S: a BAD Sign in first
    """)


def test_what_was_sent_before_the_ok_is_dropped(ann: Imap):
    """It was written before the client could know: as after STARTTLS it is no command."""
    assert ann.say(b"a COMPRESS DEFLATE\r\nb NOOP\r\n") == b"a OK DEFLATE active\r\n"
