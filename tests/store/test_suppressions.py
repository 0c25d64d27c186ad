"""Whom the queue does not write to."""

import pytest

from mailsuite.errors import NoSuchThing
from mailsuite.store.opening import Store
from mailsuite.store.suppressions import (
    add_suppressions,
    find_suppressed,
    read_suppressions,
    remove_suppressions,
    suppress_bounced,
    suppressed_name,
)
from tests.store.letters import done

NOW = 1_800_000_000
PEOPLE = ["Bob@A.test", "ann@b.test", "no address"]


def found(store: Store) -> dict[str, str]:
    return dict(done(store.readers.run(find_suppressed, PEOPLE)))


def test_an_address_is_known_however_it_is_written(store: Store) -> None:
    assert found(store) == {}
    names = [suppressed_name("bob@a.test"), suppressed_name("@B.TEST")]
    assert done(store.writer.run(add_suppressions, names, "asked for it", 0)) == 2
    assert found(store) == {"Bob@A.test": "asked for it", "ann@b.test": "asked for it"}
    assert [one.address for one in done(store.readers.run(read_suppressions))] == [
        "@b.test",
        "bob@a.test",
    ]
    assert done(store.writer.run(remove_suppressions, ["@b.test"])) == 1
    assert found(store) == {"Bob@A.test": "asked for it"}
    with pytest.raises(NoSuchThing):
        done(store.writer.run(remove_suppressions, ["bob@a.test", "@b.test"]))
    assert found(store) == {"Bob@A.test": "asked for it"}


def test_a_bounce_holds_for_a_while_and_not_over_the_operators_word(store: Store) -> None:
    done(store.writer.run(add_suppressions, ["bob@a.test"], "asked for it", 0))
    done(store.writer.run(suppress_bounced, PEOPLE, "550 5.1.1 gone", NOW + 10))
    assert found(store) == {"Bob@A.test": "asked for it", "ann@b.test": "550 5.1.1 gone"}
    done(store.writer.run(suppress_bounced, ["ann@b.test"], "again", NOW))
    done(store.writer.run(add_suppressions, ["carl@c.test"], "over", NOW))
    assert [one.until for one in done(store.readers.run(read_suppressions))] == [NOW + 10, 0]
