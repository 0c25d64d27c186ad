"""Transfer encodings (RFC 2045 §6): decoding never fails, and agrees with Python's `email`."""

import base64
import binascii
import email
import email.policy
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.message import parts, transfer
from mailsuite.message.scan import scan
from mailsuite.message.tree import LEAF, walk
from tests.message.corpus import messages


@given(octets=st.binary(max_size=300), line=st.integers(1, 80))
def test_base64_comes_back_however_it_was_cut(octets: bytes, line: int) -> None:
    text = base64.b64encode(octets)
    cut = b"\r\n".join(text[at : at + line] for at in range(0, len(text), line))
    assert transfer.decoded(cut, b"base64") == octets


@given(octets=st.binary(max_size=300))
def test_quoted_printable_comes_back(octets: bytes) -> None:
    text = quopri.encodestring(octets.replace(b"\r", b"").replace(b"\n", b""))
    text = text.replace(b"\n", b"\r\n")
    expected = octets.replace(b"\r", b"").replace(b"\n", b"")
    assert transfer.decoded(text, b"quoted-printable") == expected


@pytest.mark.threat("M4")
@given(octets=st.binary(max_size=300))
def test_whatever_it_is_it_is_decoded(octets: bytes) -> None:
    for coding in (b"base64", b"quoted-printable", b"binary"):
        assert transfer.decoded(octets, coding) is not None
    assert transfer.decoded(octets, b"x-uuencode") is None


@pytest.mark.parametrize("octets", [b"\0" * 3, b"a" * 1_000_000, bytes(range(256)) * 4_000])
def test_slices_are_not_seen(octets: bytes) -> None:
    assert transfer.decoded(base64.encodebytes(octets), b"base64") == octets
    text = binascii.b2a_qp(octets, istext=False).replace(b"\n", b"\r\n")
    assert transfer.decoded(text, b"quoted-printable") == octets


def test_the_corpus_is_decoded_as_others_decode_it() -> None:
    """Each leaf of real mail: the octets that Python's `email` gives."""
    seen = 0
    for name, octets in messages():
        theirs = [p for p in email.message_from_bytes(octets).walk() if not p.is_multipart()]
        ours = [e for e in walk(octets) if e.kind == LEAF]
        if len(theirs) != len(ours):
            continue  # broken mail, that the two cut differently
        for part, entity in zip(theirs, ours, strict=True):
            coding = transfer.encoding(entity.fields)
            told = str(part.get("content-transfer-encoding", "")).lower().encode()
            if coding != told or coding not in {b"base64", b"quoted-printable"}:
                continue  # `email` takes the field as a whole, with what stands behind the word
            body = octets[entity.body : entity.end]
            if coding == b"base64" and b"=" in body.rstrip(b"= \r\n-"):
                continue  # padding in the middle: everybody reads it differently
            expected = part.get_payload(decode=True)
            if part.defects:
                continue  # of base64 with a character too many it gives nothing
            found = transfer.decoded(body, coding)
            assert found is not None
            assert isinstance(expected, bytes)
            assert found.rstrip() == expected.rstrip(), name
            seen += 1
    assert seen > 0


PARTS = (
    b"Content-Type: multipart/mixed; boundary=b\r\n"
    b"Content-Transfer-Encoding: binary\r\n\r\n"
    b"--b\r\nContent-Transfer-Encoding: binary\r\nX: y\r\n\r\nA\0B\rC\nD\r\n"
    b"--b\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nplain\r\n"
    b"--b\r\nContent-Transfer-Encoding: base64\r\n\r\nQU\0JD\r\n"
    b"--b\r\n\r\nno header\0\r\n--b--\r\n"
)


def test_parts_with_nul_become_base64_and_nothing_is_lost() -> None:
    encoded = transfer.encode_parts(PARTS, transfer.needs_encoding)
    assert encoded is not None
    assert b"\0" not in encoded
    table = scan(encoded).parts
    for path, expected in {1: b"A\0B\rC\nD", 2: b"plain", 3: b"ABC", 4: b"no header\0"}.items():
        mime = parts.section(encoded, table, (path,), parts.Kind.MIME)
        body = parts.section(encoded, table, (path,))
        assert mime is not None
        assert body is not None
        assert transfer.decoded(body, transfer.encoding_of(mime)) in {expected, None}
    assert b"\r\nContent-Transfer-Encoding: 8bit" in b"\r\n" + encoded


def test_what_is_made_of_lines_is_left_alone() -> None:
    assert transfer.encode_parts(PARTS.replace(b"\0", b""), lambda *_: False) is None
