"""Signing in by SCRAM: the account's own password or any of its app passwords, by the proof."""

import secrets
from hashlib import new as hash_named

from attrs import frozen

from mailsuite.directory.admission import Admission, Visit
from mailsuite.directory.entrance import Entrance
from mailsuite.directory.identity import Account
from mailsuite.directory.sasl import scram
from mailsuite.directory.sasl.exchange import Caller
from mailsuite.directory.sasl.scram import Verifier
from mailsuite.directory.sasl.scram_exchange import Known
from mailsuite.directory.verifiers import opened_verifiers, salt_of
from mailsuite.errors import AuthenticationFailed
from mailsuite.store.accounts import ACTIVE
from mailsuite.store.app_passwords import AppPassword
from mailsuite.store.credentials import SignIn
from mailsuite.store.sealing import Seal


@frozen
class _Who:
    visit: Visit
    row: SignIn | None
    apps: tuple[AppPassword | None, ...]  # of each verifier


class ScramChecks:
    """The gate of SCRAM's exchanges (`sasl.scram_exchange.Gate`)."""

    def __init__(self, seal: Seal, admission: Admission, entrance: Entrance) -> None:
        self._seal = seal
        self._admission = admission
        self._entrance = entrance

    async def known(self, user: str, algorithm: str, caller: Caller) -> Known:
        """See `Gate.known`."""
        visit = self._admission.visit(user, caller)
        return await self._admission.settle(visit, self._known(visit, algorithm))

    async def admit(
        self, known: Known, outcome: Verifier | AuthenticationFailed, authzid: str
    ) -> Account:
        """See `Gate.admit`."""
        who: _Who = known.who
        return await self._admission.settle(who.visit, self._admitted(who, known, outcome, authzid))

    async def _known(self, visit: Visit, algorithm: str) -> Known:
        self._admission.require(visit)
        row = await self._entrance.find(visit.address)
        apps = await self._entrance.apps(row)
        salt = salt_of(self._seal, algorithm, visit.name if row is None else row.name)
        kept: list[tuple[Verifier, AppPassword | None]] = []
        if row is not None:
            sealed = [(row.scram, row.secret, None), *((a.scram, a.secret, a) for a in apps)]
            kept = [
                (found, app)
                for text, secret, app in sealed
                for found in opened_verifiers(self._seal, algorithm, text, secret)
                if (found.salt, found.iterations) == (salt, scram.ITERATIONS)
            ]
        if not kept:
            kept.append((_nobodys(algorithm, salt), None))
        verifiers = tuple(verifier for verifier, _ in kept)
        who = _Who(visit, row, tuple(app for _, app in kept))
        return Known(salt, scram.ITERATIONS, verifiers, who)

    async def _admitted(
        self, who: _Who, known: Known, outcome: Verifier | AuthenticationFailed, authzid: str
    ) -> Account:
        async def check() -> bool:
            shut = who.row is None or who.row.state != ACTIVE
            return isinstance(outcome, Verifier) and not shut

        if not await self._admission.counted(who.visit, check):
            raise outcome if isinstance(outcome, AuthenticationFailed) else AuthenticationFailed
        assert who.row is not None
        app = next(a for v, a in zip(known.verifiers, who.apps, strict=True) if v is outcome)
        return await self._entrance.enter(who.visit, who.row, app, authzid)


def _nobodys(algorithm: str, salt: bytes) -> Verifier:
    """A verifier that no proof fits, for the same work as one that might (A3)."""
    octets = hash_named(algorithm).digest_size
    keys = secrets.token_bytes(octets), secrets.token_bytes(octets)
    return Verifier(algorithm, salt, scram.ITERATIONS, *keys)
