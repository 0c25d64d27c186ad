"""Tag lists, signatures, key records and ARC sets against any octets."""

from contextlib import suppress

from mailsuite.trust.arc import MOST as SETS
from mailsuite.trust.arc import read_message
from mailsuite.trust.dkim.canonical import BodyHash, Form
from mailsuite.trust.dkim.keys import read_key
from mailsuite.trust.dkim.signature import BadSignature, read_claim, read_signature
from mailsuite.trust.dkim.tags import BadTags, read_tags
from mailsuite.trust.dkim.verifying import MOST

FIELDS = (b"DKIM-Signature", b"ARC-Seal", b"ARC-Message-Signature", b"ARC-Authentication-Results")


def one_input(octets: bytes) -> None:
    """Nothing raises but what is meant to, and nothing grows beyond its limit."""
    with suppress(BadTags):
        assert all(name and b";" not in value for name, value in read_tags(octets).items())
    with suppress(BadSignature):
        read_key(octets)
    with suppress(BadSignature):
        assert "from" in read_signature(octets).claim.signed
    read_claim(octets).domain.encode("ascii")
    value = octets.replace(b"\r\n\r\n", b"\r\n")
    bare = b"".join(name + b": i=1; " + value + b"\r\n" for name in FIELDS)
    for message in (octets, bare + b"\r\n" + octets, bare * 20):
        signatures, chain = read_message(message)
        assert len(signatures.found) <= MOST + 1
        assert len(chain.links) <= SETS
    for form in Form:
        whole, trickled = BodyHash(form, [7]), BodyHash(form, [7])
        clean = octets.replace(b"\r", b"").replace(b"\n", b"\r\n")
        whole.feed(clean)
        for octet in clean[:2_000]:
            trickled.feed(bytes([octet]))
        if len(clean) <= 2_000:
            assert whole.end() == trickled.end()
            assert whole.found == trickled.found
