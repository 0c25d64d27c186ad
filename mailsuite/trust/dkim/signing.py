"""Signs what our users send, and what we send ourselves (RFC 6376 §5).

Both kinds of key sign (RFC 8463 §3): hosts that do not know Ed25519 go by RSA. Fields that mail
programs show are signed once more than they are there, so that nobody adds another one (D7);
signatures end (D10), and always cover the whole body (D6).
"""

import base64
from collections.abc import Iterator, Sequence

from attrs import field, frozen
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256

from mailsuite.trust.dkim.bodies import PIECE, Octets
from mailsuite.trust.dkim.canonical import BodyHash, Form
from mailsuite.trust.dkim.fields import Fields, SigningField

NAME = "DKIM-Signature"
LINE = 76
# Signed whether they are there or not, and once more than they are.
OVERSIGNED = (
    "from", "to", "cc", "subject", "date", "reply-to", "content-type", "mime-version",
)  # fmt: skip
# Signed as often as they are there (§5.4.1; List-Unsubscribe-Post: RFC 8058 §4; RFC 9477 §3.1).
SIGNED = (
    "sender", "message-id", "in-reply-to", "references", "content-transfer-encoding",
    "content-disposition", "content-language", "auto-submitted", "tls-required", "cfbl-address",
    "cfbl-feedback-id", "list-id", "list-help", "list-unsubscribe", "list-unsubscribe-post",
    "list-subscribe", "list-post", "list-owner", "list-archive", "resent-from", "resent-to",
    "resent-cc", "resent-date", "resent-message-id",
)  # fmt: skip

PrivateKey = RSAPrivateKey | Ed25519PrivateKey


@frozen
class SigningKey:
    """A key of a domain of ours, with the name that it is published under."""

    domain: str  # canonical
    selector: str
    key: PrivateKey = field(repr=False)

    @property
    def algorithm(self) -> str:
        """As a= says it."""
        return "rsa-sha256" if isinstance(self.key, RSAPrivateKey) else "ed25519-sha256"


@frozen
class Signed:
    """One DKIM-Signature field for each key, and what all of them say of the body."""

    fields: bytes
    body_hash: bytes


@frozen
class Period:
    """From when to when signatures hold, seconds UTC; `ends` 0: for ever."""

    begins: int
    ends: int


def sign_message(
    header: bytes, octets: Octets, body_at: int, keys: Sequence[SigningKey], period: Period
) -> Signed:
    """Sign a message with each key. Blocks: in a pool.

    Args:
        header: as it leaves; fields that are written above it later are not signed.
        octets: a message whose body is the one that leaves.
        body_at: where that begins.
        keys: of one domain, which should be that of From (RFC 9989 §4.4: else it aligns with
            nothing).
        period: for t= and x=.
    """
    body = BodyHash(Form.RELAXED)
    for at in range(body_at, len(octets), PIECE):
        body.feed(octets[at : at + PIECE])
    body_hash = body.end()
    hashed = base64.b64encode(body_hash).decode()
    fields = Fields(header)
    names = tuple(_names(fields))
    made = [_field(each, names, hashed, period) for each in keys]
    signed = [_signed(each, part, names, fields) for each, part in zip(keys, made, strict=True)]
    return Signed(b"".join(signed), body_hash)


def _names(fields: Fields) -> Iterator[str]:
    for name in (*OVERSIGNED, *SIGNED):
        once_more = 1 if name in OVERSIGNED else 0
        yield from [name] * (len(fields.named(name)) + once_more)


def _field(key: SigningKey, names: Sequence[str], hashed: str, period: Period) -> str:
    """The field up to its b=, which is empty."""
    tags = [
        "v=1;", f"a={key.algorithm};", "c=relaxed/relaxed;", f"d={key.domain};",
        f"s={key.selector};", f"t={period.begins};",
    ]  # fmt: skip
    if period.ends:
        tags.append(f"x={period.ends};")
    listed = [f"{name}:" for name in names]
    listed[0], listed[-1] = f"h={listed[0]}", f"{listed[-1][:-1]};"
    lines = [*_lines(tags, f"{NAME}: ", " "), *_lines(listed, "\t", ""), f"\tbh={hashed};"]
    return "\r\n".join([*lines, "\tb="])


def _lines(words: Sequence[str], start: str, between: str) -> list[str]:
    """Words in lines of a length that nobody folds anew."""
    lines, line = [], start
    for word in words:
        if len(line) + len(word) > LINE and line.strip():
            lines.append(line.rstrip(" "))
            line = "\t"
        line += word + between
    return [*lines, line.rstrip(" ")]


def _signed(key: SigningKey, made: str, names: Sequence[str], fields: Fields) -> bytes:
    raw = made.encode()
    # It stands above all others of its name, none of which is signed.
    digest = fields.digest(names, Form.RELAXED, SigningField(raw, 0), raw)
    if isinstance(key.key, RSAPrivateKey):
        octets = key.key.sign(digest, PKCS1v15(), Prehashed(SHA256()))
    else:
        octets = key.key.sign(digest)
    text = base64.b64encode(octets).decode()
    pieces = [text[at : at + LINE - 3] for at in range(0, len(text), LINE - 3)]
    return raw + "\r\n\t ".join(pieces).encode() + b"\r\n"
