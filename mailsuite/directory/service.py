"""The directory, as doors and intake see it: where addresses lead, and who signs in."""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from mailsuite.directory.admission import Admission
from mailsuite.directory.gates import Gates, MakesIssuer
from mailsuite.directory.identity import Account, Credentials, Inbox, Resolution
from mailsuite.directory.outside import Outside
from mailsuite.directory.sasl.exchange import Caller, Exchange
from mailsuite.directory.throttle import Throttle
from mailsuite.directory.uses import Uses
from mailsuite.errors import NoSuchUser
from mailsuite.message.addresses import Address
from mailsuite.message.srs import Srs, may_be_srs
from mailsuite.store.accounts import current_generation
from mailsuite.store.opening import Store
from mailsuite.store.resolution import POSTMASTER, Resolved, Room, resolve_address
from mailsuite.store.senders import may_send_as
from mailsuite.store.transaction import Transaction
from mailsuite.wire.limits import Limits
from mailsuite.wire.link import Link, Network, Peer
from mailsuite.wire.pools import Runs
from mailsuite.wire.tallies import LocalTallies, Tallies

__all__ = ["Account", "Credentials", "Directory", "Inbox", "Resolution"]

Forget = Callable[[], None]

# A hop to a reader thread for every RCPT was a sixth of the cost of a message.
REMEMBERED = 10_000
ALIAS_TARGETS = 1_000  # of an alias of another directory
REMEMBERED_SECONDS = 1.0
REMEMBERED_ROOMS = 16  # larger groups are read anew: memory stays bounded


class Owner(Protocol):
    """An account, as far as whose address it is matters."""

    @property
    def id(self) -> int:
        """Its id in the store."""
        ...


