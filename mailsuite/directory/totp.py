"""One-time passwords (RFC 6238) for the pages where people look after their account.

At the doors of mail the account's own password stays good beside them: no mail program asks for
a code. Whoever wants none there gives programs app passwords.
"""

import base64
import hmac
import secrets
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from mailsuite.errors import AuthenticationFailed, NoSuchThing, SignInThrottled
from mailsuite.message.addresses import Address
from mailsuite.store.accounts import show_account
from mailsuite.store.opening import Store
from mailsuite.store.totp import Use, read_totp, remove_totp, set_totp, use_code

SECRET_OCTETS = 20  # RFC 4226 §4, R6
DIGITS = 6
STEP_SECONDS = 30
SKEW = 1  # steps that a clock may be wrong by (RFC 6238 §5.2)


def code_of(secret: bytes, step: int) -> str:
    """The code of a step: so many times 30 seconds since 1970 (RFC 6238 §4)."""
    made = TOTP(secret, DIGITS, SHA1(), STEP_SECONDS, enforce_key_length=False)  # noqa: S303 - HMAC
    return made.generate(step * STEP_SECONDS).decode("ascii")


def step_of(secret: bytes, code: str, now: float) -> int | None:
    """The step that a code is of, about now; None: of none."""
    given = code.strip().replace(" ", "").encode(errors="replace")
    at = int(now) // STEP_SECONDS
    found = None
    for step in range(at - SKEW, at + SKEW + 1):
        if hmac.compare_digest(code_of(secret, step).encode(), given):
            found = step
    return found


class OneTime:
    """Looks after the secrets, and takes codes."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(self, at: Address) -> str:
        """Make a secret in the place of any before it; its `otpauth:` URI, never shown again.

        Raises:
            NoSuchThing: the address is no account's.
        """
        person = await self._store.readers.run(show_account, at)
        secret = secrets.token_bytes(SECRET_OCTETS)
        sealed = self._store.seal.seal(secret, f"totp {person.id}")
        await self._store.writer.run(set_totp, person.id, sealed)
        label = quote(f"{at.domain}:{person.name}", safe="@")
        words = {
            "secret": base64.b32encode(secret).decode("ascii"),
            "issuer": at.domain,
            "digits": DIGITS,
            "period": STEP_SECONDS,
        }
        return f"otpauth://totp/{label}?{urlencode(words)}"

    async def remove(self, at: Address) -> None:
        """Take the secret away. Raises `NoSuchThing`: there is none."""
        person = await self._store.readers.run(show_account, at)
        if not await self._store.writer.run(remove_totp, person.id):
            raise NoSuchThing(f"{at} has no one-time passwords")

    async def check(self, at: Address, code: str) -> None:
        """Take a code: once.

        Raises:
            NoSuchThing: the account has no one-time passwords.
            AuthenticationFailed: it is wrong, or was used.
            SignInThrottled: five were, within five minutes.
        """
        person = await self._store.readers.run(show_account, at)
        sealed = await self._store.readers.run(read_totp, person.id)
        if sealed is None:
            raise NoSuchThing(f"{at} has no one-time passwords")
        secret = self._store.seal.open(sealed, f"totp {person.id}")
        # A secret that opens no more (another key) takes no code at all.
        step = None if secret is None else step_of(secret, code, self._store.clock())
        use = await self._store.writer.run(use_code, person.id, sealed, step)
        if use is Use.TOO_MANY:
            raise SignInThrottled("Too many wrong codes: wait five minutes")
        if use is Use.WRONG:
            raise AuthenticationFailed("That code is wrong, or was used before")
