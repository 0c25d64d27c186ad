"""Signing in by a password: an app password first, then the account's own (`password_checks`)."""

from mailsuite.directory.admission import Admission, Visit
from mailsuite.directory.app_passwords import find_app, may_be_app
from mailsuite.directory.entrance import Entrance
from mailsuite.directory.identity import Account, Credentials
from mailsuite.directory.password_checks import PasswordChecks
from mailsuite.directory.sasl.exchange import Caller
from mailsuite.errors import AuthenticationFailed
from mailsuite.store.app_passwords import AppPassword
from mailsuite.store.credentials import SignIn


class SignIns:
    """Checks what PLAIN, LOGIN, USER and PASS bring."""

    def __init__(self, admission: Admission, entrance: Entrance, passwords: PasswordChecks) -> None:
        self._admission = admission
        self._entrance = entrance
        self._passwords = passwords

    async def sign_in(self, given: Credentials, caller: Caller) -> Account:
        """See `mailsuite.directory.service.Directory.sign_in`."""
        visit = self._admission.visit(given.user, caller)
        return await self._admission.settle(visit, self._account(given, visit))

    async def _account(self, given: Credentials, visit: Visit) -> Account:
        self._admission.require(visit)
        password = given.password
        if not _may_be_password(password, self._admission.throttle.limits.password_octets):
            raise AuthenticationFailed  # before any work: A13
        row = await self._entrance.find(visit.address)
        app = await self._app(row, password)
        if app is None:
            await self._passwords.check(visit, row, password)
        assert row is not None
        account = await self._entrance.enter(visit, row, app, given.authzid)
        if app is not None:
            self._admission.succeeded(visit)
        return account

    async def _app(self, row: SignIn | None, password: str) -> AppPassword | None:
        """Find the app password that it is: no hash that costs, and nobody waits for a turn."""
        if row is None or not may_be_app(password):
            return None
        return find_app(await self._entrance.apps(row), password)


def _may_be_password(password: str, most: int) -> bool:
    try:
        return len(password.encode()) <= most
    except UnicodeEncodeError:  # octets that were no UTF-8
        return False
