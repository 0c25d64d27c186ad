"""SCRAM over a store: who gets in by it, and what it tells."""

from typing import Any

import pytest
from passlib.hash import pbkdf2_sha512

from mailsuite.directory.identity import Account
from mailsuite.directory.sasl.exchange import Exchange, Malformed
from mailsuite.directory.sasl.scram_exchange import Downgraded, WrongBinding
from mailsuite.errors import AuthenticationFailed, AuthorizationFailed, SignInThrottled
from mailsuite.message.addresses import Address
from mailsuite.store.accounts import change_password
from mailsuite.wire.link import Peer, Tls
from tests.dialogue import Wire
from tests.directory.people import HOME, PASSWORD, House
from tests.directory.sasl.client import ScramClient
from tests.store.letters import done

ANN = "ann@example.test"
BOUND = {"tls-exporter": b"e" * 32, "tls-server-end-point": b"s" * 32}
TLS = Tls("TLSv1.3", "", bindings=tuple(BOUND), binding=BOUND.get)


def begun(house: House, mechanism: str, tls: Tls | None = TLS, peer: Peer = HOME) -> Exchange:
    wire = Wire(house.clock, peer, tls)
    exchange = house.directory.begin(mechanism, wire, "imap")
    assert exchange is not None
    return exchange


def step(house: House, exchange: Exchange, response: bytes) -> Any:
    return house.now(exchange.step(response))


def sign_in(
    house: House, client: ScramClient, mechanism: str = "SCRAM-SHA-256", peer: Peer = HOME
) -> Account:
    exchange = begun(house, mechanism, peer=peer)
    challenge = step(house, exchange, client.first())
    told = step(house, exchange, client.last(challenge))
    assert told == client.expected
    account: Account = step(house, exchange, b"")
    return account


def refused(house: House, client: ScramClient, mechanism: str, tls: Tls | None = TLS) -> type:
    exchange = begun(house, mechanism, tls)
    try:
        challenge = step(house, exchange, client.first())
        step(house, exchange, client.last(challenge))
    except AuthenticationFailed as error:
        return type(error)
    raise AssertionError("it was let in")


@pytest.mark.parametrize("algorithm", ["sha256", "sha1"])
@pytest.mark.parametrize("channel", ["", "tls-exporter", "tls-server-end-point"])
def test_a_password_signs_in_by_its_proof(house: House, algorithm: str, channel: str) -> None:
    name = {"sha256": "SCRAM-SHA-256", "sha1": "SCRAM-SHA-1"}[algorithm]
    client = ScramClient(ANN, PASSWORD, algorithm)
    if channel:
        name, client.flag, client.bound = f"{name}-PLUS", f"p={channel}", BOUND[channel]
    before = house.verified
    assert sign_in(house, client, name).name == ANN
    assert house.verified == before, "no hash is made for it"


@pytest.mark.threat("A5")
@pytest.mark.parametrize(
    ("mechanism", "flag", "bound", "error"),
    [
        ("SCRAM-SHA-256", "y", b"", Downgraded),
        ("SCRAM-SHA-1", "y", b"", Downgraded),
        ("SCRAM-SHA-256", "n", b"x", WrongBinding),
        ("SCRAM-SHA-256", "p=tls-exporter", b"e" * 32, Malformed),
        ("SCRAM-SHA-256-PLUS", "n", b"", Malformed),
        ("SCRAM-SHA-256-PLUS", "y", b"", Malformed),
        ("SCRAM-SHA-256-PLUS", "p=tls-exporter", b"", WrongBinding),
        ("SCRAM-SHA-256-PLUS", "p=tls-exporter", b"x" * 32, WrongBinding),
        ("SCRAM-SHA-256-PLUS", "p=tls-exporter", b"s" * 32, WrongBinding),
        ("SCRAM-SHA-256-PLUS", "p=tls-unique", b"", WrongBinding),
        ("SCRAM-SHA-1-PLUS", "p=tls-server-end-point", b"x" * 32, WrongBinding),
    ],
)
def test_no_downgrade_and_no_other_channel(
    house: House, mechanism: str, flag: str, bound: bytes, error: type
) -> None:
    """Dovecot CVE-2026-33603: every -PLUS sign-in is checked, whatever its type of binding."""
    algorithm = "sha1" if "SHA-1" in mechanism else "sha256"
    client = ScramClient(ANN, PASSWORD, algorithm, flag, bound=bound)
    assert refused(house, client, mechanism) is error


def test_where_nothing_can_be_bound_to_the_flag_y_is_no_downgrade(house: House) -> None:
    exchange = begun(house, "SCRAM-SHA-256", tls=Tls("TLSv1.2", ""))
    client = ScramClient(ANN, PASSWORD, flag="y")
    challenge = step(house, exchange, client.first())
    assert step(house, exchange, client.last(challenge)) == client.expected


def test_plus_is_offered_where_there_is_a_channel(house: House) -> None:
    def names(tls: Tls | None) -> list[str]:
        offered = house.directory.mechanisms(Wire(house.clock, tls=tls))
        return [name for name in offered if name.startswith("SCRAM")]

    plain = ["SCRAM-SHA-256", "SCRAM-SHA-1"]
    assert names(TLS) == [f"{name}-PLUS" for name in plain] + plain
    assert names(Tls("TLSv1.2", "")) == names(None) == plain
    assert house.directory.begin("SCRAM-SHA-1-PLUS", Wire(house.clock), "imap") is None


