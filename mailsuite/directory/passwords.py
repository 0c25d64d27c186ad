"""Hashes of passwords: argon2id through the passlib API, in one normal form.

These functions take 26 ms of a core (and no GIL): they run in the hash threads.
"""

import unicodedata

from passlib.context import CryptContext

from mailsuite.directory.foreign_hashes import SCHEMES, UnreadableHash, check_cost, seen_by

# t=2, m=19 MiB, p=1: what OWASP asks for at least, and 73 checks a second on two cores.
HASHES = CryptContext(
    schemes=list(SCHEMES),
    deprecated="auto",
    argon2__type="ID",
    argon2__time_cost=2,
    argon2__memory_cost=19 * 1024,
    argon2__parallelism=1,
)
# Of a random password that nobody knows: what an unknown user's password is compared with.
DUMMY = (
    "$argon2id$v=19$m=19456,t=2,p=1"
    "$/H+vtba2di5ljFFqjXGutQ$x7bfBG2hcJ9f4ghFH6szAmDrIFRAdCDdJRThMRvBkHs"
)


def normal(password: str) -> str:
    """The one form in which a password is hashed and compared: NFC.

    Phones and desktops write the same letter in one or in two code points.
    """
    return unicodedata.normalize("NFC", password)


def hash_password(password: str) -> str:
    """The hash that is stored, in modular crypt format."""
    return str(HASHES.hash(normal(password)))


def verify_password(secret: str, password: str) -> bool:
    """Whether the password is the one that was hashed; of a hash that asks too much, none is."""
    try:
        check_cost(secret)
    except UnreadableHash:
        return False
    if HASHES.verify(seen_by(secret, normal(password)), secret):
        return True
    # Other hosts hashed what they were sent: perhaps in two code points what we write in one.
    return password != normal(password) and bool(HASHES.verify(seen_by(secret, password), secret))


def is_outdated(secret: str) -> bool:
    """Whether the hash is weaker than those made now."""
    return bool(HASHES.needs_update(secret))
