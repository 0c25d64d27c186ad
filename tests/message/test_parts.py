"""BODY[…]: exactly the octets that the RFC's part numbers name."""

import mmap
import tempfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.message.parts import Kind, rows, section, span
from mailsuite.message.scan import scan
from tests.message.corpus import crlf, messages
from tests.message.responses import read

# The shape of RFC 9051 §6.4.5's example: 1 text, 2 octet-stream, 3 message (3.1, 3.2), 4 multipart
# (4.1 image, 4.2 message (4.2.1, 4.2.2 multipart (4.2.2.1, 4.2.2.2))).
EXAMPLE = crlf(
    b"""Subject: root
Content-Type: multipart/mixed; boundary=A

preamble
--A
X: 1

one
--A
Content-Type: application/octet-stream
X: 2

two
--A
Content-Type: message/rfc822
X: 3

Subject: three
Content-Type: multipart/mixed; boundary=B

--B
X: 3.1

three one
--B
Content-Type: application/octet-stream
X: 3.2

three two
--B--
--A
Content-Type: multipart/mixed; boundary=C
X: 4

--C
Content-Type: image/gif
X: 4.1

four one
--C
Content-Type: message/rfc822
X: 4.2

Subject: four two
Content-Type: multipart/mixed; boundary=D

--D
X: 4.2.1

four two one
--D
Content-Type: multipart/alternative; boundary=E
X: 4.2.2

--E
X: 4.2.2.1

four two two one
--E
X: 4.2.2.2

four two two two
--E--
--D--
--C--
--A
Content-Type: message/rfc822
X: 5

Subject: five

five body
--A--
epilogue
"""
)
PARTS = scan(EXAMPLE).parts


def got(path: str, kind: Kind = Kind.BODY) -> bytes | None:
    numbers = [int(number) for number in path.split(".")] if path else []
    return section(EXAMPLE, PARTS, numbers, kind)


@pytest.mark.parametrize(
    ("path", "octets"),
    [
        ("1", b"one"),
        ("2", b"two"),
        ("3.1", b"three one"),
        ("3.2", b"three two"),
        ("4.1", b"four one"),
        ("4.2.1", b"four two one"),
        ("4.2.2.1", b"four two two one"),
        ("4.2.2.2", b"four two two two"),
        ("5.1", b"five body"),
    ],
)
def test_bodies(path: str, octets: bytes) -> None:
    assert got(path) == octets
    mime = got(path, Kind.MIME)
    assert mime is not None
    assert mime.endswith(b"\r\n\r\n") or mime == b"\r\n"
    if path != "5.1":
        assert f"X: {path}\r\n".encode() in mime
    assert got(path, Kind.HEADER) is None
    assert got(path, Kind.TEXT) is None
    assert got(f"{path}.1") is None


@pytest.mark.parametrize(
    ("path", "subject"), [("3", b"three"), ("4.2", b"four two"), ("5", b"five")]
)
def test_messages_inside(path: str, subject: bytes) -> None:
    header, text, whole = got(path, Kind.HEADER), got(path, Kind.TEXT), got(path)
    assert header is not None
    assert text is not None
    assert header.startswith(b"Subject: " + subject + b"\r\n")
    assert header.endswith(b"\r\n\r\n")
    assert header + text == whole
    mime = got(path, Kind.MIME)
    assert mime is not None
    assert mime.startswith(b"Content-Type: message/rfc822\r\n")


def test_the_message_itself() -> None:
    assert got("") == EXAMPLE
    assert got("", Kind.MIME) is None
    header, text = got("", Kind.HEADER), got("", Kind.TEXT)
    assert header is not None
    assert text is not None
    assert header + text == EXAMPLE
    assert text.startswith(b"preamble\r\n")
    assert text.endswith(b"epilogue\r\n")


@pytest.mark.parametrize(
    "path", ["0", "6", "1.1", "3.3", "4.3", "4.2.3", "5.2", "4.2.2.1.1", "99999999"]
)
def test_there_is_no_such_part(path: str) -> None:
    assert got(path) is None
    assert got(path, Kind.MIME) is None


def test_a_message_that_is_no_multipart_has_one_part() -> None:
    octets = b"Subject: x\r\n\r\nbody"
    parts = scan(octets).parts
    assert section(octets, parts, [1]) == b"body"
    assert section(octets, parts, [2]) is None
    assert section(octets, parts, [1], Kind.MIME) == b"Subject: x\r\n\r\n"


def test_a_message_that_is_a_message() -> None:
    octets = b"Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\nbody"
    parts = scan(octets).parts
    assert section(octets, parts, [1]) == b"Subject: in\r\n\r\nbody"
    assert section(octets, parts, [1], Kind.HEADER) == b"Subject: in\r\n\r\n"
    assert section(octets, parts, [1, 1]) == b"body"
    assert section(octets, parts, [1, 1, 1]) is None


def test_sizes_agree_with_bodystructure() -> None:
    """What BODYSTRUCTURE says of a part is what BODY[n] then gives, in mail as it is."""
    for name, octets in messages():
        found = scan(octets)
        waiting: list[tuple[tuple[int, ...], Any]] = [((), read(found.body))]
        while waiting:
            path, part = waiting.pop()
            if isinstance(part[0], list):
                waiting += [
                    ((*path, n), child)
                    for n, child in enumerate(part, 1)
                    if isinstance(child, list)
                ]
                continue
            body = section(octets, found.parts, path or (1,))
            assert body is not None, name
            assert len(body) == part[6], name
            if part[0].lower() == b"text":
                assert body.count(b"\n") == part[7], name
            if part[0].lower() == b"message" and isinstance(part[7], list):
                inner = part[8]
                waiting.append(
                    ((path or (1,)) + (() if isinstance(inner[0], list) else (1,)), inner)
                )


@pytest.mark.threat("M7")
@given(st.lists(st.integers(0, 5), max_size=6), st.sampled_from(list(Kind)))
def test_every_span_lies_inside_the_one_above(path: list[int], kind: Kind) -> None:
    found = span(PARTS, path, kind)
    if found is None:
        return
    for length in range(len(path)):
        above = span(PARTS, path[:length])
        assert above is not None
        assert above[0] <= found[0] <= found[1] <= above[1]


def test_a_mapped_file_is_scanned_like_the_octets() -> None:
    with tempfile.TemporaryFile() as file:
        file.write(EXAMPLE * 40)
        file.flush()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            assert scan(mapped) == scan(EXAMPLE * 40)
    assert len(rows(PARTS)) == 17
