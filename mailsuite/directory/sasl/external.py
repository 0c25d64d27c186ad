"""EXTERNAL (RFC 4422 appendix A): the handshake of TLS said who it is.

The identity is the certificate's own: its e-mail addresses, and nothing that the client says.
What the client may say is as whom of these it wants to act.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from attrs import define

from mailsuite.directory.identity import Account
from mailsuite.directory.sasl.exchange import Caller, Malformed, text


class Vouches(Protocol):
    """What exchanges ask of the directory where somebody else vouches for who it is."""

    async def enter(
        self, name: str, caller: Caller, prove: Callable[[], Awaitable[Sequence[str]]], authzid: str
    ) -> Account:
        """The account of the first address that has one, of those that `prove` finds out.

        `name` is what the client claims, for counting and the log: where a limit is met, nothing
        is proved.

        Raises:
            AuthenticationFailed: as `prove` does; it counts.
            NoAccount: none has an account that is open.
            AuthorizationFailed: the account is not whom they want to act as.
        """
        ...


@define
class External:
    """EXTERNAL: whom to act as, or nothing, in one response."""

    vouches: Vouches
    caller: Caller
    opening: bytes = b""

    async def step(self, response: bytes) -> bytes | Account:
        """See `Exchange.step`."""
        authzid = text(response)
        if "\0" in authzid:
            raise Malformed("a NUL in a name")
        tls = self.caller.tls
        shown = None if tls is None else tls.peer_certificate
        names = () if shown is None else shown.addresses

        async def prove() -> Sequence[str]:
            return names

        name = names[0] if names else authzid
        return await self.vouches.enter(name, self.caller, prove, authzid)
