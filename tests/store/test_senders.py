"""Who may send as what: the whole table."""

import pytest

from mailsuite.errors import AlreadyThere, NoSuchThing
from mailsuite.message.addresses import Address
from mailsuite.store.accounts import NewAccount, account_id, add_account, retire_account
from mailsuite.store.addresses import CATCH_ALL, add_alias, remove_alias
from mailsuite.store.domains import add_domain
from mailsuite.store.opening import Store
from mailsuite.store.senders import (
    EVERYBODY,
    allow_sender,
    forbid_sender,
    list_senders,
    may_send_as,
)
from tests.store.letters import done

ANN, BOB, CAT = (Address(name, "ours.test") for name in ("ann", "bob", "cat"))
TEAM, SALES = Address("team", "ours.test"), Address("sales", "ours.test")


@pytest.fixture
def house(store: Store) -> Store:
    """A team of Ann and Bob, an alias of Ann's, a family of Cat's, all else of a second domain."""
    run = store.writer.run
    for domain in ("ours.test", "second.test"):
        done(run(add_domain, domain))
    for at in (ANN, BOB, CAT):
        done(run(add_account, NewAccount(at, "x")))
    done(run(add_alias, TEAM, ["ann@ours.test", "bob@ours.test"]))
    done(run(add_alias, SALES, ["ann@ours.test"]))
    done(run(add_alias, Address("shop-*", "ours.test"), ["cat@ours.test"]))
    done(run(add_alias, Address("shop-new-*", "ours.test"), ["bob@ours.test"]))
    done(run(add_alias, Address(CATCH_ALL, "second.test"), ["cat@ours.test"]))
    return store


def number(store: Store, at: Address) -> int:
    found: int = done(store.readers.run(account_id, at))
    return found


def who(store: Store, text: str) -> str:
    """The first letters of all who may send as an address."""
    at = Address.parse(text).canonical
    people = (ANN, BOB, CAT)
    return "".join(
        p.localpart[0] for p in people if done(store.readers.run(may_send_as, number(store, p), at))
    )


@pytest.mark.threat("S2")
@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("ann@ours.test", "a"),
        ("ann+shop@ours.test", "a"),
        ("sales@ours.test", "a"),
        ("team@ours.test", ""),
        ("shop-7@ours.test", "c"),
        ("shop-@ours.test", "c"),
        ("Shop-X+y@ours.test", "c"),
        ("shop-new-7@ours.test", "b"),
        ("shop-ne@ours.test", "c"),
        ("shop@ours.test", ""),
        ("anything@second.test", "c"),
        ("nobody@ours.test", ""),
        ("ann@elsewhere.test", ""),
        ("postmaster@ours.test", "a"),
    ],
)
def test_who_may_without_any_right_given(house: Store, address: str, may: str) -> None:
    assert who(house, address) == may


def test_a_group_is_sent_from_by_its_members_where_that_was_said(house: Store) -> None:
    assert done(house.writer.run(allow_sender, TEAM, EVERYBODY)) == ["members"]
    assert who(house, "team@ours.test") == "ab"
    assert who(house, "team+x@ours.test") == "ab"
    assert done(house.writer.run(forbid_sender, TEAM, EVERYBODY)) == []
    assert who(house, "team@ours.test") == ""


def test_one_account_may_be_given_the_right(house: Store) -> None:
    cat = number(house, CAT)
    assert done(house.writer.run(allow_sender, TEAM, cat)) == ["cat@ours.test"]
    assert who(house, "team@ours.test") == "c"
    done(house.writer.run(allow_sender, ANN, cat))
    assert who(house, "ann@ours.test") == "ac"
    with pytest.raises(AlreadyThere):
        done(house.writer.run(allow_sender, ANN, cat))
    assert who(house, "ann@ours.test") == "ac"
    with pytest.raises(NoSuchThing):
        done(house.writer.run(forbid_sender, SALES, cat))
    with pytest.raises(NoSuchThing):
        done(house.writer.run(allow_sender, Address("no", "ours.test"), cat))


def test_rights_go_with_the_account_and_with_the_address(house: Store) -> None:
    done(house.writer.run(allow_sender, TEAM, number(house, CAT)))
    done(house.writer.run(retire_account, CAT))
    assert done(house.readers.run(list_senders, TEAM)) == []
    done(house.writer.run(allow_sender, TEAM, EVERYBODY))
    done(house.writer.run(remove_alias, TEAM))
    done(house.writer.run(add_alias, TEAM, ["ann@ours.test", "bob@ours.test"]))
    assert not done(house.readers.run(may_send_as, number(house, ANN), TEAM))
