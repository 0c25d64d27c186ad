"""Passwords for programs: right ones sign in without a hash, at the doors that they are for."""

import pytest

from mailsuite.directory.app_passwords import (
    LENGTH,
    LETTERS,
    Unfit,
    find_app,
    fits,
    hash_app,
    may_be_app,
    new_password,
)
from mailsuite.directory.identity import Account, Credentials
from mailsuite.errors import AuthenticationFailed, CredentialExpired
from mailsuite.message.addresses import Address
from mailsuite.store.app_passwords import AppPassword
from tests.directory.people import HOME, House

PASSWORD = "abcde-fghij-kmnpq-rstuv-wxyz2-3"
ANN = "ann@example.test"


def kept() -> list[AppPassword]:
    other = AppPassword(1, "other", "", "", 0, 0, 0, hash_app(new_password()))
    return [other, AppPassword(2, "phone", "", "", 0, 0, 0, hash_app(PASSWORD))]


def sign_in(house: House, password: str, door: str = "imap") -> Account:
    return house.now(house.directory.sign_in(Credentials(ANN, password), HOME, door))


@pytest.mark.threat("A3")
def test_a_new_one_has_130_random_bits():
    assert len(LETTERS) == 32
    made = {new_password() for _ in range(100)}
    assert len(made) == 100
    assert all(len(one.replace("-", "")) == LENGTH and may_be_app(one) for one in made)
    assert hash_app(PASSWORD) != hash_app(PASSWORD), "each has a salt of its own"


@pytest.mark.parametrize("typed", [PASSWORD, PASSWORD.replace("-", ""), PASSWORD.upper() + " "])
def test_hyphens_blanks_and_case_do_not_matter(typed):
    found = find_app(kept(), typed)
    assert found is not None
    assert found.name == "phone"


@pytest.mark.threat("A11")
@pytest.mark.parametrize(
    ("scopes", "doors"),
    [
        ("", "imap pop3 submission"),
        ("imap", "imap"),
        ("imap pop3", "imap pop3"),
        ("pop3 smtp", "pop3 submission"),
        ("smtp", "submission"),
        ("send-only", "submission"),
        ("send-only smtp", "submission"),
        ("read-only", "imap pop3"),
        ("imap read-only", "imap"),
    ],
)
def test_each_scope_opens_its_doors(scopes: str, doors: str) -> None:
    assert [d for d in ("imap", "pop3", "submission") if fits(scopes, d)] == doors.split()


def test_the_end_is_told_to_who_has_the_password_alone(house: House) -> None:
    password = house.now(house.people.apps.add(ANN, "old", expires=1_800_000_000))
    with pytest.raises(CredentialExpired):
        sign_in(house, password)
    with pytest.raises(AuthenticationFailed) as caught:
        sign_in(house, new_password())
    assert caught.type is AuthenticationFailed
    later = house.now(house.people.apps.add(ANN, "new", expires=1_800_000_001))
    assert sign_in(house, later).app == "new"


def test_uses_are_written_together_behind_the_sign_ins(house: House) -> None:
    password = house.now(house.people.apps.add(ANN, "phone"))
    sign_in(house, password)
    assert house.now(house.people.apps.all(ANN))[0].last_used == 0
    house.clock.advance(30)
    assert house.now(house.people.apps.all(ANN))[0].last_used == 1_800_000_000
    sign_in(house, password)
    assert house.clock.getDelayedCalls() == [], "written at most once an hour"


def test_uses_are_written_when_the_process_ends(house: House) -> None:
    sign_in(house, house.now(house.people.apps.add(ANN, "phone")))
    house.now(house.directory.end())
    assert house.now(house.people.apps.all(ANN))[0].last_used == 1_800_000_000
    house.now(house.directory.end())


@pytest.mark.parametrize("password", ["", "secret", PASSWORD[:-1], PASSWORD + "a", "ä" * LENGTH])
def test_what_has_another_form_costs_no_look(password):
    assert not may_be_app(password)


def test_signing_in_with_one(house: House) -> None:
    """The session knows which one; no hash thread has worked."""
    apps = house.people.apps
    password = house.now(apps.add(ANN, "phone", ["imap"]))
    before = house.verified
    account = sign_in(house, password)
    assert account.app == "phone"
    assert house.verified == before
    with pytest.raises(AuthenticationFailed):
        sign_in(house, password, "pop3")
    house.now(apps.hide(ANN, "phone", hide=["idle"]))
    house.now(apps.hide(ANN, "", hide=["move"], show=["uidonly"]))
    account = sign_in(house, password)
    assert account.hidden == {b"IDLE", b"MOVE"}
    assert account.asked_for == {b"UIDONLY"}
    house.now(apps.remove(ANN, "phone"))
    with pytest.raises(AuthenticationFailed):
        sign_in(house, password)


@pytest.mark.parametrize(
    ("name", "scopes"),
    [
        ("", []),
        ("x" * 101, []),
        ("a\nb", []),
        ("x", ["web"]),
        ("x", ["read-only", "smtp"]),
        ("x", ["send-only", "imap"]),
    ],
)
def test_what_is_refused(house: House, name, scopes) -> None:
    with pytest.raises(Unfit):
        house.now(house.people.apps.add(ANN, name, scopes))


def test_a_shut_account_is_shut_to_programs_too(house: House) -> None:
    password = house.now(house.people.apps.add(ANN, "phone"))
    house.now(house.people.accounts.disable(ANN))
    with pytest.raises(AuthenticationFailed):
        sign_in(house, password)


def test_no_password_of_ours_is_made_of_an_address() -> None:
    assert not may_be_app(str(Address("ann", "example.test")))
