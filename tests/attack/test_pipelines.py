"""Commands that do not wait for their answers, and commands out of place, at every door."""

import base64
import random
import re

import pytest

from tests.attack.victim import Victim

PLAIN = base64.b64encode(b"\0ann@example.test\0secret").decode()
LETTER = "Subject: one\r\n\r\n..words\r\n."
SMTP = [
    "EHLO client.example.net", "NOOP", "NONSENSE", "DATA", "MAIL FROM:<someone@example.net>",
    "RCPT TO:<nobody@example.test>", "RCPT TO:<ann@example.test>", "MAIL FROM:<>", "RSET",
    "RCPT TO:<ann@example.test>", "VRFY ann", "MAIL FROM:<someone@example.net>",
    "RCPT TO:<ann@example.test>", "DATA", LETTER, "MAIL FROM:<>", "RCPT TO:<ann@example.test>",
    "BDAT 10\r\nSubject: b", "BDAT 0 LAST", "QUIT",
]  # fmt: skip
SUBMISSION = [
    "EHLO client.example.net", "MAIL FROM:<ann@example.test>", f"AUTH PLAIN {PLAIN}",
    "AUTH LOGIN", "MAIL FROM:<bob@example.test>", "MAIL FROM:<ann@example.test>",
    "RCPT TO:<bob@example.test>", "DATA", "From: ann@example.test\r\n" + LETTER, "QUIT",
]  # fmt: skip
IMAP = [
    "a1 CAPABILITY", "a2 SELECT INBOX", "a3 LOGIN ann@example.test wrong", "a4 NONSENSE",
    "a5 LOGIN ann@example.test secret", "a6 FETCH 1 FLAGS", "a7 SELECT INBOX",
    "a8 LOGIN {16+}\r\nann@example.test secret", "a9 SEARCH ALL", "b1 STORE 999999 +FLAGS (x)",
    "b2 APPEND Drafts {7+}\r\nA: b\r\n\r\n", "b3 IDLE\r\nDONE", "b4 CLOSE", "b5 EXPUNGE",
    'b6 LIST "" INBOX', "b7 LOGOUT",
]  # fmt: skip
POP3 = [
    "CAPA", "STAT", "PASS secret", "USER bob@example.test", "PASS wrong", "USER bob@example.test",
    "PASS secret", "USER ann@example.test", "STAT", "RETR 99999", "NONSENSE", "NOOP", "UIDL", "QUIT",
]  # fmt: skip
SESSIONS = {
    "smtp": SMTP, "submission": SUBMISSION, "submissions": SUBMISSION, "imap": IMAP,
    "imaps": IMAP, "pop3": POP3, "pop3s": POP3,
}  # fmt: skip
# What differs from session to session: ids, UIDs and counters that grow.
OWN = re.compile(rb"as [0-9a-f]+\.\d+|\d{2,}|UIDNEXT \d+|\(\w+ID \(\w+\)\)")
SEPARATE = {"imap": rb"(?:[ab]\d |\+ )", "pop3": rb"[+-]"}


def slowly(victim: Victim, door: str) -> bytes:
    """Each command after the answer to the one before."""
    with victim.connect(door) as talk:
        said = []
        for command in SESSIONS[door]:
            for part in _parts(door, command):
                talk.send(part)
                said += talk.until(_answered(door))
                if door.startswith("pop3") and command in {"CAPA", "UIDL"}:
                    said += talk.until(rb"\.\r\n|-ERR")
        return b"".join(said) + talk.rest()


def _parts(door: str, command: str) -> list[bytes]:
    lines = (command + "\r\n").encode()
    # The prompt of IDLE is an answer too.
    if command.endswith("DONE"):
        first, _, second = lines.partition(b"\r\n")
        return [first + b"\r\n", second]
    return [lines]


def _answered(door: str) -> bytes:
    if door.startswith("imap"):
        return rb"[ab]\d |\+ "
    return rb"[+-]" if door.startswith("pop3") else rb"\d{3} "


def at_once(victim: Victim, door: str) -> bytes:
    """The whole session in one segment."""
    with victim.connect(door) as talk:
        talk.send("".join(f"{command}\r\n" for command in SESSIONS[door]).encode())
        return talk.rest()


def masked(octets: bytes) -> list[bytes]:
    return OWN.sub(b"#", octets).splitlines()


@pytest.mark.threat("W14")
@pytest.mark.threat("W13")
@pytest.mark.parametrize("door", SESSIONS)
def test_a_session_in_one_segment_is_as_if_sent_slowly(victim: Victim, door: str) -> None:
    """One answer a command, in order, errors among them."""
    slow = masked(slowly(victim, door))
    assert masked(at_once(victim, door)) == slow
    assert len(slow) >= len(SESSIONS[door])


class Model:
    """What a transaction may do next, in twelve lines (RFC 5321 section 4.1.4)."""

    def __init__(self) -> None:
        self.greeted = self.sender = self.recipient = False

    def expects(self, command: str) -> str:  # noqa: PLR0911 - a row each
        if command == "EHLO x.example":
            self.greeted, self.sender, self.recipient = True, False, False
            return "250"
        if command == "RSET":
            self.sender = self.recipient = False
            return "250"
        if command == "NOOP":
            return "250"
        if not self.greeted:
            return "503"
        if command == "MAIL FROM:<>":
            fine, self.sender = not self.sender, True
            return "250" if fine else "503"
        if command == "RCPT TO:<ann@example.test>":
            self.recipient = self.recipient or self.sender
            return "250" if self.sender else "503"
        if command == "DATA\r\nx\r\n.":
            fine, self.sender, self.recipient = self.recipient, False, False
            return "354" if fine else "503"
        raise AssertionError(command)


COMMANDS = ["EHLO x.example", "RSET", "NOOP", "MAIL FROM:<>", "RCPT TO:<ann@example.test>", "DATA"]


def walked(victim: Victim, seed: int, steps: int) -> None:
    chance = random.Random(seed)
    model, talk = Model(), victim.connect("smtp")
    errors = 0
    for _ in range(steps):
        if errors == 9:  # the tenth would end it
            talk.socket.close()
            model, talk, errors = Model(), victim.connect("smtp"), 0
        command = chance.choice(COMMANDS)
        before = (model.sender, model.recipient)
        wanted = model.expects("DATA\r\nx\r\n." if command == "DATA" else command)
        talk.send(f"{command}\r\n".encode())
        answer = talk.until(rb"\d{3} ")[-1].decode()
        assert answer.startswith(wanted), (command, before, answer)
        errors += wanted == "503"
        if wanted == "354":
            talk.send(b"Subject: walked\r\n\r\n.\r\n")
            assert talk.line().startswith(b"250")
        elif command == "DATA":
            model.sender, model.recipient = before  # refused: the transaction stands
    talk.socket.close()


@pytest.mark.threat("W13")
def test_the_state_is_that_of_a_small_model(victim: Victim) -> None:
    """Whatever fails, the next answer is what the model says."""
    walked(victim, 1, 400)


@pytest.mark.long
@pytest.mark.threat("W13")
def test_the_state_is_that_of_a_small_model_for_long(victim: Victim) -> None:
    """A hundred thousand steps."""
    walked(victim, 2, 100_000)
