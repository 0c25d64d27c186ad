"""SCRAM-SHA-256 and SCRAM-SHA-1, each with -PLUS, as a server speaks them (RFC 5802 §5 to §7)."""

import binascii
import secrets
from collections.abc import Callable
from typing import Any, Protocol

from attrs import define, field, frozen

from mailsuite.directory.identity import Account
from mailsuite.directory.sasl import scram
from mailsuite.directory.sasl.exchange import Caller, Malformed, text
from mailsuite.directory.sasl.scram import Opening, Verifier
from mailsuite.errors import AuthenticationFailed

NONCE_OCTETS = 18


class Downgraded(AuthenticationFailed):
    """The client saw no -PLUS where it was offered: somebody between changed the list (A5)."""


class WrongBinding(AuthenticationFailed):
    """The client is at the end of another TLS channel than we are (A5)."""


@frozen
class Known:
    """What a name is told of itself, whether it is somebody's or not (A6)."""

    salt: bytes
    iterations: int
    verifiers: tuple[Verifier, ...] = field(repr=False)  # at least one, be it nobody's
    who: Any = field(repr=False)  # the gate's own


class Gate(Protocol):
    """What the exchange asks of the directory."""

    async def known(self, user: str, algorithm: str, caller: Caller) -> Known:
        """Return what the client's proof is made with. Raises `SignInThrottled`."""
        ...

    async def admit(
        self, known: Known, outcome: Verifier | AuthenticationFailed, authzid: str
    ) -> Account:
        """Return who it is, after the proof of this verifier, or raise what failed; it counts."""
        ...


@define
class Scram:
    """One exchange: two messages of the client, and an empty one after the server's signature."""

    gate: Gate
    caller: Caller
    algorithm: str
    plus: bool  # the client chose -PLUS
    plus_offered: bool
    nonce: Callable[[], str] = lambda: secrets.token_urlsafe(NONCE_OCTETS)
    opening: bytes = b""
    _first: Opening | None = field(default=None, init=False)
    _challenge: str = field(default="", init=False)
    _nonce: str = field(default="", init=False)
    _known: Known | None = field(default=None, init=False)
    _account: Account | None = field(default=None, init=False)

    async def step(self, response: bytes) -> bytes | Account:
        """See `Exchange.step`."""
        given = text(response)
        if self._account is not None:
            if given:
                raise Malformed("nothing was to be said any more")
            return self._account
        if self._first is None:
            return await self._begun(scram.parse_opening(given))
        return await self._ended(given, self._first)

    async def _begun(self, first: Opening) -> bytes:
        if self.plus != (first.binding == "p"):
            # §6: -PLUS binds to the channel, and nothing else does.
            raise Malformed("the channel binding is not the mechanism's")
        known = await self.gate.known(first.user, self.algorithm, self.caller)
        self._first, self._known = first, known
        self._nonce = first.nonce + self.nonce()
        salt = binascii.b2a_base64(known.salt, newline=False).decode("ascii")
        self._challenge = f"r={self._nonce},s={salt},i={known.iterations}"
        return self._challenge.encode("ascii")

    async def _ended(self, given: str, first: Opening) -> bytes:
        known = self._known
        assert known is not None
        last = scram.parse_closing(given)
        if last.nonce != self._nonce:
            raise Malformed("another nonce")
        message = f"{first.bare},{self._challenge},{last.unproved}".encode()
        outcome = self._outcome(known, first, last, message)
        self._account = await self.gate.admit(known, outcome, first.authzid)
        assert isinstance(outcome, Verifier)
        signature = scram.server_signature(outcome, message)
        return b"v=" + binascii.b2a_base64(signature, newline=False)

    def _outcome(
        self, known: Known, first: Opening, last: scram.Closing, message: bytes
    ) -> Verifier | AuthenticationFailed:
        """The verifier that the proof is of, or why there is none: told to the log alone."""
        if first.binding == "y" and self.plus_offered:
            return Downgraded()
        if last.header != first.header.encode() + self._bound(first):
            return WrongBinding()
        for kept in known.verifiers:
            if scram.is_proved(kept, last.proof, message):
                return kept
        return AuthenticationFailed()

    def _bound(self, first: Opening) -> bytes:
        """The channel binding data that we know; of a type that we have not: nobody's."""
        if first.binding != "p":
            return b""
        tls = self.caller.tls
        bound = None if tls is None else tls.binding(first.channel)
        return secrets.token_bytes(32) if bound is None else bound
