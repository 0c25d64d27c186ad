"""What a client appends, made ready for the store off the reactor: scanned, hashed, compressed."""

import mmap

from mailsuite.errors import BadMessage, MessageTooBig, UnknownEncoding
from mailsuite.message.scan import scan
from mailsuite.message.transfer import encode_parts, needs_encoding
from mailsuite.store.blobs import Content, Octets, prepare
from mailsuite.store.files import LargeFiles
from mailsuite.wire.limits import Limits


def prepared(octets: Octets, limits: Limits, large: LargeFiles) -> Content:
    """A message ready to be stored. Blocks: in a pool only.

    Parts with NUL in them, which no FETCH of IMAP4rev1 could send, become base64, as do then all
    that say they are binary (RFC 3516 §4.4, §6): nothing is lost, and whatever has no NUL stays
    octet for octet, signatures included.

    Raises:
        MessageTooBig: it is over the limit once it is encoded.
        BadMessage: NUL stands where nothing can be encoded: in a header, between parts.
        UnknownEncoding: NUL stands in a part whose encoding is none that we know.
        StoreFull, Unavailable: as `store.blobs.prepare`.
    """
    if not isinstance(octets, mmap.mmap):
        octets = bytes(octets)  # no copy of what is bytes already
    if octets.find(b"\0") >= 0:
        octets = _without_nul(octets)
        if len(octets) > limits.message_octets:
            raise MessageTooBig
    structure = scan(octets, mime_depth=limits.mime_depth, mime_parts=limits.mime_parts)
    return prepare(octets, structure, large)


def _without_nul(octets: bytes | mmap.mmap) -> bytes:
    whole = octets[:]
    encoded = encode_parts(whole, needs_encoding)
    if encoded is None:
        raise BadMessage if whole.find(b"\0") < whole.find(b"\r\n\r\n") else UnknownEncoding
    if b"\0" in encoded:
        raise BadMessage
    return encoded
