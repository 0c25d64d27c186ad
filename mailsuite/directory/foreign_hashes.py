"""Hashes that other hosts made: bcrypt, sha-crypt, PBKDF2, LDAP's and Dovecot's `{SCHEME}`.

They are read, and replaced by our own at the next sign-in with the password. What a hash asks for
in work and memory is bounded: one of a stranger's making must not stop the house.
"""

import re
from typing import Final

from passlib.context import CryptContext
from passlib.hash import pbkdf2_sha1

from mailsuite.errors import MailError

# The first makes new ones; the others are read only.
SCHEMES: Final = (
    "argon2",
    "bcrypt",
    "sha512_crypt",
    "sha256_crypt",
    "md5_crypt",
    "pbkdf2_sha512",
    "pbkdf2_sha256",
    "pbkdf2_sha1",
    "ldap_salted_sha512",
    "ldap_salted_sha256",
    "ldap_salted_sha1",
    "ldap_salted_md5",
    "ldap_sha1",
    "ldap_md5",
)
READ = CryptContext(schemes=list(SCHEMES))
LONGEST = 1_024  # characters of a hash
# About a second of a core, once; 64 times what our own take in memory.
MOST_ROUNDS: Final = {
    "argon2": 16,
    "bcrypt": 14,  # the logarithm
    "sha512_crypt": 1_000_000,
    "sha256_crypt": 1_000_000,
    "pbkdf2_sha512": 1_000_000,
    "pbkdf2_sha256": 1_000_000,
    "pbkdf2_sha1": 2_000_000,
}
MOST_MEMORY_KIB = 256 * 1024
MOST_LANES = 16
BCRYPT_OCTETS = 72  # what follows them, bcrypt does not see

SCHEME = re.compile(r"\{([A-Za-z0-9-]{1,20})(?:\.(?:b64|base64))?\}(.*)", re.DOTALL | re.IGNORECASE)
# Dovecot's names of what stands behind them as crypt(3) writes it.
CRYPT: Final = frozenset(
    {"CRYPT", "BLF-CRYPT", "SHA512-CRYPT", "SHA256-CRYPT", "MD5-CRYPT", "ARGON2ID", "ARGON2I"}
)
LDAP: Final = {"SSHA", "SSHA256", "SSHA512", "SMD5", "SHA", "LDAP-MD5"}
PBKDF2 = re.compile(r"\$1\$([^$]{1,64})\$([0-9]{1,8})\$([0-9a-fA-F]{40})")


class UnreadableHash(MailError):  # noqa: N818 - named for what happened, as in `errors`
    """What was given is no hash that we read; the words say why."""


def read_hash(text: str) -> str:
    """A hash in the form in which it is kept, from what another host has.

    Raises:
        UnreadableHash: it is of no scheme that we read, or asks for too much.
    """
    text = text.strip()
    if len(text) > LONGEST or not text.isprintable():
        raise UnreadableHash("That is no hash")
    kept = _plain(text)
    if READ.identify(kept) is None:
        raise UnreadableHash(
            "That hash is of no scheme that is read here: bcrypt, sha512-crypt, sha256-crypt, "
            "argon2, PBKDF2, or Dovecot's {SSHA512} and the like"
        )
    check_cost(kept)
    return kept


def check_cost(kept: str) -> None:
    """Make sure that a hash is whole, and asks for no more work and memory than is given.

    Raises:
        UnreadableHash: it is not.
    """
    name = READ.identify(kept)
    if name is None:
        raise UnreadableHash("That hash is of no scheme that is read here")
    try:
        parsed = READ.handler(name).from_string(kept)
    except (ValueError, TypeError):
        raise UnreadableHash("That hash is not whole") from None
    rounds, memory = getattr(parsed, "rounds", 0), getattr(parsed, "memory_cost", 0)
    lanes = getattr(parsed, "parallelism", 1)
    if rounds > MOST_ROUNDS.get(name, 0) and name in MOST_ROUNDS:
        raise UnreadableHash(f"That hash takes {rounds} rounds; {MOST_ROUNDS[name]} are the most")
    if memory > MOST_MEMORY_KIB or lanes > MOST_LANES:
        raise UnreadableHash(f"That hash takes more than {MOST_MEMORY_KIB // 1024} MiB of memory")


def seen_by(kept: str, password: str) -> str | bytes:
    """The password as far as the scheme of a hash sees it."""
    octets = password.encode()
    if READ.identify(kept) == "bcrypt" and len(octets) > BCRYPT_OCTETS:
        return octets[:BCRYPT_OCTETS]
    return password


def _plain(text: str) -> str:
    """Without Dovecot's name of the scheme, where what follows says it itself."""
    found = SCHEME.fullmatch(text)
    if found is None:
        return text
    name, rest = found[1].upper(), found[2]
    if name in CRYPT:
        return rest
    if name in LDAP:
        return f"{{{name.removeprefix('LDAP-')}}}{rest}"
    if name == "PBKDF2" and (parts := PBKDF2.fullmatch(rest)) is not None:
        return _pbkdf2(*parts.groups())
    raise UnreadableHash(f"Hashes of the scheme {name} are not read here")


def _pbkdf2(salt: str, rounds: str, checksum: str) -> str:
    """Dovecot's `$1$salt$rounds$hex`, which is PBKDF2 with HMAC-SHA-1."""
    if not 0 < int(rounds) <= MOST_ROUNDS["pbkdf2_sha1"]:
        raise UnreadableHash("That hash takes too many rounds, or none")
    made = pbkdf2_sha1(salt=salt.encode(), rounds=int(rounds), checksum=bytes.fromhex(checksum))
    return str(made.to_string())
