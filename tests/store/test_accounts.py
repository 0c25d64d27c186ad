"""Accounts, their addresses and passwords: as before or as after, nothing between."""

from collections.abc import Callable
from typing import Any

import pytest

from mailsuite.errors import AlreadyThere, NoSuchThing, NotPermitted
from mailsuite.message.addresses import Address
from mailsuite.store.accounts import (
    NewAccount,
    Person,
    add_account,
    add_account_address,
    change_password,
    change_quota,
    change_role,
    change_state,
    current_generation,
    list_accounts,
    remove_account_address,
    retire_account,
    show_account,
)
from mailsuite.store.credentials import find_sign_in, upgrade_secret
from mailsuite.store.domains import add_domain
from mailsuite.store.mailboxes import list_mailboxes, list_subscriptions
from mailsuite.store.opening import Store
from tests.store.failing import fails_cleanly
from tests.store.letters import done

ANN, ANNA = Address("ann", "ours.test"), Address("anna", "ours.test")


@pytest.fixture
def ann(store: Store) -> Person:
    done(store.writer.run(add_domain, "ours.test"))
    person: Person = done(store.writer.run(add_account, NewAccount(ANN, "hash", "Ann", 10, 20)))
    return person


def test_a_new_account_has_everything_it_needs(store: Store, ann: Person) -> None:
    assert ann == Person(
        1, "ann@ours.test", "Ann", "active", "user", 10, 20, 0, 0, 1_800_000_000, ("ann@ours.test",)
    )
    boxes = {row.name: row.special_use for row in done(store.readers.run(list_mailboxes, ann.id))}
    assert boxes == {
        "INBOX": "",
        "Archive": "\\Archive",
        "Drafts": "\\Drafts",
        "Junk": "\\Junk",
        "Sent": "\\Sent",
        "Trash": "\\Trash",
    }
    assert set(done(store.readers.run(list_subscriptions, ann.id))) == set(boxes)
    assert done(store.readers.run(find_sign_in, ANN)).secret == "hash"


def test_an_address_is_given_once_and_in_our_domains_only(store: Store, ann: Person) -> None:
    with pytest.raises(AlreadyThere, match=r"ann@ours\.test is there already"):
        done(store.writer.run(add_account, NewAccount(ANN, "hash")))
    with pytest.raises(NoSuchThing, match=r"else\.test is not a domain"):
        done(store.writer.run(add_account, NewAccount(Address("ann", "else.test"), "hash")))
    assert [person.name for person in done(store.readers.run(list_accounts))] == ["ann@ours.test"]


def test_further_addresses_come_and_go_and_the_name_stays(store: Store, ann: Person) -> None:
    person = done(store.writer.run(add_account_address, ANN, ANNA))
    assert person.addresses == ("ann@ours.test", "anna@ours.test")
    assert done(store.readers.run(show_account, ANNA)).id == ann.id
    with pytest.raises(NotPermitted):
        done(store.writer.run(remove_account_address, ANN))
    assert done(store.writer.run(remove_account_address, ANNA)).addresses == ("ann@ours.test",)
    with pytest.raises(NoSuchThing):
        done(store.writer.run(remove_account_address, ANNA))


@pytest.mark.threat("A9")
@pytest.mark.parametrize(
    ("change", "arguments"),
    [
        (change_password, ("new",)),
        (change_state, ("disabled",)),
        (change_role, ("admin",)),
        (retire_account, ()),
    ],
)
def test_what_ends_sessions_raises_the_generation_and_is_told(
    store: Store, ann: Person, change: Callable[..., Any], arguments: tuple[str, ...]
) -> None:
    told: list[int] = []
    store.changes.on_account(ann.id, lambda: told.append(1))
    before = done(store.readers.run(current_generation, ann.id))
    done(store.writer.run(change, ANN, *arguments))
    assert told
    assert done(store.readers.run(current_generation, ann.id)) != before


def test_a_quota_ends_nothing(store: Store, ann: Person) -> None:
    person = done(store.writer.run(change_quota, ANN, None, 7))
    assert (person.quota_octets, person.quota_messages) == (10, 7)
    person = done(store.writer.run(change_quota, ANN, 0, None))
    assert (person.quota_octets, person.quota_messages) == (0, 7)
    assert done(store.readers.run(current_generation, ann.id)) == 1


def test_a_disabled_account_may_not_be_signed_in_to(store: Store, ann: Person) -> None:
    done(store.writer.run(change_state, ANN, "disabled"))
    assert done(store.readers.run(current_generation, ann.id)) is None
    done(store.writer.run(change_state, ANN, "active"))
    assert done(store.readers.run(current_generation, ann.id)) == 3


def test_a_stronger_hash_replaces_only_the_one_that_was_verified(store: Store, ann: Person) -> None:
    row = done(store.readers.run(find_sign_in, ANN))
    done(store.writer.run(upgrade_secret, row.credential_id, "another", "stronger"))
    assert done(store.readers.run(find_sign_in, ANN)).secret == "hash"
    done(store.writer.run(upgrade_secret, row.credential_id, "hash", "stronger"))
    assert done(store.readers.run(find_sign_in, ANN)).secret == "stronger"


def test_a_name_is_free_once_its_account_is_removed(store: Store, ann: Person) -> None:
    done(store.writer.run(retire_account, ANN))
    assert done(store.readers.run(find_sign_in, ANN)) is None
    again = done(store.writer.run(add_account, NewAccount(ANN, "hash")))
    assert again.id != ann.id
    assert [person.id for person in done(store.readers.run(list_accounts))] == [again.id]
    assert done(store.readers.run(current_generation, ann.id)) is None


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (add_account, (NewAccount(ANNA, "hash"),)),
        (change_password, (ANN, "new")),
        (change_state, (ANN, "disabled")),
        (change_quota, (ANN, 1, 1)),
        (add_account_address, (ANN, ANNA)),
        (retire_account, (ANN,)),
    ],
)
def test_a_failing_statement_leaves_nothing(
    store: Store, ann: Person, function: Callable[..., Any], arguments: tuple[Any, ...]
) -> None:
    fails_cleanly(store, function, *arguments)


def test_a_secret_stands_in_no_repr() -> None:
    assert "marker" not in repr(NewAccount(ANN, "marker"))
