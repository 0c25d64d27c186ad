"""Builds every part of a host and hands each what it needs.

Nothing here listens yet: what fails, fails before a port is open.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from mailsuite.config import Config
from mailsuite.control.verbs import Parts
from mailsuite.directory.admin import People
from mailsuite.directory.service import Directory
from mailsuite.dns.client import Dns
from mailsuite.dns.servers import choose_servers
from mailsuite.intake.service import AT_ONCE_OCTETS, Intake
from mailsuite.mailbox.locks import Locks, SharedLocks
from mailsuite.mailbox.maildrop import Maildrops
from mailsuite.mailbox.quota_warnings import QuotaWarnings
from mailsuite.mailbox.service import Mailboxes
from mailsuite.relay.admin import QueueAdmin
from mailsuite.relay.relay import Relay
from mailsuite.repute.keeper import Keeper
from mailsuite.service.filling import watch_quotas
from mailsuite.service.filtering import Filtering, make_filtering
from mailsuite.service.indexing import Indexing
from mailsuite.service.issuing import make_issuer
from mailsuite.service.keeping import Rounds, make_keeper, settings
from mailsuite.service.keying import Keying
from mailsuite.service.outbound_tls import OutboundTls, make_outbound_tls
from mailsuite.service.sending import make_relay, relay_settings
from mailsuite.service.signing import forward_by, sign_by
from mailsuite.service.sourcing import Asking, ask_outside
from mailsuite.service.trusting import Parts as TrustParts
from mailsuite.service.trusting import Trusting, make_trusting
from mailsuite.service.upkeeping import Upkeep
from mailsuite.store.opening import Store, join_store, open_store
from mailsuite.trust.dkim.admin import KeyAdmin
from mailsuite.trust.dkim.keyring import Keyring
from mailsuite.wire.board import Board
from mailsuite.wire.buckets import Buckets, LocalBuckets, SharedBuckets
from mailsuite.wire.link import Link, Network
from mailsuite.wire.pools import Pool
from mailsuite.wire.shared import Turn
from mailsuite.wire.standing import Standing
from mailsuite.wire.tallies import LocalTallies, SharedTallies, Tallies
from mailsuite.wire.tls import Certificates
from mailsuite.wire.watchdog import Watchdog

PARSE_WAITING = 2_000  # messages that may wait to be scanned; one more is answered 451


@define
class Pools:
    """The threads beside the store's own."""

    parse: Pool
    hashes: Pool

    def stop(self) -> None:
        """End them. Blocks until what runs is done."""
        self.parse.stop()
        self.hashes.stop()


@frozen
class Counting:
    """Where is counted what the limits speak of: in this process, or over all workers."""

    sign_ins: Tallies
    doors: Tallies
    buckets: Buckets
    locks: Locks


def local_counting() -> Counting:
    """For a host that is one process: no stranger at a door makes it forget a wrong password."""
    seconds = time.monotonic
    return Counting(LocalTallies(seconds), LocalTallies(seconds), LocalBuckets(), Locks())


def shared_counting(board: Board, data_dir: Path) -> Counting:
    """For one of several workers."""
    tallies = SharedTallies(board, time.monotonic)
    return Counting(tallies, tallies, SharedBuckets(board), SharedLocks(data_dir))


@define
class House:
    """All parts of a running host."""

    config: Config
    reactor: Any
    turn: Turn
    store: Store
    pools: Pools
    dns: Dns
    certificates: Certificates
    directory: Directory
    people: People
    mailboxes: Mailboxes
    maildrops: Maildrops
    intake: Intake
    relay: Relay
    upkeep: Upkeep
    indexing: Indexing
    keying: Keying
    counting: Counting
    filtering: Filtering
    keeper: Keeper
    rounds: Rounds
    keyring: Keyring
    keys: KeyAdmin
    outbound_tls: OutboundTls
    quotas: QuotaWarnings
    asking: Asking
    trusting: Trusting
    watchdog: Watchdog = field(factory=Watchdog)
    first: bool = True  # of several workers the first has the relay and the upkeep

    async def begin(self) -> None:
        """Start what works by itself."""
        await self.people.finish_removals()
        await self.relay.start()
        self.upkeep.start()
        self.indexing.start()
        self.keying.start()
        self.quotas.start()
        self.filtering.start()
        self.rounds.index()

    def greet(self) -> None:
        """Start what each worker does for its own doors."""
        self.rounds.start()

    async def renew(self, old: Config) -> None:
        """Go by the configuration in force; `old` is the one before it."""
        limits = self.config.limits
        self.directory.configure(
            limits,
            self.config.inbound.trusted,
            scram=self.config.sign_in.scram,
            oauth=make_issuer(self.config, self.reactor, self.dns),
        )
        self.mailboxes.limits = limits
        self.intake.configure(self.config.hostname, limits, self.config.relay.expire)
        self.upkeep.limits = limits
        self.trusting.configure(self.config, self.intake)
        self.filtering.configure(self.config, self.intake)
        self.quotas.thresholds = self.config.quota.warn_at
        self.keeper.configure(settings(self.config))
        await self.keeper.test_lists()
        sign_by(self.config, self.keyring, self.keys)
        forward_by(self.config, self.store, self.directory, self.intake)
        if relay_settings(old) != relay_settings(self.config):
            before = self.relay
            self.relay = make_relay(
                self.config, self.reactor, self.store, self.intake, self.dns, tls=self.outbound_tls
            )
            await before.stop()
            if self.first:
                await self.relay.start()

    async def end(self) -> None:
        """Finish what is in hand, write what waits, close the store."""
        self.rounds.stop()
        self.upkeep.stop()
        self.indexing.stop()
        self.keying.stop()
        self.filtering.stop()
        self.quotas.stop()
        await self.trusting.stop()
        await self.relay.stop()
        await self.outbound_tls.outcomes.flush()
        await self.directory.end()
        self.asking.stop()
        self.pools.stop()
        self.store.close()


