"""Clients that ask for much and read nothing (threats I5, I12)."""

import re
import socket
from contextlib import ExitStack

import pytest

from tests.attack.victim import MIB, Talk, Victim

LETTER = b"Subject: large\r\n\r\n" + b"x" * 70 + b"\r\n"
# output_octets, the batch of answers that goes over it, the batch that is read ahead of it, and
# what the making of one leaves to the allocator.
READER_OCTETS = 3 * MIB


def letter(octets: int) -> bytes:
    line = b"y" * 998 + b"\r\n"
    return b"Subject: large\r\n\r\n" + line * (octets // len(line))


def filled(victim: Victim, name: str, count: int, octets: int) -> str:
    """An account with so many messages."""
    address = victim.account(name)
    body = letter(octets)
    with victim.connect("imap") as talk:
        talk.send(b"a LOGIN %b secret\r\n" % address.encode())
        talk.until(b"a OK")
        for _ in range(count):
            talk.send(b"b APPEND INBOX {%d+}\r\n%b\r\n" % (len(body), body))
            talk.until(b"b OK")
    return address


def slow(victim: Victim, address: str) -> Talk:
    """A client with the smallest receive buffer, signed in and in INBOX."""
    link = socket.socket()
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    link.settimeout(60)
    link.connect((victim.address, victim.ports["imap"]))
    talk = Talk(link)
    talk.line()
    talk.send(b"a LOGIN %b secret\r\nb SELECT INBOX\r\n" % address.encode())
    talk.until(b"b OK")
    return talk


def unread(victim: Victim, address: str, clients: int) -> None:
    victim.calm()
    before = victim.memory()
    with ExitStack() as stack:
        talks = [stack.enter_context(slow(victim, address)) for _ in range(clients)]
        for talk in talks:
            talk.send(b"c FETCH 1:* BODY.PEEK[]\r\n")
        for talk in talks:
            talk.line()  # the first answer has begun
        for _ in range(3):
            victim.alive()
        assert victim.memory() - before < clients * READER_OCTETS + 16 * MIB
        # A reader that comes back gets everything.
        told = talks[0].until(b"c OK")
        assert sum(map(len, told)) > 10 * MIB
    victim.calm()


@pytest.mark.threat("I5")
def test_what_waits_for_slow_readers_is_bounded(victim: Victim) -> None:
    """Each is owed 12 MiB."""
    unread(victim, filled(victim, "readers", 48, 256 * 1024), 20)


@pytest.mark.long
@pytest.mark.threat("I5")
def test_what_waits_for_two_hundred_slow_readers_is_bounded(victim: Victim) -> None:
    unread(victim, filled(victim, "manyreaders", 48, 256 * 1024), 200)


def watched(victim: Victim, name: str, watchers: int, deliveries: int) -> None:
    """Watchers in IDLE, of whom one never reads, while mail comes in."""
    address = victim.account(name)
    victim.calm()
    before = victim.memory()
    with ExitStack() as stack:
        talks = [stack.enter_context(slow(victim, address)) for _ in range(watchers)]
        for talk in talks:
            talk.send(b"c IDLE\r\n")
            talk.until(rb"\+ ")
        at_rest = victim.memory()
        assert at_rest - before < watchers * 64 * 1024 + 8 * MIB
        with victim.connect("smtp") as outside:
            for n in range(deliveries):
                outside.send(
                    b"%bMAIL FROM:<>\r\nRCPT TO:<%b>\r\nDATA\r\n"
                    % (b"" if n else b"EHLO client.example.net\r\n", address.encode())
                )
                outside.until(b"354")
                outside.send(LETTER + b".\r\n")
                outside.until(b"250")
        wanted = b"* %d EXISTS\r\n" % deliveries
        for talk in talks[1:]:
            # Told at least once of the last; what came together is told together.
            told = talk.until(re.escape(wanted))
            assert len(told) <= 2 * deliveries
        assert victim.memory() - at_rest < watchers * 16 * 1024 + 16 * MIB
        victim.alive()


@pytest.mark.threat("I12")
def test_a_watcher_that_never_reads_costs_little(victim: Victim) -> None:
    watched(victim, "watchers", 100, 100)


@pytest.mark.long
@pytest.mark.threat("I12")
def test_five_thousand_watchers(victim: Victim) -> None:
    watched(victim, "manywatchers", 5_000, 1_000)
