"""What a message says of its ancestry, as 64-bit numbers (RFC 5256 §3, THREAD=REFERENCES).

Only whether two message ids are the same is ever asked, so each is kept as a hash of its
normal form. Who makes two that collide gains what writing the same id twice gives him.
"""

import hashlib
import re
from collections.abc import Mapping

VALUE_OCTETS = 32 * 1024  # of a field that are looked at, at each of its ends
REFERENCES = 100  # the first, and the last of them: what lies between links nothing else

_ID = re.compile(rb"<([^<>\s]++)>")
_PAIR = re.compile(rb"\\(.)", re.DOTALL)


def message_hash(octets: bytes) -> int:
    """Return the number that stands for a message id, signed; never 0, which stands for none."""
    return (
        int.from_bytes(hashlib.blake2b(octets, digest_size=8).digest(), "little", signed=True) or 1
    )


def own_hash(fields: Mapping[bytes, bytes]) -> int:
    """Return the number of the message's own id; 0 without a valid one."""
    found = _ID.search(fields.get(b"message-id", b"")[:VALUE_OCTETS])
    return message_hash(normalised(found[1])) if found else 0


def reference_hashes(fields: Mapping[bytes, bytes]) -> list[int]:
    """Return the numbers of its references, the parent last, at most `REFERENCES` of them.

    Those of References; without any, the first of In-Reply-To (RFC 5256 §3).
    """
    ids = _ids(fields.get(b"references", b""))
    if not ids:
        ids = _ids(fields.get(b"in-reply-to", b""))[:1]
    elif len(ids) > REFERENCES:
        ids[1 : 1 - REFERENCES] = []
    return [message_hash(normalised(octets)) for octets in ids]


def _ids(value: bytes) -> list[bytes]:
    if len(value) > 2 * VALUE_OCTETS:
        value = value[:VALUE_OCTETS] + b" " + value[-VALUE_OCTETS:]
    return _ID.findall(value)


def normalised(octets: bytes) -> bytes:
    """Return a message id without quoting, which may be there or not (RFC 5256 §3)."""
    end = octets.rfind(b'"@')
    if octets[:1] != b'"' or end <= 0:
        return octets
    return _PAIR.sub(rb"\1", octets[1:end]) + octets[end + 1 :]
