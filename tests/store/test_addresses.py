"""Aliases and domains as they are kept."""

from collections.abc import Callable
from typing import Any

import pytest

from mailsuite.errors import AlreadyThere, NoSuchThing, NotEmpty, TooMany
from mailsuite.message.addresses import Address
from mailsuite.store import addresses
from mailsuite.store.addresses import Alias, add_alias, list_aliases, remove_alias
from mailsuite.store.domains import Domain, add_domain, list_domains, remove_domain, show_domain
from mailsuite.store.opening import Store
from mailsuite.store.schema import alias_target
from tests.store.failing import fails_cleanly
from tests.store.letters import done, rows

INFO, ANY = Address("info", "ours.test"), Address("", "ours.test")


@pytest.fixture
def ours(store: Store) -> Store:
    done(store.writer.run(add_domain, "ours.test"))
    return store


def test_aliases_are_listed_with_all_their_targets(ours: Store) -> None:
    done(ours.writer.run(add_alias, INFO, ["b@else.test", "a@ours.test", "b@else.test"]))
    done(ours.writer.run(add_alias, ANY, ["a@ours.test"]))
    assert done(ours.readers.run(list_aliases)) == [
        Alias("@ours.test", ("a@ours.test",)),
        Alias("info@ours.test", ("a@ours.test", "b@else.test")),
    ]


def test_an_alias_goes_with_its_targets(ours: Store) -> None:
    done(ours.writer.run(add_alias, INFO, ["a@ours.test"]))
    done(ours.writer.run(remove_alias, INFO))
    assert rows(ours, alias_target) == []
    with pytest.raises(NoSuchThing, match=r"info@ours\.test is no alias"):
        done(ours.writer.run(remove_alias, INFO))


def test_an_address_leads_to_one_thing(ours: Store) -> None:
    done(ours.writer.run(add_alias, INFO, ["a@ours.test"]))
    with pytest.raises(AlreadyThere):
        done(ours.writer.run(add_alias, INFO, ["b@ours.test"]))
    with pytest.raises(NoSuchThing):
        done(ours.writer.run(add_alias, Address("info", "else.test"), ["b@ours.test"]))


def test_an_alias_has_so_many_targets(ours: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "TARGETS", 2)
    with pytest.raises(TooMany):
        done(ours.writer.run(add_alias, INFO, ["a@ours.test", "b@ours.test", "c@ours.test"]))
    assert done(ours.readers.run(list_aliases)) == []


def test_a_domain_is_counted_and_goes_when_it_is_empty(ours: Store) -> None:
    done(ours.writer.run(add_alias, INFO, ["a@ours.test"]))
    domain = done(ours.readers.run(show_domain, "ours.test"))
    assert domain == Domain(1, "ours.test", 0, 1, 1_800_000_000)
    with pytest.raises(NotEmpty, match=r"addresses of accounts \(0\) or aliases \(1\)"):
        done(ours.writer.run(remove_domain, "ours.test"))
    done(ours.writer.run(remove_alias, INFO))
    done(ours.writer.run(remove_domain, "ours.test"))
    assert done(ours.readers.run(list_domains)) == []


def test_a_domain_is_there_once(ours: Store) -> None:
    with pytest.raises(AlreadyThere):
        done(ours.writer.run(add_domain, "ours.test"))
    for function in (show_domain, remove_domain):
        with pytest.raises(NoSuchThing):
            done(ours.writer.run(function, "else.test"))


@pytest.mark.parametrize(
    ("function", "arguments"),
    [(add_domain, ("new.test",)), (add_alias, (INFO, ["a@ours.test", "b@ours.test"]))],
)
def test_a_failing_statement_leaves_nothing(
    ours: Store, function: Callable[..., Any], arguments: tuple[Any, ...]
) -> None:
    fails_cleanly(ours, function, *arguments)


def test_a_failing_removal_leaves_all(ours: Store) -> None:
    done(ours.writer.run(add_alias, INFO, ["a@ours.test", "b@ours.test"]))
    fails_cleanly(ours, remove_alias, INFO)
    fails_cleanly(ours, remove_domain, "ours.test")
