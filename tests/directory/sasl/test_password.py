"""PLAIN and LOGIN."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.directory.identity import Credentials
from mailsuite.directory.sasl.exchange import RESPONSE_OCTETS, Malformed
from mailsuite.directory.sasl.password import Login, Plain
from tests.directory.sasl.people import ANN, Checks, stepped

WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)


@given(user=WORDS, password=WORDS, authzid=st.just("") | WORDS)
def test_plain_says_all_at_once(user: str, password: str, authzid: str) -> None:
    checks = Checks()
    assert stepped(Plain(checks), f"{authzid}\0{user}\0{password}".encode()) == ANN
    assert checks.given == [Credentials(user, password, authzid)]


@given(user=WORDS, password=WORDS)
def test_login_asks_twice(user: str, password: str) -> None:
    checks = Checks()
    login = Login(checks)
    assert login.opening == b"Username:"
    assert stepped(login, user.encode()) == b"Password:"
    assert stepped(login, password.encode()) == ANN
    assert checks.given == [Credentials(user, password)]


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
        stepped(Plain(Checks()), response)


@pytest.mark.threat("A7")
@pytest.mark.parametrize("response", [b"", b"\0", b"a\0b", b"\xff", b"x" * (RESPONSE_OCTETS + 1)])
def test_login_refuses_what_is_not_whole(response: bytes) -> None:
    with pytest.raises(Malformed):
        stepped(Login(Checks()), response)
    login = Login(Checks())
    stepped(login, b"ann")
    with pytest.raises(Malformed):
        stepped(login, response)


@pytest.mark.threat("O2")
def test_a_password_stands_in_no_repr_and_no_error() -> None:
    assert "secret" not in repr(Credentials("ann", "secret"))
    with pytest.raises(Malformed) as caught:
        stepped(Plain(Checks()), b"\0ann\0secret\xff")
    assert "secret" not in repr(caught.value)
    assert caught.value.__cause__ is None
