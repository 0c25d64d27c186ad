"""Signing in: throttle, then what was proved lately, then one hash in the hash threads.

Unknown, disabled and wrong are the same words after the same work (threat A3): an unknown
name's password is compared with a fixed hash of nobody's password.
"""

import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from mailsuite.directory.app_passwords import (
    USE_NOTED_SECONDS,
    asked_for,
    find_app,
    hidden,
    may_be_app,
)
from mailsuite.directory.identity import Account, Credentials
from mailsuite.directory.passwords import (
    DUMMY,
    hash_password,
    is_outdated,
    normal,
    verify_password,
)
from mailsuite.directory.throttle import Attempt, Standing, Throttle
from mailsuite.errors import AuthenticationFailed, Busy, SignInThrottled
from mailsuite.message.addresses import Address, BadAddress
from mailsuite.store.accounts import ACTIVE
from mailsuite.store.app_passwords import AppPassword, note_use, read_app_passwords
from mailsuite.store.credentials import SignIn, find_sign_in, upgrade_secret
from mailsuite.store.opening import Store
from mailsuite.wire.link import Network, Peer
from mailsuite.wire.pools import Runs

PROVED_SECONDS = 300  # a right password is believed without a hash
WRONG_SECONDS = 3_600  # a wrong one is known to be wrong
REMEMBERED = 10_000  # of each
SHOWN = 200  # characters of a name in the log


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


