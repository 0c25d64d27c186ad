"""What is kept of a password: its hash, and beside it SCRAM's verifiers, sealed.

All verifiers of an account have the salt that belongs to its name, and unknown names have theirs
just so: a salt tells nobody who exists (A6), and an app password is found by its proof alone.
"""

from collections.abc import Sequence

from attrs import field, frozen

from mailsuite.directory.passwords import hash_password
from mailsuite.directory.sasl import scram
from mailsuite.directory.sasl.scram import Verifier
from mailsuite.store.sealing import Seal


@frozen
class Hashed:
    """What is stored of a password."""

    secret: str = field(repr=False)
    scram: str = field(repr=False)


def salt_of(seal: Seal, algorithm: str, name: str) -> bytes:
    """The salt that a name is told, whether it is an account's or not."""
    return seal.salt(f"scram {algorithm} {name}")


def hashed(seal: Seal, name: str, password: str) -> Hashed:
    """Hash the password of an account of that name, in all ways. For a hash thread."""
    secret = hash_password(password)
    return Hashed(secret, sealed_verifiers(seal, name, (password,), secret))


def sealed_verifiers(seal: Seal, name: str, typed: Sequence[str], secret: str) -> str:
    """SCRAM's verifiers of a password whose hash is `secret`. For a hash thread.

    They are about that hash: beside another one, of a changed password, they open no more.
    `typed` are the ways in which it may be typed.
    """
    made = [
        scram.make_verifier(algorithm, password, salt_of(seal, algorithm, name), scram.ITERATIONS)
        for algorithm in scram.NAMES.values()
        for password in typed
    ]
    return seal.seal(scram.write_verifiers(made), secret)


def opened_verifiers(seal: Seal, algorithm: str, sealed: str, secret: str) -> list[Verifier]:
    """Those of a hash; none where there are none, or they were sealed with another key or hash."""
    octets = seal.open(sealed, secret) if sealed else None
    if octets is None:
        return []
    return [one for one in scram.read_verifiers(octets) if one.algorithm == algorithm]