@pytest.mark.threat("A6")
@pytest.mark.threat("A3")
@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "SCRAM-SHA-1"])
def test_an_unknown_name_has_a_salt_as_lasting_as_any(house: House, mechanism: str) -> None:
    """It is the one that an account of that name would have: before, during and after its life."""

    def told(name: str) -> list[str]:
        challenge = step(house, begun(house, mechanism), ScramClient(name, "").first())
        return str(challenge.decode()).split(",")[1:]

    people = house.people.accounts
    names = ["bob@example.test", "x@elsewhere.test", "no address", ANN]
    before = [told(name) for name in names]
    assert before == [told(name) for name in names]
    assert len({salt for salt, _ in before}) == len(names)
    assert len({rounds for _, rounds in before}) == 1
    house.now(people.add("bob@example.test", "one"))
    house.now(people.password(ANN, "another"))
    assert before == [told(name) for name in names]
    house.now(people.disable("bob@example.test"))
    assert before == [told(name) for name in names]
    house.now(people.remove("bob@example.test"))
    assert before == [told(name) for name in names]


@pytest.mark.threat("A3")
@pytest.mark.parametrize("who", [ANN, "off@example.test", "nobody@example.test", "no address"])
def test_unknown_disabled_and_wrong_are_one_error(house: House, who: str) -> None:
    house.now(house.people.accounts.add("off@example.test", PASSWORD))
    house.now(house.people.accounts.disable("off@example.test"))
    password = "wrong" if who == ANN else PASSWORD
    assert refused(house, ScramClient(who, password), "SCRAM-SHA-256") is AuthenticationFailed


@pytest.mark.threat("A1")
def test_wrong_proofs_count_and_a_blocked_source_costs_nothing(house: House) -> None:
    errors = []
    for n in range(25):
        with pytest.raises((AuthenticationFailed, SignInThrottled)) as caught:
            sign_in(house, ScramClient(f"{n}@example.test", "guess"))
        errors.append(caught.type)
    assert errors == [AuthenticationFailed] * 20 + [SignInThrottled] * 5
    assert sign_in(house, ScramClient(ANN, PASSWORD), peer=Peer("198.51.100.1")).name == ANN


@pytest.mark.threat("A14")
def test_acting_for_others_needs_a_grant(house: House) -> None:
    house.now(house.people.accounts.add("bob@example.test", "x"))
    house.now(house.people.accounts.add_address(ANN, "anna@example.test"))
    assert sign_in(house, ScramClient(ANN, PASSWORD, authzid="anna@example.test")).name == ANN
    for other in ("bob@example.test", "nobody@example.test", "x"):
        client = ScramClient(ANN, PASSWORD, authzid=other)
        assert refused(house, client, "SCRAM-SHA-256") is AuthorizationFailed


@pytest.mark.threat("A11")
def test_an_app_password_proves_itself_beside_the_accounts_own(house: House) -> None:
    """Its client may have typed the hyphens, or not; the server need not know which is used."""
    apps = house.people.apps
    made = [house.now(apps.add(ANN, f"app {n}", ["imap"] if n else ["pop3"])) for n in range(3)]
    for typed in (made[1], made[1].replace("-", "")):
        assert sign_in(house, ScramClient(ANN, typed)).app == "app 1"
    assert sign_in(house, ScramClient(ANN, PASSWORD)).app == ""
    assert refused(house, ScramClient(ANN, made[0]), "SCRAM-SHA-256") is AuthenticationFailed
    house.now(apps.remove(ANN, "app 1"))
    assert refused(house, ScramClient(ANN, made[1]), "SCRAM-SHA-256") is AuthenticationFailed


@pytest.mark.threat("A9")
def test_a_changed_password_proves_nothing_any_more(house: House) -> None:
    house.now(house.people.accounts.password(ANN, "new"))
    assert refused(house, ScramClient(ANN, PASSWORD), "SCRAM-SHA-256") is AuthenticationFailed
    assert sign_in(house, ScramClient(ANN, "new")).generation == 2


def test_who_has_an_old_hash_signs_in_by_plain_once(house: House) -> None:
    old = pbkdf2_sha512.using(rounds=1000).hash(PASSWORD)
    done(house.store.writer.run(change_password, Address.parse(ANN), old))
    assert refused(house, ScramClient(ANN, PASSWORD), "SCRAM-SHA-256") is AuthenticationFailed
    house.sign_in(ANN, PASSWORD)
    assert sign_in(house, ScramClient(ANN, PASSWORD)).name == ANN


@pytest.mark.threat("A7")
def test_each_message_has_its_turn(house: House) -> None:
    client = ScramClient(ANN, PASSWORD)
    exchange = begun(house, "SCRAM-SHA-256")
    challenge = step(house, exchange, client.first())
    with pytest.raises(Malformed):
        step(house, exchange, client.last(challenge).replace(b",r=", b",r=x"))
    exchange = begun(house, "SCRAM-SHA-256")
    challenge = step(house, exchange, client.first())
    step(house, exchange, client.last(challenge))
    with pytest.raises(Malformed):
        step(house, exchange, b"more")
    with pytest.raises(Malformed):
        step(house, begun(house, "SCRAM-SHA-256"), client.last(challenge))