def opened_store(config: Config, turn: Turn, doomed: Callable[[BaseException], None]) -> Store:
    """The store of the configuration. Raises what `open_store` raises."""
    return open_store(
        config.data_dir,
        url=config.store.url,
        reactor=turn,
        doomed=doomed,
        free_octets=config.limits.free_octets,
    )


def joined_store(
    config: Config,
    board: Board,
    wakes: Sequence[int],
    turn: Turn,
    doomed: Callable[[BaseException], None],
) -> Store:
    """One worker's part of it."""
    return join_store(
        config.data_dir,
        board,
        wakes,
        url=config.store.url,
        reactor=turn,
        doomed=doomed,
        free_octets=config.limits.free_octets,
    )


def _directory(  # noqa: PLR0917 - parts of the house, each once
    config: Config, reactor: Any, store: Store, pools: Pools, dns: Dns, counting: Counting
) -> Directory:
    directory = Directory(
        store,
        pools.hashes,
        reactor,
        limits=config.limits,
        trusted=config.inbound.trusted,
        tallies=counting.sign_ins,
    )
    directory.configure(
        config.limits,
        config.inbound.trusted,
        scram=config.sign_in.scram,
        oauth=make_issuer(config, reactor, dns),
    )
    return directory


def _intake(  # noqa: PLR0917 - parts of the house, each once
    config: Config, reactor: Any, store: Store, pools: Pools, directory: Directory, keyring: Keyring
) -> Intake:
    return Intake(
        store,
        directory,
        pools.parse,
        reactor,
        hostname=config.hostname,
        limits=config.limits,
        queue_seconds=config.relay.expire,
        at_once_octets=AT_ONCE_OCTETS,
        signer=keyring,
    )


def build(
    config: Config, turn: Turn, store: Store, certificates: Certificates, counting: Counting
) -> House:
    """Put the parts together; `turn` is where threads bring their results."""
    limits, reactor = config.limits, turn.reactor
    hashing = max(1, ((os.cpu_count() or 1) - 1) // config.workers)
    pools = Pools(
        Pool(turn, "parse", 1, PARSE_WAITING),
        Pool(turn, "hash", hashing, limits.hash_waiting),
    )
    dns = Dns(choose_servers(config.dns.servers), reactor)
    keyring, keys = Keyring(store, counting.doors), KeyAdmin(store, pools.hashes, dns)
    sign_by(config, keyring, keys)
    directory = _directory(config, reactor, store, pools, dns, counting)
    intake = _intake(config, reactor, store, pools, directory, keyring)
    forward_by(config, store, directory, intake)
    keeper = make_keeper(config, reactor, store, intake, dns, counting.doors)
    trusting = make_trusting(config, TrustParts(reactor, store, pools.parse, dns, intake, keeper))
    checked = trusting.trust.concerns
    outbound_tls = make_outbound_tls(config, reactor, store, intake, dns, checked)

    async def look() -> None:
        await keys.look_for_all()
        await trusting.look()
        outbound_tls.look()

    return House(
        config,
        reactor,
        turn,
        store,
        pools,
        dns,
        certificates,
        directory,
        People(store, pools.hashes, limits),
        Mailboxes(store, limits, pools.parse),
        Maildrops(store, counting.locks),
        intake,
        make_relay(config, reactor, store, intake, dns, tls=outbound_tls),
        Upkeep(store, pools.parse, reactor, limits, look),
        Indexing(config.data_dir, config.store.url, pools.parse, reactor),
        Keying(store, reactor),
        counting,
        make_filtering(config, reactor, store, pools.parse, intake),
        keeper,
        Rounds(keeper, store, reactor),
        keyring,
        keys,
        outbound_tls,
        watch_quotas(config, reactor, store, intake),
        ask_outside(config, turn, store, directory),
        trusting,
    )


def plaintext_from(networks: Sequence[Network]) -> Callable[[Link], bool]:
    """Whether the peer of a link may sign in without TLS."""

    def may(link: Link) -> bool:
        return link.peer.within(networks)

    return may


def parts_of(
    house: House, state: Callable[[], Mapping[str, Any]], reload: Any, sessions: Standing
) -> Parts:
    """What the control socket's verbs work on."""
    queue = QueueAdmin(house.store, lambda: house.relay.hurry())  # noqa: PLW0108 - it may be replaced
    return Parts(house.store, house.people, queue, state, reload, sessions, house.keys)
