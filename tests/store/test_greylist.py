"""First tries wait, who comes again is known; one source fills only its share (RFC 6647)."""

import pytest
from attrs import evolve

from mailsuite.store import greylist
from mailsuite.store.greylist import (
    Seen,
    Try,
    forget_passers,
    forget_tries,
    let_pass,
    look_up,
    note_seen,
    put_off,
)
from mailsuite.store.opening import Store
from mailsuite.store.schema_repute import greylisted, passer
from tests.store.failing import fails_cleanly
from tests.store.letters import done, rows

NOW = 1_800_000_000
TRY = Try("192.0.2.0/24", "s@sender.example", "ann@us.test", ("192.0.2.0/24",))


def test_a_first_try_is_remembered_and_a_second_one_passes(store: Store) -> None:
    assert done(store.readers.run(look_up, TRY)) == Seen(0, None, passed=False)
    done(store.writer.run(put_off, TRY))
    assert done(store.readers.run(look_up, TRY)) == Seen(0, NOW, passed=False)
    other = evolve(TRY, recipient="bob@us.test")
    assert done(store.readers.run(look_up, other)).first_at is None
    done(store.writer.run(let_pass, TRY))
    assert done(store.readers.run(look_up, TRY)) == Seen(1, NOW, passed=True)
    # What passed counts for everything of that network.
    assert done(store.readers.run(look_up, other)) == Seen(1, None, passed=False)


def test_both_are_all_or_nothing(store: Store) -> None:
    fails_cleanly(store, put_off, TRY)
    fails_cleanly(store, let_pass, evolve(TRY, names=("192.0.2.0/24", "sender.example")))


@pytest.mark.threat("S17")
def test_a_network_fills_its_share_and_takes_nobody_elses(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(greylist, "OF_NETWORK", 3)
    done(store.writer.run(put_off, evolve(TRY, network="198.51.100.0/24")))
    for n in range(10):
        done(store.writer.run(put_off, evolve(TRY, sender=f"{n}@flood.example")))
    kept = [network for _, network, *_ in rows(store, greylisted)]
    assert sorted(kept) == ["192.0.2.0/24"] * 3 + ["198.51.100.0/24"]


@pytest.mark.threat("S17")
def test_the_whole_table_is_bounded_by_leaving_out_the_oldest(store: Store) -> None:
    for n in range(6):
        done(store.writer.run(put_off, evolve(TRY, network=f"192.0.{n}.0/24")))
    assert done(store.writer.run(forget_tries, 4)) == 2
    assert done(store.writer.run(forget_tries, 4)) == 0
    assert len(rows(store, greylisted)) == 4


def test_what_is_over_goes_and_counts_no_more(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    done(store.writer.run(put_off, TRY))
    monkeypatch.setattr(greylist, "WAIT_SECONDS", 0)
    assert done(store.readers.run(look_up, TRY)).first_at is None
    assert done(store.writer.run(forget_tries)) == 1
    done(store.writer.run(put_off, TRY))
    done(store.writer.run(let_pass, TRY))
    assert done(store.writer.run(forget_tries)) == 0
    assert done(store.writer.run(forget_passers)) == 0
    done(store.writer.run(note_seen, TRY.names))
    assert done(store.writer.run(forget_passers, 0)) == 1
    assert rows(store, passer) == []
