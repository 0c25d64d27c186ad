"""Many large messages at once, and messages that break off (threats R5, S7)."""

import threading

import pytest

from tests.attack.victim import MIB, Talk, Victim, eventually

LINE = b"z" * 998 + b"\r\n"
ENVELOPE = b"EHLO client.example.net\r\nMAIL FROM:<someone@example.net>\r\nRCPT TO:<%b>\r\nDATA\r\n"


def begun(victim: Victim, address: str) -> Talk:
    talk = victim.connect("smtp")
    talk.send(ENVELOPE % address.encode())
    talk.until(b"354")
    talk.send(b"Subject: large\r\n\r\n")
    return talk


def send(victim: Victim, address: str, octets: int, answers: list[bytes]) -> None:
    piece = LINE * 64
    with begun(victim, address) as talk:
        for _ in range(octets // len(piece)):
            talk.send(piece)
        # Each its own: one that is stored already would cost nothing.
        talk.send(b"%d\r\n.\r\n" % threading.get_ident())
        answers.append(talk.line())


class Highest:
    """Looks at the memory of a process until it is told to stop."""

    def __init__(self, victim: Victim) -> None:
        self.victim = victim
        self.octets = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> "Highest":  # noqa: PYI034 - nobody derives from it
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(0.02):
            self.octets = max(self.octets, self.victim.memory())


def together(victim: Victim, name: str, senders: int, octets: int) -> int:
    """Send at once; returns how much more memory that took at its highest."""
    address = victim.account(name)
    victim.calm()
    before = victim.memory()
    answers: list[bytes] = []
    threads = [
        threading.Thread(target=send, args=(victim, address, octets, answers))
        for _ in range(senders)
    ]
    with Highest(victim) as highest:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(answers) == senders
    # Some may be deferred: the reply must come within its time, and then they come again.
    assert all(answer[:4] in {b"250 ", b"451 "} for answer in answers), answers
    assert any(answer.startswith(b"250") for answer in answers)
    return highest.octets - before


@pytest.mark.threat("R5")
def test_large_messages_at_once_are_not_held_in_memory(victim: Victim) -> None:
    """Twelve senders of 12 MiB: less than half of what they send."""
    assert together(victim, "large", 12, 12 * MIB) < 64 * MIB


@pytest.mark.long
@pytest.mark.threat("R5")
def test_fifty_senders_of_fifty_mebibytes(victim: Victim) -> None:
    assert together(victim, "larger", 50, 49 * MIB) < 256 * MIB


def aborted(victim: Victim, count: int, octets: int) -> None:
    before = victim.memory()
    piece = LINE * 64
    for number in range(count):
        talk = begun(victim, "ann@example.test")
        for _ in range(octets // len(piece)):
            talk.send(piece)
        if number == 0:
            eventually(lambda: len(victim.spools()) == 1)
        talk.socket.close()
    eventually(lambda: not victim.spools())
    victim.calm()
    assert victim.memory() - before < 32 * MIB


def count(victim: Victim, address: str) -> int:
    with victim.connect("imap") as talk:
        talk.send(b"a LOGIN %b secret\r\nb STATUS INBOX (MESSAGES)\r\n" % address.encode())
        told = talk.until(b"b OK")
        return int(told[-2].split(b"MESSAGES ")[1].split(b")")[0])


@pytest.mark.threat("S7")
def test_messages_that_break_off_leave_nothing(victim: Victim) -> None:
    """Neither a spool on the disk nor a message in the mailbox."""
    before = count(victim, "ann@example.test")
    aborted(victim, 10, 16 * MIB)
    assert count(victim, "ann@example.test") == before


@pytest.mark.long
@pytest.mark.threat("S7")
def test_a_thousand_large_messages_that_break_off(victim: Victim) -> None:
    before = count(victim, "ann@example.test")
    aborted(victim, 1_000, 49 * MIB)
    assert count(victim, "ann@example.test") == before
