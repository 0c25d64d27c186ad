"""Signing in: what it costs, what it tells, whom it lets in."""

from collections.abc import Callable
from ipaddress import ip_network

import pytest
from attrs import evolve
from passlib.hash import pbkdf2_sha512
from twisted.internet.defer import Deferred, fail

from mailsuite.directory import password_checks
from mailsuite.directory.admission import Admission
from mailsuite.directory.identity import Credentials
from mailsuite.errors import AuthenticationFailed, Busy, SignInThrottled
from mailsuite.message.addresses import Address
from mailsuite.store.accounts import change_password
from mailsuite.store.credentials import find_sign_in
from mailsuite.store.opening import Store
from mailsuite.wire.limits import Limits
from mailsuite.wire.link import Peer
from mailsuite.wire.pools import Inline
from mailsuite.wire.tallies import LocalTallies
from tests.directory.people import CHEAP_DUMMY, HOME, PASSWORD, Counting, House, Outcome
from tests.store.letters import done

FEW = Limits(
    sign_in_failures_per_address=3, sign_in_failures_per_network=5, sign_in_failures_per_account=8
)


class Held(Inline):
    """Hash threads that work when told to."""

    def __init__(self) -> None:
        self.jobs: list[Callable[[], None]] = []

    def run(self, function, *args, **kwargs):
        later: Deferred[object] = Deferred()
        self.jobs.append(lambda: later.callback(function(*args, **kwargs)))
        return later

    def work(self) -> None:
        while self.jobs:
            self.jobs.pop(0)()


def begin(
    house: House, password: str, user: str = "ann@example.test", peer: Peer = HOME
) -> Outcome:
    return Outcome(house.directory.sign_in(Credentials(user, password), peer, "test"))


def test_an_account_is_who_its_password_says(house: House) -> None:
    account = house.sign_in("Ann@EXAMPLE.test", PASSWORD)
    assert (account.name, account.role) == ("ann@example.test", "user")


def test_every_address_of_an_account_signs_in_and_an_alias_does_not(house: House) -> None:
    house.now(house.people.accounts.add_address("ann@example.test", "anna@example.test"))
    house.now(house.people.aliases.add("all@example.test", ["ann@example.test"]))
    assert house.sign_in("anna@example.test", PASSWORD).name == "ann@example.test"
    for user in ("all@example.test", "ann+x@example.test"):
        with pytest.raises(AuthenticationFailed):
            house.sign_in(user, PASSWORD)


@pytest.mark.threat("A3")
def test_unknown_disabled_and_wrong_are_one_error_after_one_hash(house: House) -> None:
    house.now(house.people.accounts.add("off@example.test", PASSWORD))
    house.now(house.people.accounts.disable("off@example.test"))
    tries = [
        ("ann@example.test", "wrong"),
        ("off@example.test", PASSWORD),
        ("nobody@example.test", PASSWORD),
        ("nobody@elsewhere.example", PASSWORD),
        ("no address", PASSWORD),
    ]
    errors = set()
    for number, (user, password) in enumerate(tries, 1):
        with pytest.raises(AuthenticationFailed) as caught:
            house.sign_in(user, password)
        errors.add((type(caught.value), str(caught.value)))
        assert house.verified == number
    assert errors == {(AuthenticationFailed, "")}
    assert isinstance(house.hashes, Counting)
    assert [job[1] == CHEAP_DUMMY for job in house.hashes.jobs] == [
        False,
        False,
        True,
        True,
        True,
    ]


@pytest.mark.threat("A3")
def test_failures_wait_alike_for_their_answer(house: House) -> None:
    waits = []
    for user in ("ann@example.test", "nobody@example.test"):
        house.directory._gates.admission.throttle.tallies = LocalTallies(house.clock.seconds)
        outcome, start = begin(house, "wrong", user), house.clock.seconds()
        while not outcome.over:
            house.clock.advance(0.25)
        waits.append(house.clock.seconds() - start)
    assert waits[0] == waits[1] >= 1


def test_a_right_password_is_hashed_once_in_five_minutes(house: House) -> None:
    house.sign_in("ann@example.test", PASSWORD)
    house.sign_in("ann@example.test", PASSWORD)
    assert house.verified == 1
    house.clock.advance(301)
    house.sign_in("ann@example.test", PASSWORD)
    assert house.verified == 2


@pytest.mark.threat("A9")
def test_what_was_proved_is_forgotten_with_the_password(house: House) -> None:
    house.sign_in("ann@example.test", PASSWORD)
    house.now(house.people.accounts.password("ann@example.test", "new"))
    with pytest.raises(AuthenticationFailed):
        house.sign_in("ann@example.test", PASSWORD)
    assert house.sign_in("ann@example.test", "new").generation == 2


