"""Secrets that have to be read again, kept so that a copy of the database tells nobody.

The key lies beside the database, in `data_dir/seal.key`, and never in it: whoever has a dump, a
replica or an injected SELECT has nothing. What was sealed about one thing opens for no other.
"""

import base64
import hmac
import os
import secrets
from pathlib import Path

from attrs import field, frozen
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FILE = "seal.key"
KEY_OCTETS = 32
NONCE_OCTETS = 12  # NIST SP 800-38D §8.2; random: 2**32 of a key are safe
SALT_OCTETS = 16


@frozen
class Seal:
    """Seals and opens; every worker of a host has the same key."""

    key: bytes = field(repr=False)

    def seal(self, octets: bytes, about: str) -> str:
        """Encrypt octets that are `about` something: they open together with it alone."""
        nonce = secrets.token_bytes(NONCE_OCTETS)
        sealed = AESGCM(self._part("seal")).encrypt(nonce, octets, about.encode())
        return base64.b64encode(nonce + sealed).decode("ascii")

    def open(self, sealed: str, about: str) -> bytes | None:
        """Return what was sealed; None: with another key, or about something else."""
        try:
            octets = base64.b64decode(sealed, validate=True)
            nonce, rest = octets[:NONCE_OCTETS], octets[NONCE_OCTETS:]
            return AESGCM(self._part("seal")).decrypt(nonce, rest, about.encode())
        except (InvalidTag, ValueError):
            return None

    def salt(self, about: str) -> bytes:
        """A salt that is always the same for the same thing, and tells nothing of it."""
        octets = about.encode(errors="surrogatepass")
        return hmac.digest(self._part("salt"), octets, "sha256")[:SALT_OCTETS]

    def secret(self, use: str) -> bytes:
        """A key for one other use, always the same; it tells nothing of this one."""
        return self._part(f"secret {use}")

    def _part(self, use: str) -> bytes:
        return hmac.digest(self.key, use.encode(), "sha256")


def load_seal(data_dir: Path) -> Seal:
    """Read the key, or make it where there is none yet; it is on disk when this returns."""
    path = data_dir / FILE
    try:
        return Seal(_whole(path))
    except FileNotFoundError:
        pass
    made = data_dir / f"{FILE}.{secrets.token_hex(8)}"
    try:
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(KEY_OCTETS))
            file.flush()
            os.fsync(file.fileno())
        # Two that make it at once keep the one that was there first.
        os.link(made, path)
    except FileExistsError:
        pass
    finally:
        made.unlink(missing_ok=True)
    folder = os.open(data_dir, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return Seal(_whole(path))


def _whole(path: Path) -> bytes:
    key = path.read_bytes()
    if len(key) != KEY_OCTETS:
        raise OSError(f"{path} is damaged: put it back from a backup, or remove it")
    return key
