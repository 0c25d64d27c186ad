"""The body of a signed message, hashed once for all signatures of equal form (RFC 6376 §3.7)."""

import mmap
from collections.abc import Iterable, Mapping

from mailsuite.trust.dkim.canonical import BodyHash, Form
from mailsuite.trust.dkim.signature import BadSignature, Signature

Octets = bytes | mmap.mmap
PIECE = 256 * 1024


def body_begins(octets: Octets) -> int:
    """Where the body begins; the length of all where there is none."""
    if octets[:2] == b"\r\n":
        return 2
    end = octets.find(b"\r\n\r\n")
    return len(octets) if end < 0 else end + 4


def hash_bodies(
    octets: Octets, body_at: int, signatures: Iterable[Signature]
) -> Mapping[Form, tuple[BodyHash, bytes]]:
    """One walk for each form that a signature asks for: the hashes, and that of the whole body."""
    cuts: dict[Form, set[int]] = {}
    for signature in signatures:
        wanted = cuts.setdefault(signature.body_form, set())
        if signature.cut is not None:
            wanted.add(signature.cut)
    hashes = {form: BodyHash(form, wanted) for form, wanted in cuts.items()}
    if hashes:
        for at in range(body_at, len(octets), PIECE):
            piece = octets[at : at + PIECE]
            for each in hashes.values():
                each.feed(piece)
    return {form: (each, each.end()) for form, each in hashes.items()}


def check_body(signature: Signature, hashes: Mapping[Form, tuple[BodyHash, bytes]]) -> bool:
    """Whether the signature covers the whole body; that it holds for what it covers.

    Raises:
        BadSignature: the body is another one (RFC 6376 §6.1.3).
    """
    body, whole = hashes[signature.body_form]
    if signature.cut is None:
        found: bytes | None = whole
    else:
        found = body.found.get(signature.cut)
        if found is None:
            raise BadSignature("permerror", "l= is beyond the end of the body")
    if found != signature.body_hash:
        raise BadSignature("fail", "the body was changed")
    return signature.cut is None or signature.cut >= body.octets
