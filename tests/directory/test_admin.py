"""What the command line calls: text in, records or one sentence out."""

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from mailsuite.directory.admin import People, Refused
from mailsuite.errors import AlreadyThere, MailError, NoSuchThing, NotEmpty
from mailsuite.message.addresses import Address
from mailsuite.store.accounts import retire_account
from mailsuite.store.delivery import deliver
from mailsuite.store.schema import account, message
from tests.directory.people import PASSWORD, House
from tests.store.letters import done, letter, rows

Asked = Callable[[People], Coroutine[Any, Any, Any]]


def test_domains_come_and_go_in_any_spelling(house: House) -> None:
    domains = house.people.domains
    assert house.now(domains.add("Bücher.TEST")).name == "xn--bcher-kva.test"
    with pytest.raises(AlreadyThere):
        house.now(domains.add("bücher.test"))
    assert [d.name for d in house.now(domains.all())] == ["example.test", "xn--bcher-kva.test"]
    assert house.now(domains.show("EXAMPLE.test")).addresses == 1
    house.now(domains.remove("xn--bcher-kva.test"))
    with pytest.raises(NotEmpty):
        house.now(domains.remove("example.test"))


def test_an_account_is_known_by_any_of_its_addresses(house: House) -> None:
    accounts = house.people.accounts
    house.now(accounts.add_address("ann@example.test", "Anna@example.test"))
    person = house.now(accounts.show("ANNA@example.test"))
    assert person.addresses == ("ann@example.test", "anna@example.test")
    house.now(accounts.password("anna@example.test", "new"))
    assert house.sign_in("ann@example.test", "new")


def test_an_account_is_made_as_it_was_asked_for(house: House) -> None:
    person = house.now(
        house.people.accounts.add(
            "Bob@example.test",
            "x",
            display_name="Bob B.",
            quota_octets=5,
            quota_messages=6,
            role="domain-admin",
        )
    )
    assert (person.name, person.display_name) == ("bob@example.test", "Bob B.")
    assert (person.quota_octets, person.quota_messages, person.role) == (5, 6, "domain-admin")
    names = [found.name for found in house.now(house.people.accounts.all())]
    assert names == ["ann@example.test", "bob@example.test"]


def test_targets_keep_the_case_that_other_hosts_may_tell_apart(house: House) -> None:
    alias = house.now(house.people.aliases.add("All@Example.test", ["Dan@ELSE.test"]))
    assert (alias.address, alias.targets) == ("all@example.test", ("Dan@else.test",))
    assert house.now(house.people.aliases.all()) == [alias]


REFUSED: list[tuple[Asked, str]] = [
    (lambda people: people.domains.add("no domain"), '"no domain" is no domain'),
    (lambda people: people.domains.add("[192.0.2.1]"), "is no domain"),
    (lambda people: people.accounts.add("ann", "x"), '"ann" is no address'),
    (lambda people: people.accounts.add("x@example.test", ""), "A password has 1 to 1024"),
    (lambda people: people.accounts.add("x@example.test", "x" * 1025), "A password has 1 to"),
    (lambda people: people.accounts.add("x@example.test", "\udcff"), "is no text"),
    (lambda people: people.accounts.add("x@example.test", "x", role="root"), '"root" is no role'),
    (lambda people: people.accounts.add("x@example.test", "x", quota_octets=-1), "A quota is"),
    (lambda people: people.accounts.role("ann@example.test", "root"), '"root" is no role'),
    (lambda people: people.accounts.quota("ann@example.test", -1), "A quota is"),
    (lambda people: people.aliases.add("x@example.test", []), "at least one address"),
    (lambda people: people.aliases.add("x@example.test", ["y"]), '"y" is no address'),
    (lambda people: people.aliases.add("@", ["ann@example.test"]), '"" is no domain'),
]


@pytest.mark.parametrize(("asked", "words"), REFUSED)
def test_what_cannot_be_is_refused_in_words(house: House, asked: Asked, words: str) -> None:
    with pytest.raises(Refused, match=words):
        house.now(asked(house.people))
    assert [person.name for person in house.now(house.people.accounts.all())] == [
        "ann@example.test"
    ]


MISSING: list[Asked] = [
    lambda people: people.domains.show("else.test"),
    lambda people: people.accounts.show("nobody@example.test"),
    lambda people: people.accounts.password("nobody@example.test", "x"),
    lambda people: people.accounts.quota("nobody@example.test", 1),
    lambda people: people.accounts.disable("nobody@example.test"),
    lambda people: people.accounts.remove("nobody@example.test"),
    lambda people: people.accounts.remove_address("nobody@example.test"),
    lambda people: people.aliases.remove("ann@example.test"),
    lambda people: people.aliases.add("x@else.test", ["ann@example.test"]),
]


@pytest.mark.parametrize("asked", MISSING)
def test_what_is_not_there_is_told_in_words(house: House, asked: Asked) -> None:
    with pytest.raises(NoSuchThing) as caught:
        house.now(asked(house.people))
    assert isinstance(caught.value, MailError)
    assert str(caught.value)


def test_a_removed_account_is_gone_with_its_mail(house: House) -> None:
    done(house.store.writer.run(deliver, letter(house.store, b"Subject: x\r\n\r\nx\r\n", 1)))
    house.now(house.people.accounts.remove("ann@example.test"))
    assert rows(house.store, message) == rows(house.store, account) == []


def test_a_removal_that_was_cut_short_goes_on_at_the_next_start(house: House) -> None:
    done(house.store.writer.run(deliver, letter(house.store, b"Subject: x\r\n\r\nx\r\n", 1)))
    done(house.store.writer.run(retire_account, Address("ann", "example.test")))
    assert rows(house.store, message)
    assert house.now(house.people.accounts.all()) == []
    house.now(house.people.finish_removals())
    assert rows(house.store, message) == rows(house.store, account) == []


def test_a_disabled_account_is_shown_as_such(house: House) -> None:
    assert house.now(house.people.accounts.disable("ann@example.test")).state == "disabled"
    assert house.now(house.people.accounts.enable("ann@example.test")).state == "active"
    assert house.sign_in("ann@example.test", PASSWORD)
