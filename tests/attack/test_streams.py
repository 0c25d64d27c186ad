"""A line without end, in every state of every protocol (threat W10)."""

import base64

import pytest

from tests.attack.victim import MIB, Victim

FLAT = 8 * MIB
MESSAGE = 50 * MIB
MARGIN = 16 * MIB  # what the kernels on both sides hold
PLAIN = base64.b64encode(b"\0ann@example.test\0secret")
GREETED = b"EHLO client.example.net\r\n"
SENDER = GREETED + b"MAIL FROM:<someone@example.net>\r\n"
MAIL = SENDER + b"RCPT TO:<ann@example.test>\r\n"
SIGNED = b"a LOGIN ann@example.test secret\r\n"
POP = b"USER ann@example.test\r\nPASS secret\r\n"
# Door, what is said before, and how the last answer to it begins.
STATES = {
    "smtp, new": ("smtp", b"", b""),
    "smtp, greeted": ("smtp", GREETED, b"250 "),
    "smtp, sender": ("smtp", SENDER, b"250 2.1.0"),
    "smtp, recipient": ("smtp", MAIL, b"250 2.1.5"),
    "smtp, data": ("smtp", MAIL + b"DATA\r\n", b"354 "),
    "smtp, after a refusal": ("smtp", GREETED + b"DATA\r\n", b"503 "),
    "submission, new": ("submission", b"", b""),
    "submission, response": ("submission", GREETED + b"AUTH LOGIN\r\n", b"334 "),
    "submission, signed in": ("submission", GREETED + b"AUTH PLAIN " + PLAIN + b"\r\n", b"235 "),
    "submissions, new": ("submissions", b"", b""),
    "imap, new": ("imap", b"", b""),
    "imap, tagged": ("imap", b"a NOOP\r\na ", b"a OK"),
    "imap, response": ("imap", b"a AUTHENTICATE LOGIN\r\n", b"\\+ "),
    "imap, literal": ("imap", b"a LOGIN {4}\r\nann1 ", b"\\+ "),
    "imap, signed in": ("imap", SIGNED, b"a OK"),
    "imap, quoted": ("imap", SIGNED + b'b SELECT "', b"a OK"),
    "imap, selected": ("imap", SIGNED + b"b SELECT INBOX\r\n", b"b OK"),
    "imap, idle": ("imap", SIGNED + b"b SELECT INBOX\r\nc IDLE\r\n", b"\\+ "),
    "imap, append": ("imap", SIGNED + b"b APPEND INBOX {100+}\r\n" + b"x" * 100, b"a OK"),
    "imaps, new": ("imaps", b"", b""),
    "pop3, new": ("pop3", b"", b""),
    "pop3, user": ("pop3", b"USER ann@example.test\r\n", b"\\+OK"),
    "pop3, response": ("pop3", b"AUTH PLAIN\r\n", b"\\+ "),
    "pop3, signed in": ("pop3", POP, b"\\+OK maildrop|\\+OK"),
    "pop3s, new": ("pop3s", b"", b""),
}


def flooded(victim: Victim, state: str, octets: int) -> int:
    """Flood a state; returns how much the server took before it hung up."""
    door, said, answer = STATES[state]
    with victim.connect(door) as talk:
        for line in said.splitlines(keepends=True):
            talk.send(line)
        if answer:
            talk.until(answer)
        before = victim.memory()
        sent = talk.flood(octets)
        assert victim.memory() - before < FLAT
        assert not victim.spools()
        talk.rest()  # ends, since the server hangs up
    return sent


@pytest.mark.threat("W10")
@pytest.mark.threat("R6")
@pytest.mark.parametrize("state", STATES)
def test_a_line_without_end_costs_no_memory(victim: Victim, state: str) -> None:
    """The connection is closed before long; memory is flat, and nothing is kept on disk."""
    # Of a message twice its limit is read (not kept): an honest sender hears why at its end.
    octets = 2 * MESSAGE if state == "smtp, data" else 64 * MIB
    assert flooded(victim, state, octets + MARGIN) < octets + MARGIN, "it was read to the end"


@pytest.mark.long
@pytest.mark.threat("W10")
@pytest.mark.parametrize("state", STATES)
def test_a_gibibyte_without_a_line(victim: Victim, state: str) -> None:
    """The same with as much as fills a small machine."""
    assert flooded(victim, state, 1024 * MIB) < 1024 * MIB


@pytest.mark.threat("W10")
@pytest.mark.threat("S6")
@pytest.mark.parametrize("size", [1024 * MIB, 60 * MIB])
def test_a_chunk_that_is_too_big_is_not_kept(victim: Victim, size: int) -> None:
    """BDAT says its size first: over the limit it is refused before it comes."""
    with victim.connect("smtp") as talk:
        talk.send(MAIL)
        talk.until(b"250 2.1.5")
        before = victim.memory()
        talk.send(b"BDAT %d LAST\r\n" % size)
        assert talk.flood(size) < size
        assert victim.memory() - before < FLAT
        assert not victim.spools()
