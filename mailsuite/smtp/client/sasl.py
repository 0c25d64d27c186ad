"""Signing in to a smarthost: the client's half of each SASL mechanism (RFC 4422). No I/O.

A step may read a file or hash a password thousands of times: sessions run it in a thread.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Protocol

from attrs import define, field

from mailsuite.directory.sasl.scram import prepared
from mailsuite.relay.ports import Login
from mailsuite.wire.link import Tls

EXPORTER = "tls-exporter"  # RFC 9266
# A host may name any number: beyond this it costs more than a password is worth guarding.
ITERATIONS = range(4_096, 1_000_001)  # RFC 7677 §4
HASHES = {"SCRAM-SHA-256": "sha256", "SCRAM-SHA-1": "sha1"}
NONCE_OCTETS = 18
TOKEN_OCTETS = 16 * 1024
_FIRST = re.compile(rb"r=([!-+\--~]{1,512}),s=([A-Za-z0-9+/=]{1,1024}),i=([1-9][0-9]{0,9})(?:,.*)?")


class Mistrusted(Exception):  # noqa: N818 - an outcome
    """What the host says is no part of the mechanism, or proves that it knows no password."""


class Exchange(Protocol):
    """One sign-in."""

    mechanism: str

    def begin(self) -> bytes | None:
        """The initial response; None: the host speaks first. Raises `Mistrusted`."""
        ...

    def step(self, challenge: bytes) -> bytes:
        """The response to a challenge. Raises `Mistrusted`."""
        ...

    @property
    def complete(self) -> bool:
        """Whether all that the mechanism asks for was said, by the host too."""
        ...


@define
class Plain:
    """RFC 4616."""

    login: Login
    mechanism: str = "PLAIN"
    complete: bool = True

    def begin(self) -> bytes:
        """See `Exchange.begin`."""
        return f"\0{self.login.user}\0{self.login.password}".encode()

    def step(self, challenge: bytes) -> bytes:  # noqa: ARG002 - see `Exchange`
        """All was said."""
        raise Mistrusted("asks for more than PLAIN has")


@define
class InTwoSteps:
    """LOGIN, which no RFC describes: name, then password, whatever the host asks with."""

    login: Login
    mechanism: str = "LOGIN"
    _said: int = field(default=0, init=False)

    @property
    def complete(self) -> bool:
        """See `Exchange.complete`."""
        return self._said == 2

    def begin(self) -> None:
        """The host asks first."""

    def step(self, challenge: bytes) -> bytes:  # noqa: ARG002 - see `Exchange`
        """See `Exchange.step`."""
        words = (self.login.user, self.login.password)
        if self.complete:
            raise Mistrusted("asks for more than LOGIN has")
        self._said += 1
        return words[self._said - 1].encode()


@define
class Scram:
    """RFC 5802, RFC 7677; bound to the connection where the host can (RFC 9266)."""

    mechanism: str
    login: Login
    flag: str  # "n" | "y" | "p=tls-exporter"
    binding: bytes
    nonce: str = field(factory=lambda: secrets.token_urlsafe(NONCE_OCTETS))
    complete: bool = field(default=False, init=False)
    _bare: str = field(default="", init=False)
    _server_signature: bytes = field(default=b"", init=False)

    def begin(self) -> bytes:
        """client-first-message (§7)."""
        name = self.login.user.replace("=", "=3D").replace(",", "=2C")
        self._bare = f"n={name},r={self.nonce}"
        return f"{self.flag},,{self._bare}".encode()

    def step(self, challenge: bytes) -> bytes:
        """client-final-message, then the host's own proof (§5, §9)."""
        if not self._server_signature:
            return self._prove(challenge)
        said = challenge.partition(b",")[0].removeprefix(b"v=")
        if not hmac.compare_digest(_decoded(said), self._server_signature):
            raise Mistrusted("does not know our password itself")
        self.complete = True
        return b""

    def _prove(self, challenge: bytes) -> bytes:
        found = _FIRST.fullmatch(challenge)
        if found is None:
            raise Mistrusted("sends no server-first-message")
        nonce, salt, iterations = found[1].decode(), _decoded(found[2]), int(found[3])
        if not nonce.startswith(self.nonce) or nonce == self.nonce:
            raise Mistrusted("sends another nonce than ours")
        if iterations not in ITERATIONS:
            raise Mistrusted(f"asks for {iterations} iterations")
        algorithm = HASHES[self.mechanism.removesuffix("-PLUS")]
        channel = base64.b64encode(f"{self.flag},,".encode() + self.binding).decode()
        unproved = f"c={channel},r={nonce}"
        message = b",".join([self._bare.encode(), challenge, unproved.encode()])
        password = prepared(self.login.password).encode()
        salted = hashlib.pbkdf2_hmac(algorithm, password, salt, iterations)
        key = hmac.digest(salted, b"Client Key", algorithm)
        signature = hmac.digest(hashlib.new(algorithm, key).digest(), message, algorithm)
        proof = bytes(a ^ b for a, b in zip(key, signature, strict=True))
        server_key = hmac.digest(salted, b"Server Key", algorithm)
        self._server_signature = hmac.digest(server_key, message, algorithm)
        return f"{unproved},p={base64.b64encode(proof).decode()}".encode()


@define
class Token:
    """OAUTHBEARER (RFC 7628) and XOAUTH2: an access token that another program keeps fresh."""

    mechanism: str
    login: Login
    complete: bool = True

    def begin(self) -> bytes:
        """See `Exchange.begin`; the file is read now."""
        assert self.login.token_file is not None
        try:
            with self.login.token_file.open("rb") as file:
                token = file.read(TOKEN_OCTETS).strip()
        except OSError as error:
            raise Mistrusted(f"is not signed in to: {error.strerror}") from error
        if not re.fullmatch(rb"[!-~]+", token):
            raise Mistrusted("is not signed in to: the token file holds no token")
        user = self.login.user
        if self.mechanism == "XOAUTH2":
            return b"user=%b\x01auth=Bearer %b\x01\x01" % (user.encode(), token)
        name = user.replace("=", "=3D").replace(",", "=2C").encode()
        return b"n,a=%b,\x01auth=Bearer %b\x01\x01" % (name, token)

    def step(self, challenge: bytes) -> bytes:  # noqa: ARG002 - why it failed, in JSON
        """The host says why not; this ends it (RFC 7628 §3.2.3)."""
        return b"" if self.mechanism == "XOAUTH2" else b"\x01"


def choose(offered: AbstractSet[str], login: Login, tls: Tls) -> Exchange | None:
    """The best mechanism that the host offers; None: it offers none that we can use."""
    if login.token_file is not None:
        names = [name for name in ("OAUTHBEARER", "XOAUTH2") if name in offered]
        return Token(names[0], login) if names else None
    exporter = tls.binding(EXPORTER)
    for name in HASHES:
        if exporter is not None and f"{name}-PLUS" in offered:
            return Scram(f"{name}-PLUS", login, f"p={EXPORTER}", exporter)
        if name in offered:
            # "y": had the host offered -PLUS and somebody taken that away, it finds out (§6).
            return Scram(name, login, "n" if exporter is None else "y", b"")
    simple: dict[str, Callable[[Login], Exchange]] = {"PLAIN": Plain, "LOGIN": InTwoSteps}
    return next((make(login) for name, make in simple.items() if name in offered), None)


def _decoded(octets: bytes) -> bytes:
    try:
        return binascii.a2b_base64(octets, strict_mode=True)
    except binascii.Error:
        raise Mistrusted("sends no base64") from None
