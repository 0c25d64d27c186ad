"""Who comes in because somebody else vouches: an issuer of tokens, an authority of certificates."""

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest
from attrs import define, evolve, field

from mailsuite.directory.gates import MakesIssuer
from mailsuite.directory.identity import Account
from mailsuite.directory.issuer import FetchedKeys, FileKeys, Introspection, Issuer
from mailsuite.errors import (
    AuthenticationFailed,
    AuthorizationFailed,
    NoAccount,
    SignInThrottled,
    Unavailable,
)
from mailsuite.wire.limits import Limits
from mailsuite.wire.link import PeerCertificate, Tls
from tests.dialogue import Wire
from tests.directory.people import HOME, House
from tests.directory.tokens import RULES, claims, keys, published, signed

ANN = "ann@example.test"


@define
class Web:
    """What is published, by URL; and who asked."""

    pages: dict[str, bytes] = field(factory=dict)
    asked: list[tuple[str, Mapping[str, str]]] = field(factory=list)

    async def get(self, url: str, *, most_octets: int) -> bytes:
        return await self.post(url, {}, most_octets=most_octets)

    async def post(self, url: str, fields: Mapping[str, str], *, most_octets: int) -> bytes:
        self.asked.append((url, fields))
        if url not in self.pages:
            raise Unavailable
        return self.pages[url]


def open_to(house: House, oauth: MakesIssuer) -> None:
    house.directory.configure(house.limits, (), oauth=oauth)


def by_file(house: House) -> None:
    believes = FileKeys(keys("ec"), RULES)
    open_to(house, lambda vouches: Issuer(believes, RULES, vouches, "https://issuer.test/d"))


def ask(house: House, token: str, user: str = "", mechanism: str = "OAUTHBEARER") -> Any:
    exchange = house.directory.begin(mechanism, Wire(house.clock, HOME), "imap")
    assert exchange is not None
    said = f"n,{user and 'a=' + user},\x01auth=Bearer {token}\x01\x01"
    if mechanism == "XOAUTH2":
        said = f"user={user}\x01auth=Bearer {token}\x01\x01"
    answer = house.now(exchange.step(said.encode()))
    if isinstance(answer, Account):
        return answer
    assert json.loads(answer)["status"] == "invalid_token"
    return house.now(exchange.step(b""))


def now_claims(**changed: Any) -> dict[str, Any]:
    return claims(time.time(), **changed)


@pytest.mark.parametrize("mechanism", ["OAUTHBEARER", "XOAUTH2"])
def test_a_token_of_the_issuer_signs_in(house: House, mechanism: str) -> None:
    assert house.directory.begin(mechanism, Wire(house.clock), "imap") is None, "no issuer yet"
    by_file(house)
    assert mechanism in house.directory.mechanisms(Wire(house.clock))
    assert ask(house, signed(now_claims()), ANN, mechanism).name == ANN


@pytest.mark.threat("A14")
@pytest.mark.parametrize("mechanism", ["OAUTHBEARER", "XOAUTH2"])
def test_a_token_opens_its_own_account_alone(house: House, mechanism: str) -> None:
    house.now(house.people.accounts.add("bob@example.test", "x"))
    by_file(house)
    with pytest.raises(AuthorizationFailed):
        ask(house, signed(now_claims()), "bob@example.test", mechanism)


@pytest.mark.threat("A9")
def test_without_an_open_account_the_administrator_is_to_be_asked(house: House) -> None:
    by_file(house)
    with pytest.raises(NoAccount):
        ask(house, signed(now_claims(email="nobody@example.test")))
    house.now(house.people.accounts.disable(ANN))
    with pytest.raises(NoAccount):
        ask(house, signed(now_claims()))


@pytest.mark.threat("A1")
def test_forged_tokens_count_and_old_ones_do_not(house: House) -> None:
    house.limits = Limits(sign_in_failures_per_address=3)
    by_file(house)
    for _ in range(10):
        with pytest.raises(AuthenticationFailed):
            ask(house, signed(now_claims(exp=1)))
    assert ask(house, signed(now_claims())).name == ANN
    for _ in range(3):
        with pytest.raises(AuthenticationFailed):
            ask(house, signed(now_claims(), "rsa", "RS256"))
    with pytest.raises(SignInThrottled):
        ask(house, signed(now_claims()))


