"""Where addresses lead."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailsuite.errors import NoSuchUser, TooMany
from mailsuite.message.addresses import Address, BadAddress
from mailsuite.store import resolution
from mailsuite.store.accounts import (
    NewAccount,
    add_account,
    add_account_address,
    change_role,
    retire_account,
)
from mailsuite.store.addresses import add_alias
from mailsuite.store.domains import add_domain
from mailsuite.store.opening import Store
from mailsuite.store.resolution import Resolved, resolve_address
from mailsuite.store.transaction import Transaction
from tests.store.letters import done

ANN, BOB = "ann@ours.test", "bob@ours.test"


def parse(text: str) -> Address:
    return Address("", text[1:]) if text.startswith("@") else Address.parse(text).canonical


@pytest.fixture
def people(store: Store) -> Store:
    """Ann and Bob in one domain, Cat in another."""
    run = store.writer.run
    for domain in ("ours.test", "second.test"):
        done(run(add_domain, domain))
    for name in (ANN, BOB, "cat@second.test"):
        done(run(add_account, NewAccount(parse(name), "x")))
    return store


def alias(store: Store, at: str, *targets: str) -> None:
    done(store.writer.run(add_alias, parse(at), targets))


def resolve(store: Store, text: str) -> Resolved:
    found: Resolved = done(store.readers.run(resolve_address, parse(text)))
    return found


def names(store: Store, text: str) -> list[str]:
    return [room.name for room in resolve(store, text).rooms]


@pytest.mark.parametrize(
    "text", [ANN, "ANN@Ours.Test", '"ann"@ours.test', "ann+tag@ours.test", "ann++@ours.test"]
)
def test_one_account_however_it_is_written(people: Store, text: str) -> None:
    assert names(people, text) == [ANN]


@pytest.mark.parametrize(
    "text", ["nobody@ours.test", "+tag@ours.test", "an@ours.test", "nobody+ann@ours.test"]
)
def test_nobody_else_is_there(people: Store, text: str) -> None:
    with pytest.raises(NoSuchUser):
        resolve(people, text)


@pytest.mark.threat("S1")
@pytest.mark.parametrize(
    "text",
    [
        "ann@else.test",
        "ann%ours.test@else.test",
        '"ann@ours.test"@else.test',
        "ours.test!ann@else.test",
        "ann@sub.ours.test",
        "ann@[192.0.2.1]",
        "ann@oursxtest",
    ],
)
def test_other_hosts_are_not_ours(people: Store, text: str) -> None:
    assert resolve(people, text) == Resolved(ours=False)


@pytest.mark.threat("S1")
@pytest.mark.parametrize(
    "text", ["ann%else.test@ours.test", '"ann@else.test"@ours.test', "else.test!ann@ours.test"]
)
def test_no_odd_local_part_leads_out_of_the_house(people: Store, text: str) -> None:
    with pytest.raises(NoSuchUser):
        resolve(people, text)


def test_an_exact_address_comes_before_its_subaddress(people: Store) -> None:
    done(people.writer.run(add_account_address, parse(BOB), parse("ann+bob@ours.test")))
    assert names(people, "ann+bob@ours.test") == [BOB]
    assert names(people, "ann+bobby@ours.test") == [ANN]


def test_groups_lead_to_each_account_once_and_onward(people: Store) -> None:
    alias(people, "all@ours.test", ANN, "inner@ours.test", "Dan@else.test")
    alias(
        people, "inner@ours.test", BOB, ANN, "dan@ELSE.test", "dan+x@else.test", "cat@second.test"
    )
    found = resolve(people, "all+x@ours.test")
    assert [room.name for room in found.rooms] == [ANN, BOB, "cat@second.test"]
    onward = sorted(str(address.canonical) for address in found.onward)
    assert onward == ["dan+x@else.test", "dan@else.test"]
    assert not found.alone


def test_targets_that_lead_nowhere_are_passed_over(people: Store) -> None:
    alias(people, "all@ours.test", ANN, "gone@ours.test")
    alias(people, "none@ours.test", "gone@ours.test")
    assert names(people, "all@ours.test") == [ANN]
    with pytest.raises(NoSuchUser):
        resolve(people, "none@ours.test")


@pytest.mark.threat("S9")
def test_cycles_end(people: Store) -> None:
    alias(people, "a@ours.test", "b@ours.test")
    alias(people, "b@ours.test", "a@ours.test", ANN)
    alias(people, "self@ours.test", "self@ours.test")
    alias(people, "plus@ours.test", "plus+x@ours.test")
    assert names(people, "a@ours.test") == [ANN]
    for text in ("self@ours.test", "plus@ours.test"):
        with pytest.raises(NoSuchUser):
            resolve(people, text)


@pytest.mark.threat("S9")
def test_endless_groups_are_cut(people: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolution, "EXPANSION", 60)
    for n in range(100):
        alias(people, f"deep{n}@ours.test", f"deep{n + 1}@ours.test")
    alias(people, "wide@ours.test", *(f"{n}@else.test" for n in range(100)))
    for text in ("deep0@ours.test", "wide@ours.test"):
        with pytest.raises(TooMany):
            resolve(people, text)


@pytest.mark.threat("S9")
def test_deep_groups_take_no_recursion(people: Store) -> None:
    def dig(tx: Transaction) -> None:
        for n in range(1500):
            add_alias(tx, parse(f"deep{n}@ours.test"), [f"deep{n + 1}@ours.test"])

    done(people.writer.run(dig))
    alias(people, "deep1500@ours.test", ANN)
    assert names(people, "deep0@ours.test") == [ANN]


def test_a_catch_all_takes_what_nobody_else_does(people: Store) -> None:
    alias(people, "@ours.test", BOB)
    assert names(people, "whoever@ours.test") == [BOB]
    assert names(people, "whoever+x@ours.test") == [BOB]
    assert names(people, "ann+x@ours.test") == [ANN]
    with pytest.raises(NoSuchUser):
        resolve(people, "whoever@second.test")


@pytest.mark.parametrize(
    "text", ["postmaster@ours.test", "PostMaster@OURS.test", "postmaster+x@ours.test"]
)
def test_postmaster_is_always_somebody(people: Store, text: str) -> None:
    """RFC 5321 §4.5.1: the eldest while there is no administrator, then he."""
    assert names(people, text) == [ANN]
    done(people.writer.run(change_role, parse("cat@second.test"), "admin"))
    assert names(people, text) == ["cat@second.test"]
    done(people.writer.run(change_role, parse(BOB), "admin"))
    assert names(people, text) == [BOB], "the administrator who is of the domain"
    alias(people, "@ours.test", ANN)
    assert names(people, text) == [BOB], "the catch-all may be anybody's"
    alias(people, "postmaster@ours.test", "cat@second.test")
    assert names(people, text) == ["cat@second.test"]


def test_postmaster_of_a_host_without_people_is_nobody(store: Store) -> None:
    done(store.writer.run(add_domain, "ours.test"))
    with pytest.raises(NoSuchUser):
        resolve(store, "postmaster@ours.test")


def test_who_is_alone_at_the_end_of_a_way(people: Store) -> None:
    """Such a way lets its account send as the address."""
    alias(people, "one@ours.test", ANN)
    alias(people, "two@ours.test", ANN, BOB)
    alias(people, "far@ours.test", "one@ours.test")
    alias(people, "mixed@ours.test", "two@ours.test")
    alone = {
        text: resolve(people, f"{text}@ours.test").alone for text in ("one", "two", "far", "mixed")
    }
    assert alone == {"one": True, "two": False, "far": True, "mixed": False}


def test_a_removed_account_is_nobody(people: Store) -> None:
    alias(people, "info@ours.test", ANN)
    done(people.writer.run(retire_account, parse(ANN)))
    for text in (ANN, "info@ours.test"):
        with pytest.raises(NoSuchUser):
            resolve(people, text)


@pytest.mark.threat("A8")
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(local=st.text(min_size=1, max_size=30))
def test_no_local_part_breaks_a_statement(people: Store, local: str) -> None:
    quoted = local.replace("\\", "\\\\").replace('"', '\\"')
    try:
        given = Address.parse(f'"{quoted}"@ours.test').canonical
    except BadAddress:
        return
    if given.without_subaddress.localpart in {"ann", "bob", "postmaster"}:
        return
    with pytest.raises(NoSuchUser):
        done(people.readers.run(resolve_address, given))
