"""A directory over a store with a few people, for the tests of every door."""

from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

import pytest
from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from mailsuite.directory import password_checks, passwords
from mailsuite.directory.admin import People
from mailsuite.directory.identity import Account, Credentials
from mailsuite.directory.sasl import scram
from mailsuite.directory.service import Directory
from mailsuite.store.opening import Store
from mailsuite.wire.limits import Limits
from mailsuite.wire.link import Network, Peer
from mailsuite.wire.pools import Inline, Runs

T = TypeVar("T")
# 26 ms a hash is what passwords need, and nothing that a test needs.
CHEAP = passwords.HASHES.copy(argon2__time_cost=1, argon2__memory_cost=64)
CHEAP_DUMMY = CHEAP.hash("nobody's")
HOME = Peer("192.0.2.7", 40000)
PASSWORD = "correct horse"


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash with little work, the dummy too."""
    monkeypatch.setattr(passwords, "HASHES", CHEAP)
    monkeypatch.setattr(password_checks, "DUMMY", CHEAP_DUMMY)
    monkeypatch.setattr(scram, "ITERATIONS", 2)


class Counting(Inline):
    """Hash threads that count what they are given."""

    def __init__(self) -> None:
        self.jobs: list[tuple[Any, ...]] = []

    def run(self, function: Any, *args: Any, **kwargs: Any) -> Deferred[Any]:
        self.jobs.append((function.__name__, *args))
        return super().run(function, *args, **kwargs)


class Outcome:
    """What became of a coroutine so far."""

    def __init__(self, running: Coroutine[Any, Any, Any]) -> None:
        self.value: Any = None
        self.error: Exception | None = None
        self.over = False
        Deferred.fromCoroutine(running).addCallbacks(self._right, self._wrong)

    def _right(self, value: Any) -> None:
        self.value, self.over = value, True

    def _wrong(self, failure: Failure) -> None:
        self.error, self.over = failure.value, True  # type: ignore[assignment]


@define
class House:
    """A store with `example.test` and the account ann@example.test in it."""

    store: Store
    hashes: Runs = field(factory=Counting)
    clock: Clock = field(factory=Clock)
    limits: Limits = field(factory=Limits)
    trusted: Sequence[Network] = ()
    people: People = field(init=False)
    directory: Directory = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.people = People(self.store, Inline())
        self.directory = Directory(
            self.store,
            self.hashes,
            self.clock,  # type: ignore[arg-type]
            limits=self.limits,
            trusted=self.trusted,
            seconds=self.clock.seconds,
        )
        self.now(self.people.domains.add("example.test"))
        self.now(self.people.accounts.add("ann@example.test", PASSWORD))

    def now(self, running: Coroutine[Any, Any, T]) -> T:
        """What a coroutine gives or raises; it must not wait for anything but the clock."""
        outcome = Outcome(running)
        for _ in range(50):
            if outcome.over:
                break
            self.clock.advance(0.5)
        assert outcome.over, "it still waits"
        if outcome.error is not None:
            raise outcome.error
        value: T = outcome.value
        return value

    def sign_in(self, user: str, password: str, peer: Peer = HOME, *, authzid: str = "") -> Account:
        return self.now(self.directory.sign_in(Credentials(user, password, authzid), peer, "test"))

    @property
    def verified(self) -> int:
        """Passwords that were hashed to be compared."""
        assert isinstance(self.hashes, Counting)
        return sum(job[0] == "verify_password" for job in self.hashes.jobs)
