"""Messages that tests sign, with keys that nobody else has."""

import base64

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mailsuite.trust.dkim.signing import Period, PrivateKey, SigningKey, sign_message
from mailsuite.trust.dkim.verifying import read_signatures, verify
from mailsuite.trust.results import DkimResult
from mailsuite.wire.pools import Inline
from tests.trust.zone import Zone

NOW = 1_800_000_000
RSA = generate_private_key(public_exponent=65_537, key_size=2_048)
ED25519 = Ed25519PrivateKey.generate()
HERE = "example.org"
LETTER = (
    b"From: Ann <ann@example.org>\r\nTo: bob@example.net\r\nSubject: Tea \r\n at  five\r\n"
    b"Date: Fri, 15 Jan 2027 08:00:00 +0000\r\nMessage-ID: <1@example.org>\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n"
    b"Dear Bob,\r\n\r\ncome  at five. \r\n\r\n\r\n"
)


def record(key: PrivateKey, extra: str = "") -> str:
    """The key's TXT record."""
    if isinstance(key, RSAPrivateKey):
        kind = "rsa"
        octets = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    else:
        kind, octets = "ed25519", key.public_key().public_bytes_raw()
    return f"v=DKIM1; k={kind};{extra} p={base64.b64encode(octets).decode()}"


def published(extra: str = "") -> Zone:
    """A DNS with both keys in it."""
    zone = Zone()
    zone.txt(f"r._domainkey.{HERE}", record(RSA, extra))
    zone.txt(f"e._domainkey.{HERE}", record(ED25519, extra))
    return zone


KEYS = (SigningKey(HERE, "r", RSA), SigningKey(HERE, "e", ED25519))


def signed(
    letter: bytes = LETTER,
    keys: tuple[SigningKey, ...] = KEYS[1:],
    period: Period = Period(NOW, NOW + 86_400),  # noqa: B008 - frozen
) -> bytes:
    """The letter with a signature of each key; Ed25519 alone unless others are named."""
    body_at = letter.index(b"\r\n\r\n") + 4
    made = sign_message(letter[:body_at], letter, body_at, keys, period)
    return made.fields + letter


async def verified(octets: bytes, zone: Zone, now: int = NOW) -> tuple[DkimResult, ...]:
    """What became of its signatures."""
    return await verify(zone, read_signatures(octets), now, Inline())
