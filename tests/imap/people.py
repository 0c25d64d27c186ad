"""IMAP sessions over a real store, with a clock, no socket, and passwords that cost nothing."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from mailsuite.directory.identity import Account, Credentials
from mailsuite.errors import AuthenticationFailed
from mailsuite.imap.door import ImapDoor
from mailsuite.mailbox.service import AccountMailboxes, Append, Mailboxes
from mailsuite.message.addresses import Address
from mailsuite.store.accounts import NewAccount, add_account
from mailsuite.store.domains import add_domain
from mailsuite.store.opening import Store
from mailsuite.wire.limits import Limits
from mailsuite.wire.link import Link, Peer, Tls
from mailsuite.wire.pools import Inline
from tests.dialogue import Client, Dialogues
from tests.signing import ByPassword

T = TypeVar("T")
PASSWORD = "secret"
TLS = Tls("TLSv1.3", "TLS_AES_256_GCM_SHA384")
LETTER = b"From: bob@example.org\r\nSubject: hello\r\n\r\nHi!\r\n"


class Porter(ByPassword):
    """Knows two people, ann and bob, and one password."""

    def __init__(self, accounts: dict[str, Account]) -> None:
        self.accounts = accounts
        self.watchers: list[tuple[int, Callable[[], None]]] = []

    async def sign_in(self, credentials: Credentials, peer: Peer, door: str) -> Account:
        assert door == "imap"
        account = self.accounts.get(credentials.user)
        if account is None or credentials.password != PASSWORD:
            raise AuthenticationFailed
        return account

    def on_account(self, account: Account, ended: Callable[[], None]) -> Callable[[], None]:
        watcher = (account.id, ended)
        self.watchers.append(watcher)
        return lambda: self.watchers.remove(watcher)

    def change(self, account: Account) -> None:
        """The account was disabled, or its password changed."""
        for number, ended in list(self.watchers):
            if number == account.id:
                ended()


def now(running: Coroutine[Any, Any, T] | Deferred[T]) -> T:
    """What a coroutine gives or raises; the store of a test answers at once."""
    deferred = running if isinstance(running, Deferred) else Deferred.fromCoroutine(running)
    results: list[Any] = []
    deferred.addBoth(results.append)
    assert results, "it still waits"
    if isinstance(results[0], Failure):
        results[0].raiseException()
    value: T = results[0]
    return value


class Imap(Dialogues):
    """Dialogues with IMAP sessions; `ann@example.test` and `bob@example.test` have accounts."""

    def __init__(
        self,
        store: Store,
        folder: Path,
        limits: Limits | None = None,
        *,
        tls: Tls | None = TLS,
        plaintext: Callable[[Link], bool] = lambda _link: False,
        quota_octets: int = 0,
        quota_messages: int = 0,
    ) -> None:
        self.store = store
        self.limits = limits or Limits()
        now(store.writer.run(add_domain, "example.test"))
        accounts = {}
        for user in ("ann", "bob"):
            new = NewAccount(
                Address(user, "example.test"),
                "no hash",
                quota_octets=quota_octets,
                quota_messages=quota_messages,
            )
            person = now(store.writer.run(add_account, new))
            accounts[user] = Account(
                person.id, person.name, person.role, 1, asked_for=frozenset({b"UIDONLY"})
            )
        self.porter = Porter(accounts)
        self.services = Mailboxes(store, self.limits, Inline())
        self.door = ImapDoor(
            self.porter,
            self.services.of,
            self.limits,
            Inline(),
            folder / "spool",
            hostname="mail.example.test",
            plaintext=plaintext,
        )
        super().__init__(self.door.session, clock=Clock(), tls=tls)

    @property
    def ann(self) -> AccountMailboxes:
        """Ann's mailboxes, without IMAP."""
        return self.services.of(self.porter.accounts["ann"])

    def signed_in(self, name: str = "", user: str = "ann", select: str = "") -> Client:
        """A client that has signed in, and selected a mailbox; what it read is forgotten."""
        client = self.client(name)
        client.send(f"login LOGIN {user} {PASSWORD}\r\n".encode())
        if select:
            client.send(f'sel SELECT "{select}"\r\n'.encode())
        said = client.wire.take()
        assert b"\r\nlogin OK" in said, said
        assert not select or b"\r\nsel OK" in said, said
        return client

    def put(
        self, mailbox: str = "INBOX", octets: bytes = LETTER, *flags: str, date: int | None = None
    ) -> int:
        """Put a message into a mailbox of ann; its UID."""
        appended = now(self.ann.append(mailbox, [Append(octets, flags, date)]))
        return int(appended.uids[0])

    def say(self, octets: bytes, name: str = "") -> bytes:
        """Send octets as one segment; everything that was answered."""
        client = self.client(name)
        client.send(octets)
        return client.wire.take()
