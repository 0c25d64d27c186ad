"""The last step of every sign-in: who it is, and whether they may come in by this door.

What an app password is good for is decided here, and nowhere wider (A11).
"""

from mailsuite.directory.admission import Admission, Visit
from mailsuite.directory.app_passwords import READ_ONLY, fits
from mailsuite.directory.capabilities import asked_for, hidden
from mailsuite.directory.identity import Account
from mailsuite.directory.outside import Outside
from mailsuite.directory.sign_in_rows import SignInRows
from mailsuite.directory.uses import Uses
from mailsuite.errors import (
    AuthenticationFailed,
    AuthorizationFailed,
    CredentialExpired,
    SignInUnavailable,
    Unavailable,
)
from mailsuite.message.addresses import Address, BadAddress
from mailsuite.store.accounts import ACTIVE
from mailsuite.store.app_passwords import AppPassword, read_app_passwords
from mailsuite.store.credentials import SignIn
from mailsuite.store.opening import Store


class Entrance:
    """Finds accounts by name, and lets those in whose credential was right."""

    def __init__(self, store: Store, admission: Admission, uses: Uses) -> None:
        self._store = store
        self._admission = admission
        self._uses = uses
        self.rows = SignInRows(store, admission.throttle.seconds)
        self.outside: Outside | None = None  # another directory that knows people

    async def find(self, at: Address | None) -> SignIn | None:
        """The account that signs in with this canonical address; None: nobody's."""
        if at is None:
            return None
        if self.outside is not None and self.outside.covers(at):
            try:
                await self.outside.admit(at)
            except Unavailable as error:
                raise SignInUnavailable from error
        return await self.rows.find(at)

    async def apps(self, row: SignIn | None) -> list[AppPassword]:
        """The app passwords of an account; the same work where there is none (A3)."""
        return await self._store.readers.run(
            read_app_passwords, 0 if row is None else row.account_id
        )

    async def enter(
        self, visit: Visit, row: SignIn, app: AppPassword | None, authzid: str = ""
    ) -> Account:
        """Let somebody in who has proved to be `row`, with the app password or without one.

        Raises:
            CredentialExpired: the app password was right, once.
            AuthorizationFailed: they want to act for somebody else (A14).
            AuthenticationFailed: the account is shut, or the app password is for other doors.
        """
        if row.state != ACTIVE:
            raise AuthenticationFailed
        if app is not None:
            if app.expires and app.expires <= self._store.clock():
                raise CredentialExpired
            if not fits(app.scopes, visit.door):
                raise AuthenticationFailed
        if authzid and not await self._is_own(authzid, row):
            raise AuthorizationFailed
        if app is not None:
            self._uses.note(app)
        account = _account(row, app)
        self._admission.tell("ok", visit, account.name)
        return account

    async def _is_own(self, authzid: str, row: SignIn) -> bool:
        """Whether whom to act as is the account itself, by any of its addresses."""
        try:
            other = await self.find(Address.parse(authzid).canonical)
        except BadAddress:
            return False
        return other is not None and other.account_id == row.account_id


def _account(row: SignIn, app: AppPassword | None) -> Account:
    words = (row.capabilities,) if app is None else (row.capabilities, app.capabilities)
    read_only = app is not None and READ_ONLY in app.scopes.split()
    return Account(
        row.account_id,
        row.name,
        # Who only reads administers nothing either.
        "user" if read_only else row.role,
        row.generation,
        hidden(*words),
        asked_for(*words),
        "" if app is None else app.name,
        read_only,
    )
