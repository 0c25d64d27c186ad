"""All ways to sign in, put together over one store and one throttle."""

from collections.abc import Callable

from mailsuite.directory.admission import Admission
from mailsuite.directory.entrance import Entrance
from mailsuite.directory.identity import Account, Credentials
from mailsuite.directory.issuer import Issuer
from mailsuite.directory.outside import Outside
from mailsuite.directory.password_checks import PasswordChecks
from mailsuite.directory.sasl.exchange import Caller, Checks
from mailsuite.directory.sasl.external import Vouches
from mailsuite.directory.sasl.offer import (
    PLUS,
    Offer,
    binds,
    by_certificate,
    by_password,
    by_proof,
    by_token,
    is_vouched,
)
from mailsuite.directory.scram_checks import ScramChecks
from mailsuite.directory.sign_in import SignIns
from mailsuite.directory.uses import Uses
from mailsuite.directory.vouched import VouchedChecks
from mailsuite.store.opening import Store
from mailsuite.wire.pools import Runs

MakesIssuer = Callable[[Vouches], Issuer]


class Gates:
    """Signs in by passwords, and offers the mechanisms that the host can do."""

    def __init__(self, store: Store, hashes: Runs, admission: Admission, uses: Uses) -> None:
        self.admission = admission
        self.uses = uses
        entrance = self._entrance = Entrance(store, admission, uses)
        self.passwords = PasswordChecks(store, hashes, admission)
        self._sign_ins = SignIns(admission, entrance, self.passwords)
        self._scrams = ScramChecks(store.seal, admission, entrance)
        self._vouched = VouchedChecks(admission, entrance)
        self.offer = Offer()
        self.open()

    def open(self, *, scram: bool = True, oauth: MakesIssuer | None = None) -> None:
        """Offer what the configuration in force has; exchanges that are going on end as they were.

        Args:
            scram: SCRAM is offered.
            oauth: makes the issuer whose tokens are taken; None: nobody's are.
        """
        scrams = by_proof(self._scrams) if scram else {}
        tokens = {} if oauth is None else by_token(oauth(self._vouched))
        passwords = by_password(self._checks)
        self.offer = Offer(
            {**scrams, **tokens, **by_certificate(self._vouched), **passwords},
            {
                **{name: binds for name in scrams if name.endswith(PLUS)},
                **dict.fromkeys(by_certificate(self._vouched), is_vouched),
            },
        )

    def ask(self, outside: Outside) -> None:
        """Ask another directory about the people of its domains."""
        self._entrance.outside = self.passwords.outside = outside

    async def sign_in(self, given: Credentials, caller: Caller) -> Account:
        """See `mailsuite.directory.service.Directory.sign_in`."""
        return await self._sign_ins.sign_in(given, caller)

    def is_current(self, account: Account) -> bool:
        """Whether it is known without asking the store that the account has not changed."""
        return self._entrance.rows.is_current(account)

    def _checks(self, caller: Caller) -> Checks:
        return lambda given: self._sign_ins.sign_in(given, caller)