@pytest.mark.threat("A10")
def test_published_keys_are_fetched_once_and_again_when_they_change(house: House) -> None:
    url = "https://issuer.test/keys"
    web = Web({url: published("rsa")})
    believes = FetchedKeys(url, RULES, web, house.clock.seconds)
    open_to(house, lambda vouches: Issuer(believes, RULES, vouches))
    for _ in range(3):
        assert ask(house, signed(now_claims(), "rsa", "RS256")).name == ANN
    assert len(web.asked) == 1
    for _ in range(3):
        with pytest.raises(AuthenticationFailed):
            ask(house, signed(now_claims(), kid="made up"))
    assert len(web.asked) == 1, "a made-up name asks for nothing within a minute"
    web.pages[url] = published("ec")
    house.clock.advance(61)
    assert ask(house, signed(now_claims())).name == ANN
    assert len(web.asked) == 2
    house.clock.advance(3_601)
    del web.pages[url]
    assert ask(house, signed(now_claims())).name == ANN, "the issuer is away"


def test_an_issuer_that_cannot_be_asked_is_trouble_of_ours(house: House) -> None:
    believes = FetchedKeys("https://issuer.test/keys", RULES, Web(), house.clock.seconds)
    open_to(house, lambda vouches: Issuer(believes, RULES, vouches))
    with pytest.raises(Unavailable):
        ask(house, signed(now_claims()))


@pytest.mark.threat("A10")
def test_an_issuer_is_asked_about_a_token_once_a_minute(house: House) -> None:
    url = "https://issuer.test/told"
    web = Web({url: json.dumps(claims(active=True)).encode()})
    times = [1_800_000_000.0]
    believes = Introspection(url, "mail", "s3cret", RULES, web, lambda: times[0])
    open_to(house, lambda vouches: Issuer(believes, RULES, vouches))
    assert ask(house, "opaque").name == ask(house, "opaque").name == ANN
    asked = {"token": "opaque", "client_id": "mail", "client_secret": "s3cret"}
    assert web.asked == [(url, {**asked, "token_type_hint": "access_token"})]
    web.pages[url] = b'{"active": false}'
    times[0] += 61
    with pytest.raises(AuthenticationFailed):
        ask(house, "opaque")
    for answer in (b"[]", b"x", b"{" * 10_000):
        web.pages[url] = answer
        with pytest.raises(Unavailable):
            ask(house, "another")
    assert "s3cret" not in repr(evolve(believes, fetches=Web()))


CERTIFICATE = PeerCertificate("CN=Ann", ("nobody@example.test", "Ann@Example.test"))


def by_certificate(
    house: House, shown: PeerCertificate | None, authzid: str = ""
) -> Account | None:
    wire = Wire(house.clock, HOME, Tls("TLSv1.3", "", peer_certificate=shown))
    exchange = house.directory.begin("EXTERNAL", wire, "imap")
    if exchange is None:
        assert "EXTERNAL" not in house.directory.mechanisms(wire)
        return None
    account = house.now(exchange.step(authzid.encode()))
    assert isinstance(account, Account)
    return account


@pytest.mark.parametrize("authzid", ["", ANN])
def test_a_certificates_address_signs_in(house: House, authzid: str) -> None:
    account = by_certificate(house, CERTIFICATE, authzid)
    assert account is not None
    assert account.name == ANN


@pytest.mark.threat("A10")
@pytest.mark.parametrize("shown", [None, evolve(CERTIFICATE, addresses=())])
def test_a_certificate_without_an_address_is_nobodys(
    house: House, shown: PeerCertificate | None
) -> None:
    """Dovecot CVE-2019-3814: who has a certificate without a name says himself who he is."""
    assert by_certificate(house, shown, ANN) is None


@pytest.mark.threat("A10")
@pytest.mark.threat("A14")
def test_whom_a_client_names_is_not_who_it_is(house: House) -> None:
    house.now(house.people.accounts.add("bob@example.test", "x"))
    with pytest.raises(AuthorizationFailed):
        by_certificate(house, CERTIFICATE, "bob@example.test")
    with pytest.raises(NoAccount):
        by_certificate(
            house, evolve(CERTIFICATE, addresses=("x@example.test", "x")), "bob@example.test"
        )
    with pytest.raises(AuthenticationFailed):
        by_certificate(house, CERTIFICATE, "a\0b")
