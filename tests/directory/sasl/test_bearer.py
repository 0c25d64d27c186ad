"""OAUTHBEARER and XOAUTH2 as they stand on the wire."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.directory.identity import Account
from mailsuite.directory.sasl.bearer import Bearer, OAuthBearer, XOAuth2
from mailsuite.directory.sasl.exchange import Caller, Malformed
from mailsuite.errors import AuthenticationFailed
from mailsuite.wire.link import Peer
from tests.directory.sasl.people import ANN, stepped

CALLER = Caller(Peer("192.0.2.7", 1), "imap")


class Takes:
    """Takes one token."""

    refusal = json.dumps({"status": "invalid_token"}).encode()

    def __init__(self) -> None:
        self.given: list[Bearer] = []

    async def enter(self, given: Bearer, caller: Caller) -> Account:
        self.given.append(given)
        if given.token == "bad":
            raise AuthenticationFailed
        return ANN


def test_the_published_message() -> None:
    """RFC 7628 §4.1."""
    vectors = json.loads((Path(__file__).parents[2] / "data/auth/sasl.json").read_text())
    vector = next(one for one in vectors if one["mechanism"] == "OAUTHBEARER")
    takes = Takes()
    assert stepped(OAuthBearer(takes, CALLER), vector["response"].encode()) == ANN
    assert takes.given == [Bearer(vector["username"], vector["token"])]
    assert vector["token"] not in repr(takes.given)


@pytest.mark.parametrize(
    ("message", "user"),
    [
        ("n,,\x01auth=Bearer tok\x01\x01", ""),
        ("y,,\x01auth=bearer tok\x01\x01", ""),
        ("n,a=a=2Cb=3D,\x01host=x\x01auth=BEARER tok\x01port=1\x01\x01", "a,b="),
    ],
)
def test_oauthbearer_is_read(message: str, user: str) -> None:
    takes = Takes()
    assert stepped(OAuthBearer(takes, CALLER), message.encode()) == ANN
    assert takes.given == [Bearer(user, "tok")]


def test_xoauth2_is_read() -> None:
    takes = Takes()
    assert stepped(XOAuth2(takes, CALLER), b"user=ann@x\x01auth=Bearer tok\x01\x01") == ANN
    assert takes.given == [Bearer("ann@x", "tok")]


@pytest.mark.threat("A7")
@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\x01",
        b"n,,",
        b"n,,\x01\x01",
        b"n,,\x01auth=Bearer tok",
        b"n,,\x01auth=Bearer tok\x01",
        b"n,,\x01auth=Basic tok\x01\x01",
        b"n,,\x01auth=Bearer \x01\x01",
        b"n,,\x01auth=Bearer a b\x01\x01",
        b"n,,\x01auth=Bearer a\x01auth=Bearer b\x01\x01",
        b"p=tls-exporter,,\x01auth=Bearer tok\x01\x01",
        b"n,ann,\x01auth=Bearer tok\x01\x01",
        b"n,a=x=y,\x01auth=Bearer tok\x01\x01",
        b"n,a=x\x01auth=Bearer tok\x01\x01",
        b"user=\x01auth=Bearer tok\x01\x01",
        b"user=a\0b\x01auth=Bearer tok\x01\x01",
        b"\xff",
    ],
)
@pytest.mark.parametrize("kind", [OAuthBearer, XOAuth2])
def test_anything_else_is_malformed(kind: type[OAuthBearer], message: bytes) -> None:
    with pytest.raises(Malformed):
        stepped(kind(Takes(), CALLER), message)


@pytest.mark.parametrize(
    ("kind", "message", "dummy"),
    [
        (OAuthBearer, b"n,,\x01auth=Bearer bad\x01\x01", b"\x01"),
        (XOAuth2, b"user=a\x01auth=Bearer bad\x01\x01", b""),
    ],
)
def test_a_refusal_is_told_before_the_failure(
    kind: type[OAuthBearer], message: bytes, dummy: bytes
) -> None:
    """RFC 7628 §3.2.3: the client says nothing to it, and then it has failed."""
    exchange = kind(Takes(), CALLER)
    assert stepped(exchange, message) == Takes.refusal
    with pytest.raises(AuthenticationFailed) as caught:
        stepped(exchange, dummy)
    assert caught.type is AuthenticationFailed
    exchange = kind(Takes(), CALLER)
    with pytest.raises(Malformed):
        stepped(exchange, message, message.replace(b"bad", b"good"))


@given(octets=st.binary(max_size=60))
def test_nothing_but_malformed_is_raised(octets: bytes) -> None:
    for kind in (OAuthBearer, XOAuth2):
        for message in (octets, b"n," + octets + b"\x01\x01", b"user=" + octets + b"\x01\x01"):
            try:
                stepped(kind(Takes(), CALLER), message)
            except Malformed:
                continue
