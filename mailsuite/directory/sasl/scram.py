"""SCRAM (RFC 5802, RFC 7677): its messages and its arithmetic. No I/O.

The server keeps a `Verifier`: enough to check a proof, not enough to make one, nor to tell the
password without trying each that there is.
"""

import binascii
import hashlib
import hmac
import re
import stringprep
import unicodedata

from attrs import field, frozen

from mailsuite.directory.sasl.exchange import Malformed

# RFC 7677 §4: 0.1 s of a modern machine of 2015 for whoever tries, 10 ms of a phone of today.
ITERATIONS = 15_000
NAMES = {"SCRAM-SHA-256": "sha256", "SCRAM-SHA-1": "sha1"}  # mechanism: hash
NONCE = re.compile(r"[\x21-\x2b\x2d-\x7e]{1,512}")  # "printable" of §7
CHANNEL = re.compile(r"[A-Za-z0-9.-]{1,64}")
ESCAPED = re.compile(r"=(2C|3D)?")


@frozen
class Verifier:
    """What is kept of a password for one hash (RFC 5802 §2.2)."""

    algorithm: str  # sha256 | sha1
    salt: bytes
    iterations: int
    stored_key: bytes = field(repr=False)
    server_key: bytes = field(repr=False)


@frozen
class Opening:
    """The client's first message (RFC 5802 §7)."""

    header: str  # gs2-header, as it has to come again
    binding: str  # "n" | "y" | "p"
    channel: str  # type of channel binding, where `binding` is "p"
    authzid: str
    user: str
    nonce: str
    bare: str


@frozen
class Closing:
    """The client's last message (RFC 5802 §7)."""

    header: bytes  # gs2-header and channel binding data
    nonce: str
    proof: bytes = field(repr=False)
    unproved: str  # all of it before the proof


def make_verifier(algorithm: str, password: str, salt: bytes, iterations: int) -> Verifier:
    """Return what is kept of a password (RFC 5802 §3). Takes milliseconds: for a hash thread."""
    salted = hashlib.pbkdf2_hmac(algorithm, prepared(password).encode(), salt, iterations)
    client_key = hmac.digest(salted, b"Client Key", algorithm)
    stored = hashlib.new(algorithm, client_key).digest()
    server_key = hmac.digest(salted, b"Server Key", algorithm)
    return Verifier(algorithm, salt, iterations, stored, server_key)


def is_proved(kept: Verifier, proof: bytes, message: bytes) -> bool:
    """Whether whoever made the proof of this AuthMessage knows the password (RFC 5802 §3)."""
    signature = hmac.digest(kept.stored_key, message, kept.algorithm)
    if len(proof) != len(signature):
        return False
    client_key = bytes(a ^ b for a, b in zip(proof, signature, strict=True))
    return hmac.compare_digest(hashlib.new(kept.algorithm, client_key).digest(), kept.stored_key)


def server_signature(kept: Verifier, message: bytes) -> bytes:
    """What proves to the client that we have its verifier (RFC 5802 §3)."""
    return hmac.digest(kept.server_key, message, kept.algorithm)


def prepared(password: str) -> str:
    """A password in the form of SASLprep (RFC 4013), in which both ends hash it.

    One that it forbids stays in the one form that we know (NFC), as most clients send it.
    """
    kept = "".join(
        " " if stringprep.in_table_c12(c) else c for c in password if not stringprep.in_table_b1(c)
    )
    # The tables are of Unicode 3.2; a newer letter is normalized as today's rules say.
    normal = unicodedata.normalize("NFKC", kept)
    if not normal or any(map(_forbidden, normal)) or not _of_one_direction(normal):
        return unicodedata.normalize("NFC", password)
    return normal


def _forbidden(c: str) -> bool:
    """Whether RFC 4013 §2.3 forbids a character."""
    return (
        stringprep.in_table_c12(c)
        or stringprep.in_table_c21_c22(c)
        or stringprep.in_table_c3(c)
        or stringprep.in_table_c4(c)
        or stringprep.in_table_c5(c)
        or stringprep.in_table_c6(c)
        or stringprep.in_table_c7(c)
        or stringprep.in_table_c8(c)
        or stringprep.in_table_c9(c)
    )


def _of_one_direction(words: str) -> bool:
    """RFC 3454 §6: what is written from right to left begins and ends so, without others."""
    if not any(map(stringprep.in_table_d1, words)):
        return True
    if any(map(stringprep.in_table_d2, words)):
        return False
    return stringprep.in_table_d1(words[0]) and stringprep.in_table_d1(words[-1])


def parse_opening(message: str) -> Opening:
    """Read client-first-message. Raises `Malformed`."""
    flag, comma, rest = message.partition(",")
    authzid, second, bare = rest.partition(",")
    if not comma or not second:
        raise Malformed("no gs2-header")
    binding, _, channel = flag.partition("=")
    if binding == "p":
        if not CHANNEL.fullmatch(channel):
            raise Malformed("no type of channel binding")
    elif flag not in {"n", "y"}:
        raise Malformed("no gs2-cbind-flag")
    if authzid and not authzid.startswith("a="):
        raise Malformed("no authzid")
    # "m=" at the front is an extension that must be understood (§5.1): it is refused as no name.
    parts = bare.split(",")
    if len(parts) < 2 or not parts[0].startswith("n=") or not parts[1].startswith("r="):
        raise Malformed("no name or no nonce")
    user, nonce = unescaped(parts[0][2:]), parts[1][2:]
    if not user or not NONCE.fullmatch(nonce):
        raise Malformed("an empty name, or no nonce")
    header = f"{flag},{authzid},"
    return Opening(header, binding, channel, unescaped(authzid[2:]), user, nonce, bare)


def parse_closing(message: str) -> Closing:
    """Read client-final-message. Raises `Malformed`."""
    unproved, comma, proof = message.rpartition(",")
    parts = unproved.split(",")
    if not comma or not proof.startswith("p=") or len(parts) < 2:
        raise Malformed("no proof")
    if not parts[0].startswith("c=") or not parts[1].startswith("r="):
        raise Malformed("no channel binding or no nonce")
    return Closing(_octets(parts[0][2:]), parts[1][2:], _octets(proof[2:]), unproved)


def unescaped(escaped: str) -> str:
    """What a saslname says (RFC 5802 §5.1): `=2C` and `=3D` stand for comma and equals sign."""

    def meant(found: re.Match[str]) -> str:
        if found[1] is None:
            raise Malformed("a bare equals sign in a name")
        return "," if found[1] == "2C" else "="

    if "\0" in escaped:
        raise Malformed("a NUL in a name")
    return ESCAPED.sub(meant, escaped)


def _octets(base64: str) -> bytes:
    try:
        return binascii.a2b_base64(base64.encode("ascii"), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError):
        raise Malformed("no base64") from None


def write_verifiers(kept: list[Verifier]) -> bytes:
    """Verifiers as octets, to be sealed."""
    return b" ".join(
        b"%b:%d:%b"
        % (
            one.algorithm.encode("ascii"),
            one.iterations,
            b":".join(
                octets.hex().encode() for octets in (one.salt, one.stored_key, one.server_key)
            ),
        )
        for one in kept
    )


def read_verifiers(octets: bytes) -> list[Verifier]:
    """What `write_verifiers` wrote."""
    found = []
    for words in octets.decode("ascii").split():
        algorithm, iterations, *rest = words.split(":")
        found.append(
            Verifier(
                algorithm, bytes.fromhex(rest[0]), int(iterations), *map(bytes.fromhex, rest[1:])
            )
        )
    return found
