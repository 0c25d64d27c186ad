"""PLAIN (RFC 4616) and LOGIN: the password itself, so in TLS only (the doors see to that)."""

from attrs import define, field

from mailsuite.directory.identity import Account, Credentials
from mailsuite.directory.sasl.exchange import Checks, Malformed, text


@define
class Plain:
    """PLAIN: authzid NUL authcid NUL password, in one response (RFC 4616 §2)."""

    checks: Checks
    opening: bytes = b""

    async def step(self, response: bytes) -> bytes | Account:
        """See `Exchange.step`."""
        parts = text(response).split("\0")
        if len(parts) != 3:
            raise Malformed("not three parts")
        authzid, authcid, password = parts
        if not authcid or not password:
            raise Malformed("an empty name or password")
        return await self.checks(Credentials(authcid, password, authzid))


@define
class Login:
    """LOGIN (draft-murchison-sasl-login): a name, then a password, each in its own response.

    Old Outlooks know only this one. The name may come as initial response.
    """

    checks: Checks
    opening: bytes = b"Username:"
    _user: str | None = field(default=None, init=False)

    async def step(self, response: bytes) -> bytes | Account:
        """See `Exchange.step`."""
        given = text(response)
        if not given or "\0" in given:
            raise Malformed("an empty name or password, or a NUL")
        if self._user is None:
            self._user = given
            return b"Password:"
        return await self.checks(Credentials(self._user, given))
