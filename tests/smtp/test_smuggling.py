"""Every candidate for an end of data, on every door, at every cut: one message, or none (W1)."""

import itertools
from collections.abc import Iterator

import pytest

from mailsuite.wire.buckets import LocalBuckets
from tests.dialogue import Client
from tests.smtp.conftest import House

ALPHABET = (b"\r", b"\n", b".", b"x")
DOORS = ("mx", "submission", "lmtp")
ENVELOPE = b"MAIL FROM:<ada@example.org>\r\nRCPT TO:<ada@example.org>\r\n"
END = b"\r\n.\r\n"


class Door:
    """One door of a house, greeted; it reads what is stored as the next host would."""

    def __init__(self, name: str) -> None:
        self.house = House(smtp_errors=10_000_000, submissions_burst=10_000_000)
        self.house.limit(submissions_burst=10_000_000, submissions_per_hour=10_000_000)
        talks = {"mx": self.house.mx, "lmtp": self.house.lmtp, "submission": self.house.submission}
        self.client: Client = talks[name]().client()
        self.client.send(b"LHLO x\r\n" if name == "lmtp" else b"EHLO x\r\n")
        self.client.send(b"AUTH PLAIN AGFkYUBleGFtcGxlLm9yZwBzZWNyZXQ=\r\n")

    def begin(self) -> None:
        self.client.send(b"RSET\r\n" + ENVELOPE)
        self.house.box.stored.clear()
        self.house.box.spools.clear()
        self.house.door.services.rates.buckets = LocalBuckets()
        self.client.wire.sent.clear()

    def codes(self) -> list[bytes]:
        return [line[:3] for line in self.client.wire.take().split(b"\r\n")[:-1]]

    def bodies(self) -> list[bytes]:
        found = self.house.bodies
        assert all(is_clean(body) for body in found)
        assert len(found) <= 1
        return found


def is_clean(octets: bytes) -> bool:
    """Whether CR and LF come as CRLF only."""
    rest = octets.replace(b"\r\n", b"")
    return b"\r" not in rest and b"\n" not in rest


def strings(longest: int) -> Iterator[bytes]:
    for length in range(longest + 1):
        for octets in itertools.product(ALPHABET, repeat=length):
            yield b"".join(octets)


def by_data(door: Door, text: bytes, cut: int) -> None:
    """What ends it is CRLF dot CRLF alone, be it in the candidate or after it."""
    door.begin()
    door.client.send(b"DATA\r\n")
    stream = text + END
    door.client.send(stream[:cut])
    door.client.send(stream[cut:])
    end = (b"\r\n" + stream).find(END)
    sent = (b"\r\n" + stream)[2:end] + b"\r\n" if end else b""
    clean = is_clean(sent)
    found = door.bodies()
    assert found == ([unstuffed(sent)] if clean else [])
    replies = door.codes()
    assert replies[0] == b"354"
    # The end of data is answered once; what follows an early one is no command of ours.
    assert replies[1] == (b"250" if clean else b"554")
    assert b"354" not in replies[1:]


def unstuffed(text: bytes) -> bytes:
    return (b"\r\n" + text).replace(b"\r\n.", b"\r\n")[2:]


def by_chunks(door: Door, text: bytes, cut: int) -> None:
    """What is counted is content, whatever it looks like (RFC 3030 §2)."""
    door.begin()
    first, rest = text[:cut], text[cut:]
    door.client.send(b"BDAT %d\r\n%bBDAT %d LAST\r\n" % (len(first), first, len(rest)))
    door.client.send(rest + b"NOOP\r\n")
    clean = is_clean(text)
    assert door.bodies() == ([text] if clean else [])
    assert door.codes() == [b"250", b"250" if clean else b"554", b"250"]


def every(door: str, longest: int) -> None:
    opened = Door(door)
    for text in strings(longest):
        for cut in range(len(text + END)):
            by_data(opened, text, cut)
            by_data(opened, b"a" + text, cut)
        for cut in range(len(text) + 1):
            by_chunks(opened, text, cut)


@pytest.mark.threat("W1")
@pytest.mark.parametrize("door", DOORS)
def test_every_short_candidate_stores_one_message_or_none(door: str) -> None:
    every(door, 3)


@pytest.mark.threat("W1")
@pytest.mark.long
@pytest.mark.parametrize("door", DOORS)
def test_every_candidate_stores_one_message_or_none(door: str) -> None:
    every(door, 7)