@pytest.mark.threat("A9")
def test_a_disabled_account_lets_nobody_in_until_it_is_enabled(house: House) -> None:
    house.sign_in("ann@example.test", PASSWORD)
    house.now(house.people.accounts.disable("ann@example.test"))
    with pytest.raises(AuthenticationFailed):
        house.sign_in("ann@example.test", PASSWORD)
    house.now(house.people.accounts.enable("ann@example.test"))
    assert house.sign_in("ann@example.test", PASSWORD).generation == 3


@pytest.mark.threat("A1")
def test_an_old_password_in_a_phone_counts_once(store: Store) -> None:
    house = House(store, limits=FEW)
    for _ in range(20):
        with pytest.raises(AuthenticationFailed):
            house.sign_in("ann@example.test", "old")
    assert house.verified == 1
    assert house.sign_in("ann@example.test", PASSWORD)


@pytest.mark.threat("A1")
def test_a_wrong_password_that_becomes_the_right_one_is(house: House) -> None:
    with pytest.raises(AuthenticationFailed):
        house.sign_in("ann@example.test", "new")
    house.now(house.people.accounts.password("ann@example.test", "new"))
    assert house.sign_in("ann@example.test", "new")


@pytest.mark.threat("A1")
def test_one_source_has_twenty_guesses_an_hour(house: House) -> None:
    errors = []
    for n in range(60):
        with pytest.raises((AuthenticationFailed, SignInThrottled)) as caught:
            house.sign_in(f"{n}@example.test", "guess")
        errors.append(caught.type)
    assert house.verified == 20
    assert errors == [AuthenticationFailed] * 20 + [SignInThrottled] * 40
    house.clock.advance(3600)
    with pytest.raises(AuthenticationFailed):
        house.sign_in("60@example.test", "guess")


@pytest.mark.threat("A1")
@pytest.mark.threat("A2")
def test_many_sources_share_an_accounts_guesses_and_its_owner_gets_in(store: Store) -> None:
    house = House(store, limits=FEW)
    house.sign_in("ann@example.test", PASSWORD)
    house.clock.advance(400)  # past what was proved
    before = house.verified
    for n in range(40):
        with pytest.raises((AuthenticationFailed, SignInThrottled)):
            house.sign_in("ann@example.test", f"guess {n}", Peer(f"10.{n}.0.1"))
    assert house.verified - before == 8
    assert house.sign_in("ann@example.test", PASSWORD, HOME)
    with pytest.raises(SignInThrottled):
        house.sign_in("ann@example.test", PASSWORD, Peer("10.77.0.1"))


@pytest.mark.threat("A4")
def test_equal_sign_ins_at_once_cost_one_hash(store: Store) -> None:
    """After a restart each phone opens five connections."""
    hashes = Held()
    house = House(store, hashes=hashes)
    right = [begin(house, PASSWORD) for _ in range(50)]
    wrong = [begin(house, "wrong") for _ in range(50)]
    assert len(hashes.jobs) == 2
    hashes.work()
    house.clock.advance(5)
    assert all(outcome.value for outcome in right)
    assert {type(outcome.error) for outcome in wrong} == {AuthenticationFailed}


@pytest.mark.threat("A1")
def test_guesses_at_once_wait_for_each_other(store: Store) -> None:
    hashes = Held()
    house = House(store, hashes=hashes, limits=FEW)
    outcomes = [begin(house, f"guess {n}") for n in range(30)]
    assert len(hashes.jobs) == 3
    hashes.work()
    house.clock.advance(5)
    kinds = [type(outcome.error) for outcome in outcomes]
    assert kinds.count(AuthenticationFailed) == 3
    assert kinds.count(SignInThrottled) == 27


def test_a_family_behind_one_address_gets_in_at_once(store: Store) -> None:
    """More people than failures are allowed, all with the right password."""
    hashes = Held()
    house = House(store, hashes=hashes, limits=FEW)
    for n in range(6):
        house.now(house.people.accounts.add(f"{n}@example.test", PASSWORD))
    outcomes = [begin(house, PASSWORD, f"{n}@example.test") for n in range(6)]
    hashes.work()
    assert all(outcome.value for outcome in outcomes)


@pytest.mark.threat("A4")
def test_no_more_wait_than_the_limit(store: Store) -> None:
    hashes = Held()
    house = House(store, hashes=hashes, limits=evolve(FEW, hash_waiting=4))
    outcomes = [begin(house, f"guess {n}") for n in range(30)]
    assert [type(outcome.error) for outcome in outcomes].count(Busy) == 23
    hashes.work()