class SignIns:
    """Checks credentials.

    Args:
        hashes: the hash threads.
        reactor: for the wait before a failure's answer.
        trusted: networks that are neither counted nor slowed.
    """

    log = Logger()

    def __init__(
        self,
        store: Store,
        hashes: Runs,
        reactor: IReactorTime,
        throttle: Throttle,
        trusted: Sequence[Network] = (),
    ) -> None:
        self._store = store
        self._hashes = hashes
        self._reactor = reactor
        self._key = secrets.token_bytes(32)
        self._proved = Recent(PROVED_SECONDS, throttle.seconds)
        self._wrong = Recent(WRONG_SECONDS, throttle.seconds)
        self._running: dict[bytes, list[Deferred[bool]]] = {}
        self._waiting: list[Deferred[None]] = []
        self.throttle = throttle
        self.trusted = tuple(trusted)

    async def sign_in(self, given: Credentials, peer: Peer, door: str) -> Account:
        """See `mailsuite.directory.service.Directory.sign_in`."""
        address = _address(given.user)
        name = given.user.encode(errors="replace").decode() if address is None else str(address)
        attempt = Attempt(name, peer)
        trusted = self._trusts(peer)
        try:
            account = await self._account(given, address, None if trusted else attempt, door)
        except (AuthenticationFailed, SignInThrottled) as error:
            self._log("refused", attempt, door, type(error).__name__)
            if not trusted:
                await deferLater(self._reactor, self.throttle.delay(attempt))
            raise
        self._log("ok", attempt, door, account.name)
        return account

    async def _account(
        self, given: Credentials, address: Address | None, attempt: Attempt | None, door: str
    ) -> Account:
        if attempt is not None and self.throttle.blocked(attempt):
            raise SignInThrottled
        password = given.password
        if not _may_be_password(password, self.throttle.limits.password_octets):
            raise AuthenticationFailed  # before any work: A13
        row = await self._row(address)
        app = await self._app(row, password, door)
        if row is not None and app is not None:
            await self._by_app(row, app, attempt)
        else:
            await self._by_password(given, address, row, attempt)
        assert row is not None
        if given.authzid and not await self._is_own(given.authzid, row):
            raise AuthenticationFailed
        return _account(row, app)

    async def _by_password(
        self,
        given: Credentials,
        address: Address | None,
        row: SignIn | None,
        attempt: Attempt | None,
    ) -> None:
        password = given.password
        digest = self._digest(given.user if address is None else str(address), row, password)
        if digest in self._wrong:
            # A phone with an old password tries it for days: the answer costs no hash and
            # counts no more. It tells a guesser nothing: he has had it.
            raise AuthenticationFailed
        if digest not in self._proved and not await self._shared(digest, row, password, attempt):
            self._wrong.add(digest)
            raise AuthenticationFailed
        self._proved.add(digest)

    async def _app(self, row: SignIn | None, password: str, door: str) -> AppPassword | None:
        if row is None or not may_be_app(password):
            return None
        known = await self._store.readers.run(read_app_passwords, row.account_id)
        return find_app(known, password, door, int(time.time()))

    async def _by_app(self, row: SignIn, app: AppPassword, attempt: Attempt | None) -> None:
        """Sign in with an app password: no hash, and nobody waits for a turn."""
        if row.state != ACTIVE:
            raise AuthenticationFailed
        if attempt is not None and self.throttle.begin(attempt) is Standing.FREE:
            self.throttle.succeeded(attempt)
        if app.last_used + USE_NOTED_SECONDS < time.time():
            await self._store.writer.run(note_use, app.id)

    async def _row(self, address: Address | None) -> SignIn | None:
        if address is None:
            return None
        return await self._store.readers.run(find_sign_in, address)

    def _digest(self, name: str, row: SignIn | None, password: str) -> bytes:
        """What the answer depends on, under a key that only this process knows.

        A changed password or state makes another digest: nothing has to be forgotten.
        """
        parts = [name, password]
        if row is not None:
            parts += [str(row.account_id), row.state, row.secret]
        # Lengths between the parts: no two lists of parts are the same octets.
        octets = b"".join(
            b"%d:%s" % (len(part), part)
            for part in (normal(text).encode(errors="surrogatepass") for text in parts)
        )
        return hmac.digest(self._key, octets, "sha256")

    async def _is_own(self, authzid: str, row: SignIn) -> bool:
        """Whether whom to act as is the account itself, by any of its addresses (A14)."""
        other = await self._row(_address(authzid))
        return other is not None and other.account_id == row.account_id

    async def _shared(
        self, digest: bytes, row: SignIn | None, password: str, attempt: Attempt | None
    ) -> bool:
        """Check once for all who ask the same now: after a restart each phone opens five."""
        if digest in self._running:
            answer: Deferred[bool] = Deferred()
            self._running[digest].append(answer)
            return await answer
        self._running[digest] = []
        try:
            right = await self._admitted(row, password, attempt)
        except Exception as error:
            for waiting in self._running.pop(digest):
                waiting.errback(Failure(error))
            raise
        for waiting in self._running.pop(digest):
            waiting.callback(right)
        return right

    async def _admitted(self, row: SignIn | None, password: str, attempt: Attempt | None) -> bool:
        if attempt is None:
            return await self._check(row, password)
        while (standing := self.throttle.begin(attempt)) is not Standing.FREE:
            if standing is Standing.BLOCKED:
                raise SignInThrottled
            if len(self._waiting) >= self.throttle.limits.hash_waiting:
                raise Busy
            turn: Deferred[None] = Deferred()
            self._waiting.append(turn)
            await turn
        try:
            right = await self._check(row, password)
        except Exception:
            self.throttle.void(attempt)
            self.next()
            raise
        (self.throttle.succeeded if right else self.throttle.failed)(attempt)
        self.next()
        return right

    def next(self) -> None:
        """Let those who wait for a check ask again."""
        waiting, self._waiting = self._waiting, []
        for turn in waiting:
            turn.callback(None)

    async def _check(self, row: SignIn | None, password: str) -> bool:
        secret = DUMMY if row is None else row.secret
        right = await self._hashes.run(verify_password, secret, password)
        if not right or row is None or row.state != ACTIVE:
            return False
        if is_outdated(secret):
            await self._upgrade(row, password)
        return True

    async def _upgrade(self, row: SignIn, password: str) -> None:
        stronger = await self._hashes.run(hash_password, password)
        await self._store.writer.run(upgrade_secret, row.credential_id, row.secret, stronger)

    def _trusts(self, peer: Peer) -> bool:
        # Of a local socket the front door has checked the peer.
        return peer.local or peer.within(self.trusted)

    def _log(self, outcome: str, attempt: Attempt, door: str, why: str) -> None:
        self.log.info(
            "sign-in {outcome}: {name} at {door} from {peer}: {why}",
            outcome=outcome,
            name=attempt.name[:SHOWN],
            door=door,
            peer=attempt.peer.address,
            why=why,
        )


def _account(row: SignIn, app: AppPassword | None = None) -> Account:
    words = (row.capabilities,) if app is None else (row.capabilities, app.capabilities)
    return Account(
        row.account_id,
        row.name,
        row.role,
        row.generation,
        hidden(*words),
        asked_for(*words),
        "" if app is None else app.name,
    )


def _may_be_password(password: str, most: int) -> bool:
    try:
        return len(password.encode()) <= most
    except UnicodeEncodeError:  # octets that were no UTF-8
        return False


def _address(user: str) -> Address | None:
    try:
        return Address.parse(user).canonical
    except BadAddress:
        return None
