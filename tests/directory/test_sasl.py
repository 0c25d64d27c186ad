"""SASL exchanges, whoever's door they come through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.directory.identity import Credentials
from mailsuite.directory.sasl import (
    RESPONSE_OCTETS,
    Exchange,
    Malformed,
    decoded,
    encoded,
    exchange,
    mechanisms,
)

WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)


def begun(mechanism: str) -> Exchange:
    made = exchange(mechanism)
    assert made is not None
    return made


def test_what_is_offered_can_be_begun_in_any_case() -> None:
    assert mechanisms() == ("PLAIN", "LOGIN")
    for name in mechanisms():
        assert exchange(name.lower()) is not None
    assert exchange("CRAM-MD5") is None


@given(user=WORDS, password=WORDS, authzid=st.just("") | WORDS)
def test_plain_says_all_at_once(user: str, password: str, authzid: str) -> None:
    response = f"{authzid}\0{user}\0{password}".encode()
    assert begun("PLAIN").step(response) == Credentials(user, password, authzid)


@given(user=WORDS, password=WORDS)
def test_login_asks_twice(user: str, password: str) -> None:
    login = begun("LOGIN")
    assert login.opening == b"Username:"
    assert login.step(user.encode()) == b"Password:"
    assert login.step(password.encode()) == Credentials(user, password)


@pytest.mark.threat("A7")
@pytest.mark.parametrize(
    "response",
    [
        b"",
        b"a",
        b"a\0b",
        b"\0\0",
        b"\0a\0",
        b"\0\0b",
        b"a\0b\0c\0d",
        b"\0a\0\xff",
        b"\0a\0" + b"x" * 13_000,
    ],
)
def test_plain_refuses_what_is_not_whole(response: bytes) -> None:
    with pytest.raises(Malformed):
        begun("PLAIN").step(response)


@pytest.mark.threat("A7")
@pytest.mark.parametrize("response", [b"", b"\0", b"a\0b", b"\xff", b"x" * (RESPONSE_OCTETS + 1)])
def test_login_refuses_what_is_not_whole(response: bytes) -> None:
    with pytest.raises(Malformed):
        begun("LOGIN").step(response)
    login = begun("LOGIN")
    login.step(b"ann")
    with pytest.raises(Malformed):
        login.step(response)


@pytest.mark.threat("A7")
@given(mechanism=st.sampled_from(mechanisms()), responses=st.lists(st.binary(max_size=20)))
def test_nothing_but_malformed_is_raised(mechanism: str, responses: list[bytes]) -> None:
    going = begun(mechanism)
    for response in responses:
        try:
            given = going.step(response)
        except Malformed:
            break
        if isinstance(given, Credentials):
            assert given.user
            assert given.password
            break


@given(octets=st.binary(min_size=1))
def test_what_is_encoded_is_decoded(octets: bytes) -> None:
    assert decoded(encoded(octets)) == octets


def test_an_equals_sign_is_an_empty_response() -> None:
    assert decoded(b"=") == b""
    assert decoded(b"") == b""


@pytest.mark.threat("A7")
@pytest.mark.parametrize(
    "octets", [b"=AAA", b"AAA=BBB", b"A", b"AAAA\n", b"A A=", b"\xff", b"A" * 25_000]
)
def test_base64_is_strict_and_bounded(octets: bytes) -> None:
    """RFC 5034 §4: characters outside the alphabet are refused, not passed over."""
    with pytest.raises(Malformed):
        decoded(octets)


@pytest.mark.threat("O2")
def test_a_password_stands_in_no_repr_and_no_error() -> None:
    assert "secret" not in repr(Credentials("ann", "secret"))
    with pytest.raises(Malformed) as caught:
        begun("PLAIN").step(b"\0ann\0secret\xff")
    assert "secret" not in repr(caught.value)
    assert caught.value.__cause__ is None
