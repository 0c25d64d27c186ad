"""Masked addresses as their owner asks for them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.directory.masks import LENGTH, LETTERS
from mailsuite.directory.typed import Refused, typed_note
from mailsuite.errors import AuthenticationFailed, MailError, NoSuchThing, NoSuchUser
from mailsuite.message.addresses import Address
from tests.directory.people import PASSWORD, House


def test_one_is_made_shut_opened_and_removed(house: House) -> None:
    known = house.people.masks
    made = house.now(known.add("Ann@Example.test", note=" Shoes & Co "))
    local, _, domain = made.address.partition("@")
    assert (len(local), domain, made.note) == (LENGTH, "example.test", "Shoes & Co")
    assert set(local) <= set(LETTERS)
    at = Address.parse(made.address)
    account = house.sign_in("ann@example.test", PASSWORD)
    assert [i.name for i in house.now(house.directory.resolve(at)).accounts] == [account.name]
    assert house.now(house.directory.owns(account, at))
    assert house.now(known.off(made.address)).state == "off"
    with pytest.raises(NoSuchUser):
        house.now(house.directory.resolve(at))
    assert not house.now(house.directory.owns(account, at))
    assert house.now(known.on(made.address)).state == "on"
    assert house.now(known.all("ann@example.test")) == [made]
    house.now(known.remove(made.address))
    assert house.now(known.all("ann@example.test")) == []


def test_it_is_no_name_to_sign_in_by(house: House) -> None:
    made = house.now(house.people.masks.add("ann@example.test"))
    with pytest.raises(AuthenticationFailed):
        house.sign_in(made.address, PASSWORD)


def test_it_may_stand_in_another_domain_of_ours(house: House) -> None:
    house.now(house.people.domains.add("second.test"))
    made = house.now(house.people.masks.add("ann@example.test", "Second.test"))
    assert made.address.endswith("@second.test")
    with pytest.raises(NoSuchThing):
        house.now(house.people.masks.add("ann@example.test", "else.test"))
    with pytest.raises(NoSuchThing):
        house.now(house.people.masks.add("nobody@example.test"))
    with pytest.raises(Refused):
        house.now(house.people.masks.add("ann@example.test", expires=-1))


def test_where_chance_fails_nothing_is_taken_over(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secrets.choice", lambda _: "a")
    house.now(house.people.masks.add("ann@example.test"))
    with pytest.raises(Refused):
        house.now(house.people.masks.add("ann@example.test"))


@given(text=st.text())
def test_a_note_is_printable_or_refused(text: str) -> None:
    try:
        note = typed_note(text)
    except MailError:
        return
    assert len(note) <= 200
    assert note.isprintable()
