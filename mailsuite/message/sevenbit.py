"""A message with 8-bit or binary parts as 7-bit, for a host without 8BITMIME (RFC 6152 §3).

Only what MIME makes simple: each leaf part that holds such octets, or a line that would have to be
cut on the way, is encoded as base64, its Content-Transfer-Encoding told. Anything doubtful is not
touched; then the message goes back.
"""

import base64
import re

DEPTH = 20
PARTS = 1_000

# At a line's start only, and nothing is given back: a line without a colon costs its length once.
_FIELD = re.compile(rb"^([!-9;-~]++)[ \t]*+:((?:[^\r\n]++|\r\n[ \t])*+)\r\n", re.MULTILINE)
_BOUNDARY = re.compile(rb';\s*boundary\s*=\s*(?:"([^"\\]{1,200})"|([^\s";]{1,200}))', re.IGNORECASE)
_OPAQUE = re.compile(rb"[\x00\x80-\xff]")
LINE_OCTETS = 998  # without CRLF (RFC 5322 §2.1.1)


class CannotConvert(Exception):  # noqa: N818 - an outcome
    """The message must stay as it is; the text says why."""


def seven_bit(octets: bytes) -> bytes:
    """The same message in 7-bit octets. Raises `CannotConvert`."""
    return _Converter().entity(octets, DEPTH)


def has_long_line(octets: bytes) -> bool:
    """Whether a line is longer than one may be in transport (RFC 5321 §4.5.3.1.6)."""
    return len(octets) > LINE_OCTETS and max(map(len, octets.split(b"\r\n"))) > LINE_OCTETS


class _Converter:
    def __init__(self) -> None:
        self._parts = 0

    def entity(self, octets: bytes, depth: int) -> bytes:
        """One entity: header, empty line, body."""
        self._parts += 1
        if not depth or self._parts > PARTS:
            raise CannotConvert("too many parts")
        if not _OPAQUE.search(octets) and not has_long_line(octets):
            return octets
        header, body = _split(octets)
        if _OPAQUE.search(header):
            raise CannotConvert("its header is not ASCII")
        kind = _value(header, b"content-type") or b"text/plain"
        name = kind.partition(b";")[0].strip().lower()
        if name.startswith(b"multipart/"):
            if name == b"multipart/signed":
                raise CannotConvert("a signature would break")
            return _labelled(header, b"7bit") + b"\r\n" + self._multipart(kind, body, depth)
        # RFC 6532 §3.7, RFC 6533 §3, §6: those of internationalized mail may be encoded.
        if name.startswith(b"message/") and not name.startswith(b"message/global"):
            if name != b"message/rfc822":
                raise CannotConvert("a part must not be encoded")
            return _labelled(header, b"7bit") + b"\r\n" + self.entity(body, depth - 1)
        if not _OPAQUE.search(body) and not has_long_line(body):
            return octets
        coding = (_value(header, b"content-transfer-encoding") or b"8bit").strip().lower()
        if coding not in {b"7bit", b"8bit", b"binary"}:
            raise CannotConvert("a part is not encoded as it says")
        return (
            _labelled(header, b"base64")
            + b"\r\n"
            + base64.encodebytes(body).replace(b"\n", b"\r\n")
        )

    def _multipart(self, kind: bytes, body: bytes, depth: int) -> bytes:
        found = _BOUNDARY.search(kind)
        if found is None:
            raise CannotConvert("a multipart without boundary")
        boundary = re.escape((found[1] or found[2]).rstrip())
        mark = re.compile(rb"(?:\A|\r\n)--" + boundary + rb"(--)?[ \t]*(?:\r\n|\Z)")
        marks = list(mark.finditer(body))
        if not marks:
            raise CannotConvert("a multipart without its parts")
        made = [_kept(body[: marks[0].start()])]
        for n, at in enumerate(marks):
            made.append(at[0])
            if at[1]:  # the close delimiter; what follows is nobody's part
                made.append(_kept(body[at.end() :]))
                break
            end = marks[n + 1].start() if n + 1 < len(marks) else len(body)
            # A part's encoded body must not end in a CRLF of its own before the delimiter's.
            made.append(self.entity(body[at.end() : end], depth - 1).removesuffix(b"\r\n"))
        return b"".join(made)


def _kept(octets: bytes) -> bytes:
    if _OPAQUE.search(octets):
        raise CannotConvert("8-bit octets outside of any part")
    return octets


def _split(octets: bytes) -> tuple[bytes, bytes]:
    """Header (with the CRLF of its last line) and body."""
    if octets.startswith(b"\r\n"):
        return b"", octets[2:]
    header, empty, body = octets.partition(b"\r\n\r\n")
    if not empty:
        raise CannotConvert("a part without an empty line")
    return header + b"\r\n", body


def _value(header: bytes, name: bytes) -> bytes | None:
    found = [field[2] for field in _FIELD.finditer(header) if field[1].lower() == name]
    if len(found) > 1:
        raise CannotConvert("a field that may be there once is there twice")
    return found[0].replace(b"\r\n", b"") if found else None


def _labelled(header: bytes, coding: bytes) -> bytes:
    """The header with this Content-Transfer-Encoding, where the old one stood or at its end."""
    made = b"Content-Transfer-Encoding: " + coding + b"\r\n"
    kept, done = [], False
    for field in _FIELD.finditer(header):
        if field[1].lower() != b"content-transfer-encoding":
            kept.append(field[0])
        elif not done:
            kept.append(made)
            done = True
    whole = b"".join(kept)
    if not done:
        whole += made
        if not _value(header, b"mime-version") and b"\nReceived:" in b"\n" + header:
            whole += b"MIME-Version: 1.0\r\n"
    return whole
