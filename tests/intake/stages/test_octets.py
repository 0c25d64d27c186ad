"""Octets that no message may hold."""

import itertools
import mmap
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mailsuite.errors import BadMessage
from mailsuite.intake import letter as letters
from mailsuite.intake.envelope import Envelope, Kind, Source
from mailsuite.intake.letter import House, Letter
from mailsuite.intake.stages.octets import check_octets
from mailsuite.wire.limits import Limits
from mailsuite.wire.link import Peer


@contextmanager
def mapped(octets: bytes) -> Iterator[mmap.mmap]:
    with tempfile.TemporaryFile() as file:
        file.write(octets)
        file.flush()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as found:
            yield found


def letter(octets: bytes | mmap.mmap, kind: Kind = Kind.MX) -> Letter:
    source = Source(kind, Peer("192.0.2.7"), "x", "ESMTP", None, None, "t")
    return Letter(House("mx.example", Limits()), source, Envelope(), octets, 0, b"")


def refused(octets: bytes | mmap.mmap) -> bool:
    try:
        check_octets(letter(octets))
    except BadMessage:
        return True
    return False


@pytest.mark.threat("W1")
def test_every_short_string_of_cr_lf_dot_and_x(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bare CR or LF is never a line's end, in memory or in a file, wherever a piece is cut."""
    monkeypatch.setattr(letters, "PIECE", 2)
    for length in range(6):
        for pieces in itertools.product((b"\r", b"\n", b".", b"x"), repeat=length):
            octets = b"".join(pieces)
            rest = octets.replace(b"\r\n", b"")
            wrong = b"\r" in rest or b"\n" in rest
            assert refused(octets) == wrong
            if octets and length == 4:
                with mapped(octets) as file:
                    assert refused(file) == wrong


def test_nul_is_refused() -> None:
    assert refused(b"Subject: x\r\n\r\na\0b\r\n")


def test_eight_bit_octets_are_noted() -> None:
    for octets, noted in ((b"a\r\n", False), (b"\xff\r\n", True)):
        found = letter(octets)
        check_octets(found)
        assert found.eightbit == noted
