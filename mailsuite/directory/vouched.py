"""Signing in where somebody else vouches for who it is: an issuer of tokens, an authority."""

from collections.abc import Awaitable, Callable, Sequence

from mailsuite.directory.admission import Admission, Visit
from mailsuite.directory.entrance import Entrance
from mailsuite.directory.identity import Account
from mailsuite.directory.sasl.exchange import Caller
from mailsuite.directory.tokens import ExpiredToken
from mailsuite.errors import AuthenticationFailed, NoAccount
from mailsuite.message.addresses import Address, BadAddress
from mailsuite.store.accounts import ACTIVE

MOST = 10  # names of one certificate that are looked up


class VouchedChecks:
    """See `sasl.external.Vouches`."""

    def __init__(self, admission: Admission, entrance: Entrance) -> None:
        self._admission = admission
        self._entrance = entrance

    async def enter(
        self, name: str, caller: Caller, prove: Callable[[], Awaitable[Sequence[str]]], authzid: str
    ) -> Account:
        """See `Vouches.enter`."""
        visit = self._admission.visit(name, caller)
        return await self._admission.settle(visit, self._entered(visit, prove, authzid))

    async def _entered(
        self, visit: Visit, prove: Callable[[], Awaitable[Sequence[str]]], authzid: str
    ) -> Account:
        self._admission.require(visit)
        try:
            names = await prove()
        except ExpiredToken:
            raise
        except AuthenticationFailed:
            await self._admission.counted(visit, _wrong)
            raise
        for name in names[:MOST]:
            row = await self._entrance.find(_address(name))
            # Who vouches has said who it is: that nobody is there tells a stranger nothing.
            if row is not None and row.state == ACTIVE:
                account = await self._entrance.enter(visit, row, None, authzid)
                self._admission.succeeded(visit)
                return account
        raise NoAccount


async def _wrong() -> bool:
    return False


def _address(name: str) -> Address | None:
    try:
        return Address.parse(name).canonical
    except BadAddress:
        return None
