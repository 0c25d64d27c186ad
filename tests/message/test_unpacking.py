"""Attachments of reports: opened within caps, whatever they are called."""

import gzip
import io
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsuite.message.unpacking import (
    ATTACHMENTS,
    PACKED_OCTETS,
    BadPackage,
    attachments,
    unpack,
)

XML = b'<?xml version="1.0"?><feedback>' + b"<record/>" * 50 + b"</feedback>"
VECTORS = Path(__file__).parents[3] / "shared/vectors/reports-parsedmarc/aggregate"


def zipped(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, octets in files:
            archive.writestr(name, octets)
    return made.getvalue()


def test_each_form_gives_the_report() -> None:
    assert unpack(XML) == XML
    assert unpack(gzip.compress(XML)) == XML
    assert unpack(gzip.compress(XML) + b"\0\0") == XML
    assert unpack(zipped(("a!b!1!2.xml", XML))) == XML
    assert unpack(zipped(("a.xml", XML), ("__MACOSX/._a.xml", b"notes"))) == XML


@pytest.mark.threat("D12")
@pytest.mark.parametrize(
    "bomb",
    [
        gzip.compress(bytes(30 << 20)),
        zipped(("bomb.xml", bytes(30 << 20))),
        gzip.compress(bytes(2 << 20)),  # small enough, but no report packs like that
        zlib.compress(b"x", wbits=31)[:-9],
        gzip.compress(XML)[:40],
        b"\x1f\x8b",
        b"PK\x03\x04" + b"\xff" * 100,
        zipped(("a.xml", XML), ("b.xml", XML)),
        zipped(*((f"{n}/", b"") for n in range(11))),
        bytes(PACKED_OCTETS + 1),
    ],
    ids=[
        "gzip bomb", "zip bomb", "ratio", "cut", "cut late", "nothing", "damaged", "two files",
        "folders", "too large",
    ],
)  # fmt: skip
def test_a_bomb_is_not_opened(bomb: bytes) -> None:
    with pytest.raises(BadPackage):
        unpack(bomb)


@pytest.mark.threat("D12")
def test_an_archive_inside_another_is_not_opened() -> None:
    """42.zip is zips in zips: the inner one comes out as the octets that it is."""
    inner = zipped(("bomb.xml", bytes(1 << 20)))
    assert unpack(zipped(("inner.zip", inner))) == inner


def test_an_encrypted_zip_is_refused() -> None:
    octets = bytearray(zipped(("a.xml", XML)))
    octets[6] |= 1
    at = octets.find(b"PK\x01\x02")
    octets[at + 8] |= 1
    with pytest.raises(BadPackage, match="encrypted"):
        unpack(bytes(octets))


def test_parts_come_decoded_with_their_names() -> None:
    message = (
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nhello\r\n--x\r\n"
        b"Content-Type: application/gzip; name=old.gz\r\n"
        b"Content-Disposition: attachment; filename=new.gz\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\nYWJj\r\n--x--\r\n"
    )
    text, packed = attachments(message)
    assert (text.type, text.name) == ("text/plain", "")
    assert (packed.type, packed.name, packed.octets) == ("application/gzip", "new.gz", b"abc")
    part = b"--x\r\n\r\na\r\n"
    many = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + part * 50 + b"--x--\r\n"
    assert len(list(attachments(many))) == ATTACHMENTS


def test_real_reports_are_opened() -> None:
    """Those of the shelf, where it stands beside the checkout."""
    paths = sorted(VECTORS.glob("*"))
    assert len(paths) in {0, 19}
    for path in paths:
        octets = path.read_bytes()
        if path.suffix == ".eml":
            mail = octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
            found = [unpack(each.octets) for each in attachments(mail) if "text" not in each.type]
            assert any(b"feedback" in each for each in found), path.name
        else:
            assert b"feedback" in unpack(octets), path.name


@settings(max_examples=60)
@given(st.sampled_from([b"", b"\x1f\x8b\x08\0", b"PK\x03\x04"]), st.binary(max_size=300))
def test_no_octets_are_a_crash(start: bytes, rest: bytes) -> None:
    list(attachments(start + rest))
    with suppress(BadPackage):
        unpack(start + rest)