@pytest.mark.threat("A4")
def test_a_full_pool_is_nobodys_failure(store: Store) -> None:
    class Full(Inline):
        def run(self, function, *args, **kwargs):
            return fail(Busy())

    house = House(store, limits=FEW)
    house.directory._gates.passwords._hashes = Full()
    for n in range(20):
        with pytest.raises(Busy):
            house.sign_in("ann@example.test", f"guess {n}")
    house.directory._gates.passwords._hashes = Inline()
    assert house.sign_in("ann@example.test", PASSWORD)


def test_trusted_networks_are_neither_counted_nor_slowed(store: Store) -> None:
    house = House(store, limits=FEW, trusted=[ip_network("192.0.2.0/24")])
    for n in range(10):
        outcome = begin(house, f"guess {n}")
        assert type(outcome.error) is AuthenticationFailed
    house.directory.configure(FEW, ())
    assert not begin(house, "guess").over


@pytest.mark.threat("A13")
def test_a_password_beyond_the_limit_is_refused_before_hashing(house: House) -> None:
    for password in ("x" * 1025, "ä" * 513, "\ud800" * 1025):
        with pytest.raises(AuthenticationFailed):
            house.sign_in("ann@example.test", password)
    assert house.verified == 0


@pytest.mark.threat("A13")
def test_octets_that_are_no_text_match_nothing(house: House) -> None:
    with pytest.raises(AuthenticationFailed):
        house.sign_in("ann@example.test", PASSWORD + "\udcff")
    with pytest.raises(AuthenticationFailed):
        house.sign_in("ann\udcff@example.test", PASSWORD)


@pytest.mark.threat("A14")
@pytest.mark.parametrize(
    "authzid", ["", "ann@example.test", "ANN@example.test", "anna@example.test"]
)
def test_people_act_for_themselves(house: House, authzid: str) -> None:
    house.now(house.people.accounts.add_address("ann@example.test", "anna@example.test"))
    assert house.sign_in("ann@example.test", PASSWORD, authzid=authzid).name == "ann@example.test"


@pytest.mark.threat("A14")
@pytest.mark.parametrize("authzid", ["bob@example.test", "nobody@example.test", "root", "x\0y"])
def test_nobody_acts_for_another(house: House, authzid: str) -> None:
    house.now(house.people.accounts.add("bob@example.test", "other"))
    house.now(house.people.accounts.role("ann@example.test", "admin"))
    with pytest.raises(AuthenticationFailed):
        house.sign_in("ann@example.test", PASSWORD, authzid=authzid)


@pytest.mark.threat("A8")
@pytest.mark.parametrize(
    "name", ["'", '"', "' OR 1=1 --", ")(*", "\\", "%s", "%{x}", "${x}", "\0", "ann\0"]
)
def test_names_are_nothing_but_names(house: House, name: str) -> None:
    for user in (name, f"{name}@example.test", f'"{name}"@example.test'):
        with pytest.raises(AuthenticationFailed):
            house.sign_in(user, PASSWORD, Peer(f"10.0.{len(user)}.1"))
    assert house.now(house.people.accounts.show("ann@example.test"))


def test_an_older_hash_is_made_anew_at_the_next_sign_in(house: House) -> None:
    ann = Address("ann", "example.test")
    old = pbkdf2_sha512.using(rounds=1000).hash(PASSWORD)
    done(house.store.writer.run(change_password, ann, old))
    generation = house.sign_in("ann@example.test", PASSWORD).generation
    row = done(house.store.readers.run(find_sign_in, ann))
    assert row.secret.startswith("$argon2id$")
    assert row.generation == generation, "nobody's session ends"
    assert house.sign_in("ann@example.test", PASSWORD)


def test_what_is_remembered_is_bounded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(password_checks, "REMEMBERED", 5)
    for n in range(15):
        with pytest.raises(AuthenticationFailed):
            house.sign_in(f"{n}@example.test", "guess")
    assert len(house.directory._gates.passwords.wrong) == 5


@pytest.mark.threat("O2")
def test_no_password_stands_in_what_is_kept_or_logged(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[object] = []

    class Log:
        def info(self, *args: object, **fields: object) -> None:
            said.append((args, fields))

    monkeypatch.setattr(Admission, "log", Log())
    house.sign_in("ann@example.test", PASSWORD)
    with pytest.raises(AuthenticationFailed):
        house.sign_in("ann@example.test", "marker")
    kept = repr(
        [
            vars(house.directory._gates.passwords),
            house.directory._gates.passwords.proved,
            said,
        ]
    )
    assert len(said) == 2
    assert PASSWORD not in kept
    assert "marker" not in kept
