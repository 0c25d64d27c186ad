"""Keys of our domains: at most one of a kind signs; who leaves has no secret."""

import pytest

from mailsuite.errors import AlreadyThere, NoSuchThing
from mailsuite.store.dkim_keys import (
    LEAVING,
    SIGNING,
    WAITING,
    NewKey,
    add_keys,
    list_keys,
    retire_key,
    signing_keys,
    start_signing,
    waiting_keys,
)
from mailsuite.store.domains import add_domain, remove_domain
from mailsuite.store.opening import Store
from tests.store.letters import done

HERE = "example.test"


def new(selector: str, algorithm: str = "rsa") -> NewKey:
    return NewKey(selector, algorithm, f"sealed {selector}", "AAAA")


def states(store: Store) -> dict[str, tuple[str, str]]:
    return {k.selector: (k.state, k.secret) for k in done(store.readers.run(list_keys, HERE))}


@pytest.fixture
def keyed(store: Store) -> Store:
    done(store.writer.run(add_domain, HERE))
    done(store.writer.run(add_keys, HERE, [new("a"), new("e", "ed25519")]))
    return store


def test_a_new_key_waits_and_the_old_one_of_its_kind_leaves_when_it_signs(keyed: Store) -> None:
    run = keyed.writer.run
    for selector in ("a", "e"):
        done(run(start_signing, HERE, selector, 0))
    done(run(add_keys, HERE, [new("b")]))
    assert [k.selector for k in done(keyed.readers.run(waiting_keys))] == ["b"]
    done(run(start_signing, HERE, "b", 77))
    assert states(keyed) == {
        "a": (LEAVING, ""),
        "e": (SIGNING, "sealed e"),
        "b": (SIGNING, "sealed b"),
    }
    assert {k.selector for k in done(keyed.readers.run(signing_keys, HERE))} == {"e", "b"}
    assert done(keyed.readers.run(list_keys, HERE))[0].until == 77


def test_retired_is_what_signs_and_forgotten_what_does_not(keyed: Store) -> None:
    run = keyed.writer.run
    done(run(start_signing, HERE, "a", 0))
    done(run(retire_key, HERE, "a", 99))
    assert states(keyed)["a"] == (LEAVING, "")
    done(run(retire_key, HERE, "a", 99))
    done(run(retire_key, HERE, "e", 99))
    assert states(keyed) == {}


def test_one_selector_is_one_key(keyed: Store) -> None:
    with pytest.raises(AlreadyThere):
        done(keyed.writer.run(add_keys, HERE, [new("c"), new("a")]))
    assert set(states(keyed)) == {"a", "e"}
    with pytest.raises(NoSuchThing):
        done(keyed.writer.run(add_keys, "other.example", [new("a")]))
    done(keyed.writer.run(start_signing, HERE, "a", 0))
    for selector in ("a", "nobody"):
        with pytest.raises(NoSuchThing):
            done(keyed.writer.run(start_signing, HERE, selector, 0))


def test_keys_go_with_their_domain(keyed: Store) -> None:
    assert states(keyed)["a"][0] == WAITING
    done(keyed.writer.run(remove_domain, HERE))
    assert states(keyed) == {}
    assert "sealed" not in repr(new("a"))
