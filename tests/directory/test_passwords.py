"""Hashes of passwords."""

import unicodedata

import pytest
from passlib.hash import pbkdf2_sha512

from mailsuite.directory import passwords
from mailsuite.directory.passwords import (
    DUMMY,
    HASHES,
    hash_password,
    is_outdated,
    normal,
    verify_password,
)


@pytest.fixture(autouse=True)
def real_hashes(cheap_hashes: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here the real costs are what is tested."""
    monkeypatch.setattr(passwords, "HASHES", HASHES)


def test_argon2id_with_the_costs_decided() -> None:
    secret = hash_password("x")
    assert secret.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert verify_password(secret, "x")
    assert not is_outdated(secret)
    assert hash_password("x") != secret, "salted"


@pytest.mark.threat("A13")
@pytest.mark.parametrize(
    ("password", "other"),
    [
        ("x", "x "),
        ("x", "X"),
        ("x" * 72 + "a", "x" * 72 + "b"),
        ("x" * 1023 + "a", "x" * 1023 + "b"),
        ("a\0b", "a\0c"),
        ("ä", "a"),
        ("ﬁ", "fi"),
    ],
)
def test_different_passwords_stay_different(password: str, other: str) -> None:
    assert not verify_password(hash_password(password), other)


@pytest.mark.threat("A13")
def test_one_letter_in_two_spellings_is_one_password() -> None:
    """A Mac may write ä in two code points, a phone in one."""
    secret = hash_password(unicodedata.normalize("NFD", "grün"))
    assert verify_password(secret, unicodedata.normalize("NFC", "grün"))
    assert normal("gru\u0308n") == "grün"


@pytest.mark.threat("A3")
def test_the_dummy_costs_what_any_other_costs() -> None:
    assert not is_outdated(DUMMY)
    assert DUMMY.split("$")[:4] == hash_password("x").split("$")[:4]
    assert not verify_password(DUMMY, "")


def test_older_hashes_are_read_and_known_as_such() -> None:
    old = pbkdf2_sha512.using(rounds=1000).hash("x")
    assert verify_password(old, "x")
    assert is_outdated(old)
