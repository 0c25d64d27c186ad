"""SASL mechanisms as exchanges without I/O, for every door: PLAIN (RFC 4616) and LOGIN.

A session sends `opening` as the first challenge when its client gave no initial response, and
hands each response, decoded, to `step` until credentials come out. A response of `CANCEL`
ends the exchange (RFC 4954 §4, RFC 5034 §4, RFC 3501 §6.2.2) and is the session's to see.
"""

import binascii
from collections.abc import Callable
from typing import Protocol

from attrs import define, field

from mailsuite.directory.identity import Credentials
from mailsuite.errors import AuthenticationFailed

CANCEL = b"*"
RESPONSE_OCTETS = 12 * 1024  # decoded; base64 makes 16 KiB of it, the line limit of AUTH


class Malformed(AuthenticationFailed):
    """A response that breaks its mechanism's syntax, or is no base64: the exchange is over."""


class Exchange(Protocol):
    """One client's attempt at one mechanism."""

    opening: bytes  # the server's first challenge, where no initial response came

    def step(self, response: bytes) -> bytes | Credentials:
        """Return the next challenge, or what the client gave.

        Raises:
            Malformed: the exchange is over.
        """
        ...


@define
class Plain:
    """PLAIN: authzid NUL authcid NUL password, in one response (RFC 4616 §2)."""

    opening: bytes = b""

    def step(self, response: bytes) -> bytes | Credentials:
        """See `Exchange.step`."""
        authzid, authcid, password = _three(_text(response))
        if not authcid or not password:
            raise Malformed("an empty name or password")
        return Credentials(authcid, password, authzid)


@define
class Login:
    """LOGIN (draft-murchison-sasl-login): a name, then a password, each in its own response.

    Old Outlooks know only this one. The name may come as initial response.
    """

    opening: bytes = b"Username:"
    _user: str | None = field(default=None, init=False)

    def step(self, response: bytes) -> bytes | Credentials:
        """See `Exchange.step`."""
        given = _text(response)
        if not given or "\0" in given:
            raise Malformed("an empty name or password, or a NUL")
        if self._user is None:
            self._user = given
            return b"Password:"
        return Credentials(self._user, given)


def _text(response: bytes) -> str:
    if len(response) > RESPONSE_OCTETS:
        raise Malformed("too long")
    try:
        return response.decode()
    except UnicodeDecodeError:
        # The cause would carry the password into a log.
        raise Malformed("not UTF-8") from None


def _three(given: str) -> tuple[str, str, str]:
    parts = given.split("\0")
    if len(parts) != 3:
        raise Malformed("not three parts")
    return parts[0], parts[1], parts[2]


def decoded(octets: bytes) -> bytes:
    """A response as it stands on the wire: base64, `=` alone for an empty one (RFC 4954 §4).

    Raises:
        Malformed: no strict base64, or too long.
    """
    if octets == b"=":
        return b""
    if len(octets) > 2 * RESPONSE_OCTETS:
        raise Malformed("too long")
    try:
        return binascii.a2b_base64(octets, strict_mode=True)
    except binascii.Error:
        raise Malformed("no base64") from None


def encoded(challenge: bytes) -> bytes:
    """A challenge as it stands on the wire, without `+ ` or `334 ` before it."""
    return binascii.b2a_base64(challenge, newline=False)


MECHANISMS: dict[str, Callable[[], Exchange]] = {"PLAIN": Plain, "LOGIN": Login}


def mechanisms() -> tuple[str, ...]:
    """What is offered, best first; under TLS only (the doors see to that)."""
    return tuple(MECHANISMS)


def exchange(mechanism: str) -> Exchange | None:
    """A new exchange of the mechanism, named in any case; None: not offered."""
    make = MECHANISMS.get(mechanism.upper())
    return make() if make else None
