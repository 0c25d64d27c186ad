"""Thousands of clients come and go: nothing of them is left (threats R10, R11, R3)."""

import pytest

from tests.attack.victim import MIB, Victim

DIALOGUES = {
    "smtp": b"EHLO client.example.net\r\nMAIL FROM:<>\r\nRCPT TO:<ann@example.test>\r\nQUIT\r\n",
    "submission": b"EHLO client.example.net\r\nAUTH PLAIN AGFubgB3cm9uZw==\r\nQUIT\r\n",
    "imap": b"a LOGIN ann@example.test secret\r\nb SELECT INBOX\r\nc IDLE\r\n",
    "imaps": b"a CAPABILITY\r\nb LOGOUT\r\n",
    "pop3": b"USER ann@example.test\r\nPASS secret\r\nSTAT\r\n",
    "pop3s": b"CAPA\r\nQUIT\r\n",
}


def come_and_go(victim: Victim, count: int) -> None:
    """Clients at every door; every second hangs up without a word of goodbye."""
    doors = list(DIALOGUES.items())
    for n in range(count):
        door, said = doors[n % len(doors)]
        with victim.connect(door) as talk:
            talk.send(said)
            talk.line()
            if n % 2 and said.endswith((b"QUIT\r\n", b"LOGOUT\r\n")):
                talk.rest()


def left(victim: Victim) -> tuple[int, int, int, int]:
    """Connections, armed timers, delayed calls, descriptors."""
    victim.calm()
    figures = victim.figures()
    names = ("connections", "timers", "delayed_calls")
    return (*(figures[name] for name in names), len(victim.descriptors()))  # type: ignore[return-value]


def soaked(victim: Victim, count: int) -> None:
    come_and_go(victim, 60)  # caches and pools have what they keep
    before, memory = left(victim), victim.memory()
    come_and_go(victim, count)
    after = left(victim)
    assert after[:2] == before[:2] == (0, 0)
    # The queue's and the upkeep's own calls come and go; the control socket has one connection.
    assert after[2] <= before[2] + 2
    assert after[3] <= before[3] + 2
    assert victim.memory() - memory < 16 * MIB


@pytest.mark.threat("R10")
def test_nothing_is_left_of_hundreds(victim: Victim) -> None:
    soaked(victim, 600)


@pytest.mark.long
@pytest.mark.threat("R10")
def test_nothing_is_left_of_a_hundred_thousand(victim: Victim) -> None:
    soaked(victim, 100_000)


def logged(victim: Victim, lines: int) -> int:
    """Send bad lines, a full connection's worth each; returns how the log has grown."""
    before = victim.log.stat().st_size
    sent = 0
    while sent < lines:
        for door, line, most in (
            ("imap", b"a NONSENSE \x1b[31m\r\n", 60),
            ("smtp", b"NONSENSE \x1b[31m\r\n", 12),
            ("pop3", b"NONSENSE \x1b[31m\r\n", 22),
        ):
            with victim.connect(door) as talk:
                talk.send(line * most)
                talk.rest()
            sent += most
    return victim.log.stat().st_size - before


@pytest.mark.threat("R11")
@pytest.mark.threat("O1")
def test_bad_lines_are_no_long_log(victim: Victim) -> None:
    """About one network 64 KiB of one kind; no octet of theirs reaches a terminal."""
    assert logged(victim, 20_000) < 2 * MIB
    assert all(c.isprintable() or c == "\n" for c in victim.log.read_text())


@pytest.mark.long
@pytest.mark.threat("R11")
def test_a_million_bad_lines_are_no_long_log(victim: Victim) -> None:
    assert logged(victim, 1_000_000) < 10 * MIB
