"""SASL for the fakes of a directory that know a password only."""

from collections.abc import Awaitable
from typing import Protocol

from mailsuite.directory.identity import Account, Credentials
from mailsuite.directory.sasl.exchange import Caller, Checks, Exchange
from mailsuite.directory.sasl.offer import Offer, by_password
from mailsuite.wire.link import Link, Peer


class Signs(Protocol):
    def sign_in(self, credentials: Credentials, peer: Peer, door: str) -> Awaitable[Account]: ...


class ByPassword:
    """PLAIN and LOGIN over `sign_in`."""

    def mechanisms(self, link: Link) -> tuple[str, ...]:
        return ("PLAIN", "LOGIN")

    def begin(self: Signs, mechanism: str, link: Link, door: str) -> Exchange | None:
        def checks(caller: Caller) -> Checks:
            return lambda given: self.sign_in(given, caller.peer, caller.door)

        return Offer(by_password(checks)).begin(mechanism, Caller(link.peer, door, link.tls))