class Directory:
    """Accounts, addresses, sign-in. All calls are on the reactor thread.

    Args:
        hashes: the hash threads (`Pool` with `waiting=limits.hash_waiting`; `Inline` in tests).
        reactor: for the wait before a failure's answer; a `Clock` in tests.
        trusted: networks that are neither counted nor slowed (`[inbound] trusted`).
        seconds: a monotonic clock.
        tallies: where failures are counted; None: in this process.
    """

    def __init__(
        self,
        store: Store,
        hashes: Runs,
        reactor: IReactorTime,
        *,
        limits: Limits | None = None,
        trusted: Sequence[Network] = (),
        seconds: Callable[[], float] = time.monotonic,
        tallies: Tallies | None = None,
    ) -> None:
        self._store = store
        self._seconds = seconds
        self._resolved: dict[Address, tuple[float, Resolution]] = {}
        self.srs: Srs | None = None  # reads the reverse-paths of what was forwarded; None: nobody
        self._outside: Outside | None = None  # another directory that knows people
        self._moves = 0  # how often addresses may have come to lead elsewhere
        store.changes.on_people(self._forget_resolved)
        throttle = Throttle(limits or Limits(), seconds, tallies or LocalTallies(seconds))
        self._gates = Gates(
            store, hashes, Admission(reactor, throttle, trusted), Uses(store, reactor)
        )

    def configure(
        self,
        limits: Limits,
        trusted: Sequence[Network],
        *,
        scram: bool = True,
        oauth: MakesIssuer | None = None,
    ) -> None:
        """Take what a (re)loaded configuration says; counts and proofs are kept."""
        self._gates.admission.throttle.limits = limits
        self._gates.admission.trusted = tuple(trusted)
        self._gates.open(scram=scram, oauth=oauth)

    def ask(self, outside: Outside) -> None:
        """Ask another directory about the people of its domains."""
        self._outside = outside
        self._gates.ask(outside)

    def look_again(self) -> None:
        """A worker elsewhere may have ended checks that others here wait for."""
        self._gates.admission.next()

    async def end(self) -> None:
        """Write what waits."""
        await self._gates.uses.end()

    def _forget_resolved(self) -> None:
        self._moves += 1
        self._resolved.clear()

    async def resolve(self, address: Address) -> Resolution:
        """Where mail for the address goes. A change holds at once, whichever worker made it.

        One made by another host on the same store holds within `REMEMBERED_SECONDS`.

        Raises:
            NoSuchUser: the domain is ours, and the address leads nowhere.
            TooMany: it leads through too many others.
        """
        if self.srs is not None and may_be_srs(address):
            author = self.srs.reverse(address, self._store.clock())
            if author is not None:
                return await self._led_back(address, author)
        known = self._resolved.get(address)
        if known is not None and known[0] > self._seconds():
            return known[1]
        if self._outside is not None and self._outside.covers(address.canonical):
            await self._outside.admit(address.canonical)
            if targets := await self._outside.aliases(address.canonical):
                return await self._together(targets)
        moves = self._moves
        found = await self._store.readers.run(resolve_address, address.canonical)
        inboxes = tuple(map(_inbox, found.rooms))
        resolution = Resolution(found.ours, inboxes, found.onward, found.backup)
        limited = any(room.quota_octets or room.quota_messages for room in found.rooms)
        # What was read beside a change may be what was before it.
        current = moves == self._moves
        if current and not limited and len(found.rooms) <= REMEMBERED_ROOMS:
            # What is left of a quota changes with every message: that is read anew each time.
            if len(self._resolved) >= REMEMBERED:
                self._resolved.clear()
            self._resolved[address] = (self._seconds() + REMEMBERED_SECONDS, resolution)
        return resolution

    async def _together(self, targets: Sequence[Address]) -> Resolution:
        """Where an alias of another directory leads; its targets are no aliases of its again."""
        inboxes: dict[int, Inbox] = {}
        onward: dict[Address, None] = {}
        for target in targets[:ALIAS_TARGETS]:
            if self._outside is not None and self._outside.covers(target.canonical):
                await self._outside.admit(target.canonical)
            found = await self._store.readers.run(_leads, target.canonical)
            inboxes |= {room.account_id: _inbox(room) for room in found.rooms}
            onward |= dict.fromkeys(found.onward if found.ours else (target,))
        if not inboxes and not onward:
            raise NoSuchUser
        return Resolution(ours=True, accounts=tuple(inboxes.values()), onward=tuple(onward))

    async def _led_back(self, forwarded: Address, author: Address) -> Resolution:
        """A bounce of what was forwarded goes on to its author (`mailsuite.message.srs`)."""
        ours = (await self.resolve(Address(POSTMASTER, forwarded.domain))).ours
        there = await self.resolve(author)
        return Resolution(ours=True, onward=(author,)) if ours and not there.ours else there

    async def sign_in(self, credentials: Credentials, peer: Peer, door: str) -> Account:
        """The account of whoever gave these credentials.

        `door` ("imap", "pop3", "submission" …) is for the log.

        Raises:
            AuthenticationFailed: unknown, disabled or wrong: one error, one amount of work.
            SignInThrottled: too many failures; nothing was looked at.
            Busy: too many wait for a hash; try later.
        """
        return await self._gates.sign_in(credentials, Caller(peer, door))

    def mechanisms(self, link: Link) -> tuple[str, ...]:
        """The SASL mechanisms that are offered on a connection, the best first."""
        return self._gates.offer.names(link.tls)

    def begin(self, mechanism: str, link: Link, door: str) -> Exchange | None:
        """A new exchange of the mechanism, named in any case; None: it is not offered there.

        Its `step` raises what `sign_in` raises.
        """
        return self._gates.offer.begin(mechanism, Caller(link.peer, door, link.tls))

    async def owns(self, account: Owner, address: Address) -> bool:
        """Whether the account may send as the address (`mailsuite.store.senders`)."""
        at = address.canonical
        if self._outside is not None and self._outside.covers(at):
            await self._outside.admit(at)
            targets = await self._outside.aliases(at)
            if len(targets) == 1:
                at = targets[0].canonical
        return await self._store.readers.run(may_send_as, account.id, at)

    def on_account(self, account: Account, ended: Callable[[], None]) -> Forget:
        """Call `ended` once the account may no longer be signed in as it was (A9).

        Whoever signed in calls this at once: a change between the check of the password and
        this call ends the session too.
        """
        watch = _Watch(self._store, account, ended)
        forget = self._store.changes.on_account(account.id, watch.look)
        if not self._gates.is_current(account):
            watch.look()

        def stop() -> None:
            watch.stop()
            forget()

        return stop


class _Watch:
    """One session's eye on its account."""

    def __init__(self, store: Store, account: Account, ended: Callable[[], None]) -> None:
        self._store = store
        self._account = account
        self._ended: Callable[[], None] | None = ended

    def look(self) -> None:
        """Read the account's generation, and end the session when it has changed."""
        reading: Deferred[int | None] = self._store.readers.run(
            current_generation, self._account.id
        )
        # In doubt the session ends: its client signs in again.
        reading.addCallbacks(self._seen, lambda _: self._seen(None))

    def stop(self) -> None:
        """The session is over by itself."""
        self._ended = None

    def _seen(self, generation: int | None) -> None:
        if self._ended is not None and generation != self._account.generation:
            ended, self._ended = self._ended, None
            ended()


def _leads(tx: Transaction, at: Address) -> Resolved:
    """Where a target leads; nowhere is no error."""
    try:
        return resolve_address(tx, at)
    except NoSuchUser:
        return Resolved(ours=True)


def _inbox(room: Room) -> Inbox:
    return Inbox(
        room.account_id,
        room.name,
        _left(room.quota_octets, room.used_octets),
        _left(room.quota_messages, room.used_messages),
        room.quota_octets,
        room.quota_messages,
    )


def _left(quota: int, used: int) -> int | None:
    return max(0, quota - used) if quota else None
