"""Send-as, as an administrator gives it."""

import pytest

from mailsuite.errors import NoSuchThing
from mailsuite.message.addresses import Address
from tests.directory.people import PASSWORD, House


def test_members_send_as_their_group_where_that_was_said(house: House) -> None:
    people = house.people
    house.now(people.accounts.add("bob@example.test", "x"))
    house.now(people.aliases.add("team@example.test", ["ann@example.test", "bob@example.test"]))
    ann, team = house.sign_in("ann@example.test", PASSWORD), Address("team", "example.test")
    assert not house.now(house.directory.owns(ann, team))
    assert house.now(people.senders.allow("team@example.test", "members")) == ["members"]
    assert house.now(house.directory.owns(ann, team))
    house.now(people.senders.forbid("team@example.test", "members"))
    house.now(people.senders.allow("Team@example.test", "ann@example.test"))
    assert house.now(people.senders.all("team@example.test")) == ["ann@example.test"]
    assert house.now(house.directory.owns(ann, team))
    with pytest.raises(NoSuchThing):
        house.now(people.senders.allow("team@example.test", "nobody@example.test"))


def test_a_wildcard_is_sent_from_by_whom_it_leads_to(house: House) -> None:
    people = house.people
    house.now(people.aliases.add("shop-*@example.test", ["ann@example.test"]))
    house.now(people.domains.add("ann.test"))
    assert house.now(people.aliases.add("*@ann.test", ["ann@example.test"])).address == "@ann.test"
    ann = house.sign_in("ann@example.test", PASSWORD)
    for text in ("shop-shoes@example.test", "SHOP-X@example.test", "whatever@ann.test"):
        assert house.now(house.directory.owns(ann, Address.parse(text))), text
    assert not house.now(house.directory.owns(ann, Address("shoes", "example.test")))
