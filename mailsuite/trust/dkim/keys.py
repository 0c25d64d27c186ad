"""Key records: what a domain publishes for its signatures (RFC 6376 §3.6.1, RFC 8463 §3)."""

from functools import lru_cache

from attrs import frozen
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from mailsuite.trust.dkim.signature import BadSignature, Signature
from mailsuite.trust.dkim.tags import BadTags, read_base64, read_list, read_tags

LEAST_BITS, MOST_BITS = 1_024, 4_096  # of RSA (RFC 8301 §3.2; threat D8)
LARGEST_EXPONENT = 1 << 33  # larger ones are there to cost time
RECORD_OCTETS = 4_096
KEPT = 512  # records that are remembered as keys: a key takes longer to read than to use
ED25519_OCTETS = 32

PublicKey = RSAPublicKey | Ed25519PublicKey


@frozen
class KeyRecord:
    """A key as its owner means it to be used."""

    key: PublicKey
    type: str
    flags: frozenset[bytes]

    @property
    def testing(self) -> bool:
        """Its domain only tries DKIM out (t=y)."""
        return b"y" in self.flags


def read_key(octets: bytes) -> KeyRecord:
    """Read a TXT record, its strings joined.

    Raises:
        BadSignature: nothing can be verified with it; the word is that of the signature.
    """
    if len(octets) > RECORD_OCTETS:
        raise BadSignature("neutral", "its key is larger than any should be")
    found = _read(octets)
    if isinstance(found, KeyRecord):
        return found
    raise BadSignature(*found)


@lru_cache(maxsize=KEPT)
def _read(octets: bytes) -> KeyRecord | tuple[str, str]:
    try:
        return _record(octets)
    except BadSignature as bad:
        return bad.word, str(bad)


def _record(octets: bytes) -> KeyRecord:
    try:
        tags = read_tags(octets)
    except BadTags as bad:
        raise BadSignature("permerror", f"its key record: {bad}") from bad
    if "v" in tags and (next(iter(tags)) != "v" or tags["v"] != b"DKIM1"):
        raise BadSignature("permerror", "its key record is of another version")
    if "p" not in tags:
        raise BadSignature("permerror", "its key record has no key")
    if not tags["p"]:
        raise BadSignature("permerror", "its key was revoked")
    if b"sha256" not in read_list(tags.get("h", b"sha256")):
        raise BadSignature("permerror", "its key is not for this hash")
    if not {b"*", b"email"} & set(read_list(tags.get("s", b"*"))):
        raise BadSignature("permerror", "its key is not for mail")
    try:
        key = read_base64(tags["p"])
    except BadTags as bad:
        raise BadSignature("permerror", "its key is not base64") from bad
    kind = tags.get("k", b"rsa")
    flags = frozenset(read_list(tags.get("t", b"")))
    if kind == b"rsa":
        return KeyRecord(_rsa(key), "rsa", flags)
    if kind == b"ed25519":
        return KeyRecord(_ed25519(key), "ed25519", flags)
    raise BadSignature("permerror", "its key is of a type that is not known")


def _rsa(octets: bytes) -> RSAPublicKey:
    """SubjectPublicKeyInfo, as everybody writes it, or RSAPublicKey, as RFC 6376 says."""
    try:
        key = load_der_public_key(octets)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadSignature("permerror", "its key cannot be read") from error
    if not isinstance(key, RSAPublicKey):
        raise BadSignature("permerror", "its key is of another type than its record says")
    if not LEAST_BITS <= key.key_size <= MOST_BITS:
        raise BadSignature("neutral", f"a key of {key.key_size} bits")
    if key.public_numbers().e > LARGEST_EXPONENT:
        raise BadSignature("neutral", "its key is made to cost time")
    return key


def _ed25519(octets: bytes) -> Ed25519PublicKey:
    if len(octets) != ED25519_OCTETS:
        raise BadSignature("permerror", "its key cannot be read")
    return Ed25519PublicKey.from_public_bytes(octets)


def check_key(record: KeyRecord, signature: Signature) -> None:
    """Whether the key is for this signature (RFC 6376 §6.1.2).

    Raises:
        BadSignature: it is not.
    """
    if record.type != signature.key_type:
        raise BadSignature("permerror", "its key is of another type")
    if signature.sub_domain and b"s" in record.flags:
        raise BadSignature("permerror", "its key is for no sub-domain in i=")


def is_valid(key: PublicKey, signed: bytes, digest: bytes) -> bool:
    """Whether `signed` is the key's signature of a SHA-256 digest (RFC 8017 §8.2, RFC 8463 §3)."""
    try:
        if isinstance(key, RSAPublicKey):
            key.verify(signed, digest, PKCS1v15(), Prehashed(SHA256()))
        else:
            key.verify(signed, digest)
    except InvalidSignature:
        return False
    return True
