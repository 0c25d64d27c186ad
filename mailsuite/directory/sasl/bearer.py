"""OAUTHBEARER (RFC 7628) and XOAUTH2 (Google's, which phones have): a token instead of a password.

A refused token is told by a challenge that says why; the client answers it with nothing, and only
then has the exchange failed (RFC 7628 §3.2.3).
"""

import re
from typing import Protocol

from attrs import define, field, frozen

from mailsuite.directory.identity import Account
from mailsuite.directory.sasl.exchange import Caller, Malformed, text
from mailsuite.directory.sasl.scram import unescaped
from mailsuite.errors import AuthenticationFailed

SEPARATOR = "\x01"
DUMMY = (b"", b"\x01")
TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")  # RFC 6750 §2.1
SCHEME = "bearer "


@frozen
class Bearer:
    """What a client said."""

    user: str  # empty: whoever the token is of
    token: str = field(repr=False)


class Tokens(Protocol):
    """What the exchanges ask of the directory."""

    async def enter(self, given: Bearer, caller: Caller) -> Account:
        """Return whose token it is. Raises `MailError`, as `Vouches.enter` besides."""
        ...

    @property
    def refusal(self) -> bytes:
        """What a client whose token is refused is told, as JSON (RFC 7628 §3.2.2)."""
        ...


@define
class OAuthBearer:
    """OAUTHBEARER."""

    tokens: Tokens
    caller: Caller
    opening: bytes = b""
    _failed: AuthenticationFailed | None = field(default=None, init=False)

    async def step(self, response: bytes) -> bytes | Account:
        """See `Exchange.step`."""
        if self._failed is not None:
            if response not in DUMMY:
                raise Malformed("more than nothing after a refusal")
            raise self._failed
        given = self._read(text(response))
        try:
            return await self.tokens.enter(given, self.caller)
        except AuthenticationFailed as error:
            self._failed = error
            return self.tokens.refusal

    def _read(self, message: str) -> Bearer:
        """RFC 7628 §3.1: gs2-header, then pairs, of which `auth` counts."""
        header, _, rest = message.partition(SEPARATOR)
        flag, _, name = header.partition(",")
        # No channel binding: that is not this mechanism's (§3.1).
        if flag not in {"n", "y"} or not name.endswith(","):
            raise Malformed("no gs2-header")
        name = name[:-1]
        if name and not name.startswith("a="):
            raise Malformed("no authzid")
        if not rest.endswith(SEPARATOR * 2):
            raise Malformed("not ended")
        return Bearer(unescaped(name[2:]), _token(rest[:-2].split(SEPARATOR)))


@define
class XOAuth2(OAuthBearer):
    """XOAUTH2: `user=` NAME ^A `auth=Bearer ` TOKEN ^A ^A."""

    def _read(self, message: str) -> Bearer:
        user, separator, rest = message.partition(SEPARATOR)
        if not user.startswith("user=") or not separator or not rest.endswith(SEPARATOR * 2):
            raise Malformed("not as it has to be")
        if not user[5:] or "\0" in user:
            raise Malformed("no name")
        return Bearer(user[5:], _token(rest[:-2].split(SEPARATOR)))


def _token(pairs: list[str]) -> str:
    """The token of the one `auth` pair."""
    found = [pair[5:] for pair in pairs if pair.startswith("auth=")]
    if len(found) != 1 or not found[0].lower().startswith(SCHEME):
        raise Malformed("no Bearer token, or several")
    token = found[0][len(SCHEME) :].strip(" ")
    if not TOKEN.fullmatch(token):
        raise Malformed("no token")
    return token
