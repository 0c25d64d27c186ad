"""An intake over a store with a few people, an alias, and a clock that stands still."""

from collections.abc import Coroutine
from typing import Any

import pytest
from attrs import define, evolve
from sqlalchemy import select
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from mailsuite.directory.identity import Account
from mailsuite.directory.service import Directory
from mailsuite.intake.envelope import Accepted, Envelope, Kind, Recipient, Source
from mailsuite.intake.service import Intake
from mailsuite.message.addresses import Address
from mailsuite.store.accounts import NewAccount, add_account, add_account_address
from mailsuite.store.addresses import add_alias
from mailsuite.store.blobs import read_octets
from mailsuite.store.domains import add_domain
from mailsuite.store.opening import Store
from mailsuite.store.queue_orders import list_queue
from mailsuite.store.queue_rows import Entry
from mailsuite.store.schema import event, message, placement
from mailsuite.store.transaction import Transaction
from mailsuite.wire.limits import Limits
from mailsuite.wire.link import Peer, Tls
from mailsuite.wire.pools import Inline
from tests.store.letters import done

TLS = Tls("TLSv1.3", "TLS_AES_256_GCM_SHA384")


def settled(running: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine gives that waits for nothing."""
    return done(Deferred.fromCoroutine(running))


@define
class House:
    """Everything that a test of the intake asks."""

    store: Store
    directory: Directory
    intake: Intake
    clock: Clock
    me: Account

    def source(self, kind: Kind = Kind.MX, **changes: Any) -> Source:
        """Where a message comes from."""
        account = self.me if kind is Kind.SUBMISSION else None
        protocol = "ESMTPSA" if account else "ESMTPS"
        peer = Peer("192.0.2.7", 50_000)
        return evolve(
            Source(kind, peer, "client.example", protocol, TLS, account, "t-1"), **changes
        )

    def recipient(self, text: str, **changes: Any) -> Recipient:
        """A recipient that the directory has resolved."""
        address = Address.parse(text)
        return Recipient(address, settled(self.directory.resolve(address)), **changes)

    def envelope(self, *to: str | Recipient, sender: str | None = "s@sender.example") -> Envelope:
        """A transaction."""
        people = [self.recipient(one) if isinstance(one, str) else one for one in to]
        return Envelope(None if sender is None else Address.parse(sender), people)

    def accept(self, source: Source, envelope: Envelope, octets: bytes) -> Accepted:
        """Give the intake a message, in two pieces."""
        spool = self.intake.spool()
        try:
            settled(spool.append(octets[:7]))
            settled(spool.append(octets[7:]))
            found: Accepted = settled(self.intake.accept(source, envelope, spool))
        finally:
            spool.discard()
        return found

    def mail(self, octets: bytes, to: str = "me@example.test", **changes: Any) -> Accepted:
        """A message from another host."""
        return self.accept(self.source(**changes), self.envelope(to), octets)

    def submit(
        self, octets: bytes, *to: str | Recipient, sender: str = "me@example.test"
    ) -> Accepted:
        """A message from the signed-in account."""
        people = to or ("you@example.test",)
        return self.accept(
            self.source(Kind.SUBMISSION), self.envelope(*people, sender=sender), octets
        )

    def stored(self) -> list[tuple[int, bytes]]:
        """Account and octets of every message in a mailbox."""

        def read(tx: Transaction) -> list[tuple[int, bytes]]:
            ids = tx.execute(
                select(message.c.account_id, message.c.id)
                .select_from(placement.join(message, message.c.id == placement.c.message_id))
                .order_by(message.c.id)
            ).tuples()
            return [(owner, read_octets(tx, number)) for owner, number in ids]

        found: list[tuple[int, bytes]] = done(self.store.readers.run(read))
        return found

    def one(self) -> bytes:
        """The octets of the only message there is."""
        ((_, octets),) = self.stored()
        return octets

    def queued(self) -> list[Entry]:
        """What waits in the queue."""
        found: list[Entry] = done(self.store.readers.run(list_queue, 0, 100))
        return found

    def events(self) -> list[Any]:
        """The stories told."""

        def read(tx: Transaction) -> list[Any]:
            return tx.execute(select(event.c.kind, event.c.who, event.c.words)).tuples()

        found: list[Any] = done(self.store.readers.run(read))
        return found


def _people(tx: Transaction) -> int:
    add_domain(tx, "example.test")
    me = add_account(tx, NewAccount(Address.parse("me@example.test"), "x"))
    add_account_address(tx, Address.parse("me@example.test"), Address.parse("other@example.test"))
    add_account(tx, NewAccount(Address.parse("you@example.test"), "x"))
    add_alias(tx, Address.parse("away@example.test"), ["far@elsewhere.example"])
    add_alias(
        tx,
        Address.parse("team@example.test"),
        ["me@example.test", "you@example.test", "far@elsewhere.example"],
    )
    add_alias(tx, Address.parse("mine@example.test"), ["me@example.test"])
    return me.id


@pytest.fixture
def house(store: Store) -> House:
    clock: Any = Clock()  # zope's interfaces say nothing to the type checker
    directory = Directory(store, Inline(), clock)
    number = done(store.writer.run(_people))
    intake = Intake(
        store,
        directory,
        Inline(),
        clock,
        hostname="mx.example.test",
        limits=Limits(message_octets=2_000_000),
        random=lambda count: b"\x01" * count,
    )
    return House(store, directory, intake, clock, Account(number, "me@example.test", "user", 1))
