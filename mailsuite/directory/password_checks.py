"""Checking passwords: what was proved lately, then one hash in the hash threads.

Unknown, disabled and wrong are the same words after the same work (threat A3): an unknown
name's password is compared with a fixed hash of nobody's password.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from mailsuite.directory.admission import Admission, Visit
from mailsuite.directory.outside import Outside
from mailsuite.directory.passwords import DUMMY, is_outdated, normal, verify_password
from mailsuite.directory.verifiers import hashed
from mailsuite.errors import AuthenticationFailed
from mailsuite.store.accounts import ACTIVE
from mailsuite.store.credentials import SignIn, upgrade_secret
from mailsuite.store.opening import Store
from mailsuite.store.outside import OUTSIDE
from mailsuite.wire.pools import Runs

PROVED_SECONDS = 300  # a right password is believed without a hash
WRONG_SECONDS = 3_600  # a wrong one is known to be wrong
REMEMBERED = 10_000  # of each


@define
class Recent:
    """Digests of credentials whose answer is known for a while; bounded."""

    lifetime: float
    seconds: Callable[[], float]
    _until: OrderedDict[bytes, float] = field(factory=OrderedDict, init=False)

    def __contains__(self, digest: bytes) -> bool:
        return self._until.get(digest, 0.0) > self.seconds()

    def __len__(self) -> int:
        return len(self._until)

    def add(self, digest: bytes) -> None:
        """Remember, in the place of the oldest when there are too many."""
        self._until[digest] = self.seconds() + self.lifetime
        self._until.move_to_end(digest)
        if len(self._until) > REMEMBERED:
            self._until.popitem(last=False)


class PasswordChecks:
    """Compares passwords with hashes, and remembers for a while how that ended."""

    def __init__(self, store: Store, hashes: Runs, admission: Admission) -> None:
        self._store = store
        self._hashes = hashes
        self._admission = admission
        self.outside: Outside | None = None  # another directory, which knows some passwords
        self._key = secrets.token_bytes(32)
        seconds = admission.throttle.seconds
        self.proved = Recent(PROVED_SECONDS, seconds)
        self.wrong = Recent(WRONG_SECONDS, seconds)
        self._running: dict[bytes, list[Deferred[bool]]] = {}

    async def check(self, visit: Visit, row: SignIn | None, password: str) -> None:
        """Make sure that the password is the account's own.

        Raises:
            AuthenticationFailed: it is not, or there is no such account, or it is shut.
        """
        digest = self._digest(visit.name, row, password)
        if digest in self.wrong:
            # A phone with an old password tries it for days: the answer costs no hash and
            # counts no more. It tells a guesser nothing: he has had it.
            raise AuthenticationFailed
        if digest not in self.proved and not await self._shared(digest, visit, row, password):
            if row is None or row.secret != OUTSIDE:
                self.wrong.add(digest)  # elsewhere it may be right in a minute, unseen from here
            raise AuthenticationFailed
        self.proved.add(digest)

    def _digest(self, name: str, row: SignIn | None, password: str) -> bytes:
        """What the answer depends on, under a key that only this process knows.

        A changed password or state makes another digest, whichever worker changed it: nothing
        has to be forgotten.
        """
        parts = [name, password]
        if row is not None:
            parts += [str(row.account_id), row.state, row.secret]
        # Lengths between the parts: no two lists of parts are the same octets.
        octets = b"".join(
            b"%d:%s" % (len(part), part)
            for part in (normal(text).encode(errors="surrogatepass") for text in parts)
        )
        return blake2b(octets, key=self._key, digest_size=32).digest()

    async def _shared(self, digest: bytes, visit: Visit, row: SignIn | None, password: str) -> bool:
        """Check once for all who ask the same now: after a restart each phone opens five."""
        if digest in self._running:
            answer: Deferred[bool] = Deferred()
            self._running[digest].append(answer)
            return await answer
        self._running[digest] = []
        try:
            right = await self._admission.counted(visit, lambda: self._hashed(row, password))
        except Exception as error:
            for waiting in self._running.pop(digest):
                waiting.errback(Failure(error))
            raise
        for waiting in self._running.pop(digest):
            waiting.callback(right)
        return right

    async def _hashed(self, row: SignIn | None, password: str) -> bool:
        if row is not None and row.secret == OUTSIDE:
            asked = self.outside is not None and await self.outside.check(row.name, password)
            return asked and row.state == ACTIVE
        secret = DUMMY if row is None else row.secret
        right = await self._hashes.run(verify_password, secret, password)
        if not right or row is None or row.state != ACTIVE:
            return False
        if is_outdated(secret) or not row.scram:
            await self._upgrade(row, password)
        return True

    async def _upgrade(self, row: SignIn, password: str) -> None:
        """Keep a stronger hash, and what SCRAM needs, now that the password is here."""
        new = await self._hashes.run(hashed, self._store.seal, row.name, password)
        await self._store.writer.run(
            upgrade_secret, row.credential_id, row.secret, new.secret, new.scram
        )
