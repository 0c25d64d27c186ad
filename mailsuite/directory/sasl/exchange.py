"""What an exchange is, whatever its mechanism, and how its messages stand on the wire.

A door sends `opening` as the first challenge when its client gave no initial response, and hands
each response, decoded, to `step` until an account comes out. A response of `CANCEL` ends the
exchange (RFC 4954 §4, RFC 5034 §4, RFC 3501 §6.2.2) and is the door's to see.
"""

import binascii
from collections.abc import Awaitable, Callable
from typing import Protocol

from attrs import frozen

from mailsuite.directory.identity import Account, Credentials
from mailsuite.errors import AuthenticationFailed
from mailsuite.wire.link import Peer, Tls

CANCEL = b"*"
RESPONSE_OCTETS = 12 * 1024  # decoded; base64 makes 16 KiB of it, the line limit of AUTH

Checks = Callable[[Credentials], Awaitable[Account]]


class Malformed(AuthenticationFailed):
    """A response that breaks its mechanism's syntax, or is no base64: the exchange is over."""


class Exchange(Protocol):
    """One client's attempt at one mechanism."""

    opening: bytes  # the server's first challenge, where no initial response came

    async def step(self, response: bytes) -> bytes | Account:
        """Return the next challenge, or who has signed in.

        What a mechanism says with its success (RFC 4422 §5, additional data) is a challenge of
        its own, answered by an empty response: no door's protocol has another place for it.

        Raises:
            Malformed: the exchange is over; nothing was tried.
            MailError: as `Directory.sign_in`; the exchange is over.
        """
        ...


@frozen
class Caller:
    """Who is at the other end of an exchange, and at which door ("imap", "pop3", "submission")."""

    peer: Peer
    door: str
    tls: Tls | None = None


def text(response: bytes) -> str:
    """A response as text.

    Raises:
        Malformed: it is too long, or no UTF-8.
    """
    if len(response) > RESPONSE_OCTETS:
        raise Malformed("too long")
    try:
        return response.decode()
    except UnicodeDecodeError:
        # The cause would carry the password into a log.
        raise Malformed("not UTF-8") from None


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
