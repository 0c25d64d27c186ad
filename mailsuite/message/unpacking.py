"""Attachments of reports, safely opened: DMARC's (RFC 9990 §3.5.2) and TLS-RPT's (RFC 8460 §5.3).

A report comes as XML or JSON, plain, in gzip or as the one file of a zip. What is packed is opened
up to a cap, piece by piece, and one archive inside another is not opened at all (threat D12).
"""

import io
import zipfile
import zlib
from collections.abc import Iterator

from attrs import frozen

from mailsuite.message.content import disposition
from mailsuite.message.transfer import decoded, encoding
from mailsuite.message.tree import LEAF, Entity, walk

PACKED_OCTETS = 10 * 1024 * 1024  # an attachment as it came
REPORT_OCTETS = 25 * 1024 * 1024  # a report, unpacked
# Real reports pack to a twentieth: the same element again and again. Bombs reach a thousandth.
RATIO = 200
RATIO_FREE_OCTETS = 1024 * 1024  # below this nobody asks for the ratio
ATTACHMENTS = 20  # of one message that are looked at
MEMBERS = 10  # of one zip
PIECE = 64 * 1024
NAME_CHARACTERS = 255

GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"


class BadPackage(ValueError):  # noqa: N818 - named for what happened
    """The octets are no report that is opened; the words say why."""


@frozen
class Attachment:
    """One part of a message that holds no other part, decoded."""

    type: str  # "application/gzip", lower case
    name: str  # what it is called; may be empty
    octets: bytes


def attachments(message: bytes) -> Iterator[Attachment]:
    """The parts of a message, in order, at most `ATTACHMENTS`. Never raises.

    A part above `PACKED_OCTETS` is left out.
    """
    seen = 0
    for entity in walk(message):
        if entity.kind != LEAF or entity.end - entity.body > 2 * PACKED_OCTETS:
            continue
        octets = decoded(message[entity.body : entity.end], encoding(entity.fields))
        if octets is None or len(octets) > PACKED_OCTETS:
            continue
        seen += 1
        if seen > ATTACHMENTS:
            return
        kind = b"/".join((entity.content.type, entity.content.subtype)).lower()
        yield Attachment(kind.decode("latin-1"), _name(entity), octets)


def unpack(octets: bytes, most: int = REPORT_OCTETS) -> bytes:
    """The report that an attachment holds, whatever its type or name says it is.

    Raises:
        BadPackage: it is damaged, larger than `most`, packs suspiciously well, is encrypted, or
            holds not exactly one file.
    """
    if len(octets) > PACKED_OCTETS:
        raise BadPackage("the attachment is too large")
    if octets.startswith(GZIP):
        return _gunzipped(octets, most)
    if octets.startswith(ZIP):
        return _unzipped(octets, most)
    if len(octets) > most:
        raise BadPackage("the report is too large")
    return octets


def _gunzipped(octets: bytes, most: int) -> bytes:
    opening = zlib.decompressobj(wbits=31)
    made = bytearray()
    rest: bytes = octets
    try:
        while not opening.eof:
            piece = opening.decompress(rest, PIECE)
            if not piece and not opening.unconsumed_tail and not opening.eof:
                raise BadPackage("the gzip ends too early")
            made += piece
            _check_size(len(made), len(octets), most)
            rest = opening.unconsumed_tail
    except zlib.error as error:
        raise BadPackage("the gzip is damaged") from error
    # What follows is padding, as some hosts send it; a second member is not opened.
    return bytes(made)


def _unzipped(octets: bytes, most: int) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(octets)) as archive:
            files = [one for one in archive.infolist() if not one.is_dir()]
            # macOS puts its own notes beside.
            files = [one for one in files if not one.filename.startswith("__MACOSX/")]
            if len(archive.infolist()) > MEMBERS or len(files) != 1:
                raise BadPackage("the zip does not hold exactly one file")
            if files[0].flag_bits & 1:
                raise BadPackage("the zip is encrypted")
            made = bytearray()
            with archive.open(files[0]) as member:
                while piece := member.read(PIECE):
                    made += piece
                    _check_size(len(made), len(octets), most)
            return bytes(made)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError) as error:
        if isinstance(error, BadPackage):
            raise
        # RuntimeError and NotImplementedError: a method of packing that is not known.
        raise BadPackage("the zip is damaged") from error


def _check_size(made: int, packed: int, most: int) -> None:
    if made > most:
        raise BadPackage("the report is too large")
    if made > RATIO_FREE_OCTETS and made > RATIO * packed:
        raise BadPackage("the report packs too well to be one")


def _name(entity: Entity) -> str:
    found = disposition(entity.fields.get(b"content-disposition", b""))
    named = dict(found[1]).get(b"filename") if found else None
    if named is None:
        named = entity.content.parameter(b"name") or b""
    return named.decode("utf-8", "replace")[:NAME_CHARACTERS]
