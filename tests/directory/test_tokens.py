"""Which tokens are believed."""

import base64
import hmac
import json
import time
from typing import Any

import jwt
import pytest
from attrs import evolve
from cryptography.hazmat.primitives import serialization

from mailsuite.directory.tokens import (
    BadKeys,
    BadToken,
    ExpiredToken,
    account_named,
    check_told,
    read_keys,
    read_token,
)
from tests.directory.tokens import NOW, RULES, claims, keys, private, published, signed

SET = keys("ec", "rsa", "ed")


def parts(**header: Any) -> str:
    """A token with any header and a signature of nobody's."""
    pieces = [header, claims(time.time())]
    told = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in pieces]
    return b".".join([*told, b"AAAA"]).decode()


def by_public_key() -> str:
    """The public key taken for a shared secret: who has the set signs what he likes."""
    pem = (
        private("rsa")
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"rsa"}').rstrip(b"=")
    said = base64.urlsafe_b64encode(json.dumps(claims(time.time())).encode()).rstrip(b"=")
    mac = hmac.digest(pem, head + b"." + said, "sha256")
    return b".".join([head, said, base64.urlsafe_b64encode(mac).rstrip(b"=")]).decode()


@pytest.mark.parametrize(("by", "algorithm"), [("ec", "ES256"), ("rsa", "RS256"), ("ed", "EdDSA")])
@pytest.mark.parametrize("audience", ["mail", "mail2", ["other", "mail"]])
def test_a_signed_token_says_who_it_is(by: str, algorithm: str, audience: object) -> None:
    token = signed(claims(time.time(), aud=audience), by, algorithm)
    assert account_named(read_token(token, SET, RULES), RULES) == "ann@example.test"


@pytest.mark.threat("A10")
@pytest.mark.parametrize(
    "changed",
    [
        {"iss": None},
        {"iss": "https://other.test"},
        {"aud": None},
        {"aud": "other"},
        {"aud": []},
        {"aud": 1},
        {"exp": None},
        {"exp": 1},
        {"exp": "never"},
        {"nbf": None},
        {"nbf": 1 << 40},
        {"nbf": None, "iat": 1 << 40},
        {"nbf": "now"},
    ],
)
def test_every_claim_is_there_and_right(changed: dict[str, Any]) -> None:
    with pytest.raises(BadToken):
        read_token(signed(claims(time.time(), **changed)), SET, RULES)


@pytest.mark.threat("A10")
@pytest.mark.parametrize(
    "token",
    [
        "",
        "a.b",
        "a.b.c",
        "a.b.c.d.e",
        parts(alg="none", kid="ec"),
        parts(alg="None"),
        parts(alg="HS256", kid="rsa"),
        parts(alg="ES256", kid=["ec"]),
        parts(alg="ES256", kid={"a": 1}),
        parts(alg="ES256"),
        parts(alg=1, kid="ec"),
        parts(kid="ec"),
        parts(alg="ES256", kid="ec", typ="logout+jwt"),
        parts(alg="ES256", kid="ec", crit=["x"], x=1),
        parts(alg="ES256", kid="ec", jwk={"kty": "oct", "k": "AAAA"}),
        parts(alg="RSA-OAEP", enc="A128GCM", kid="rsa"),
    ],
)
def test_no_other_shape_and_no_other_algorithm(token: str) -> None:
    with pytest.raises(BadToken):
        read_token(token, SET, RULES)


@pytest.mark.threat("A10")
def test_signatures_are_of_the_named_key_by_its_algorithm() -> None:
    said = claims(time.time())
    good = signed(said)
    head, body, signature = good.split(".")
    other = signed({**said, "email": "bob@example.test"}).split(".")[1]
    bad = [
        f"{head}.{other}.{signature}",
        f"{head}.{body}.",
        f"{head}.{body}.{signature[:-8]}AAAAAAAA",
        signed(said, "rsa2", "RS256", kid="rsa"),
        signed(said, "rsa", "RS256", kid="ec"),
        signed(said, "rsa", "PS256"),
        signed(said, "rsa", "RS512"),
        by_public_key(),
    ]
    for token in bad:
        with pytest.raises(BadToken):
            read_token(token, SET, RULES)


@pytest.mark.threat("A10")
@pytest.mark.parametrize("name", ["../../etc/passwd", "", "x' OR 1=1", "http://evil.test/jwks"])
def test_a_key_that_is_not_in_the_set_is_looked_for_nowhere(name: str) -> None:
    with pytest.raises(KeyError):
        read_token(signed(claims(time.time()), kid=name), SET, RULES)


def test_a_key_of_one_needs_no_name() -> None:
    token = jwt.encode(claims(time.time()), private("ec"), "ES256")
    assert read_token(token, keys("ec"), RULES)
    with pytest.raises(BadToken):
        read_token(token, SET, RULES)


def test_a_token_of_the_past_is_told_apart() -> None:
    with pytest.raises(ExpiredToken):
        read_token(signed(claims(time.time(), exp=int(time.time()) - 100)), SET, RULES)


@pytest.mark.threat("A10")
@pytest.mark.parametrize(
    "changed",
    [
        {"email": None},
        {"email": ""},
        {"email": ["ann@example.test"]},
        {"email_verified": False},
        {"email_verified": "true"},
        {"scope": "mailbox"},
        {"scope": None},
    ],
)
def test_the_account_is_named_by_a_verified_word_within_the_scope(changed: dict[str, Any]) -> None:
    rules = evolve(RULES, scope=("mail",))
    whole = claims(scope="openid mail", email_verified=True)
    assert account_named(whole, rules) == "ann@example.test"
    with pytest.raises(BadToken):
        account_named(claims(**{"scope": "openid mail", **changed}), rules)


@pytest.mark.threat("A10")
@pytest.mark.parametrize(
    "changed",
    [
        {"active": False},
        {"active": None},
        {"active": "true"},
        {"iss": "https://other.test"},
        {"aud": None},
        {"aud": "other"},
        {"exp": None},
        {"exp": NOW - 100},
        {"nbf": NOW + 100},
        {"nbf": "now"},
    ],
)
def test_what_an_issuer_says_is_checked_as_well(changed: dict[str, Any]) -> None:
    assert check_told(claims(active=True), RULES, NOW)
    with pytest.raises(BadToken):
        check_told(claims(**{"active": True, **changed}), RULES, NOW)


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"[]",
        b"{}",
        b'{"keys":{}}',
        b'{"keys":[1,{"kty":"oct","k":"AAAA","kid":"x"},{"kty":"RSA","kid":"y"}]}',
        b"[" * 100_000,
        b" " * 300_000,
    ],
)
def test_what_is_no_set_of_keys_is_told(octets: bytes) -> None:
    with pytest.raises(BadKeys):
        read_keys(octets)


def test_keys_that_encrypt_or_that_are_private_are_passed_over() -> None:
    listed = json.loads(published("ec", "ed"))["keys"]
    listed[0]["use"] = "enc"
    listed[1]["d"] = "AAAA"
    with pytest.raises(BadKeys):
        read_keys(json.dumps({"keys": listed}).encode())
