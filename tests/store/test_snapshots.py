"""Views load the same whether from rows, from a snapshot, or from one and what changed since."""

import random
from array import array

import pytest

from mailsuite.store.flags import FlagChange, Mode
from mailsuite.store.opening import Store
from mailsuite.store.placements import store_flags
from mailsuite.store.placements_expunge import expunge_messages
from mailsuite.store.schema import view_snapshot
from mailsuite.store.snapshots import (
    Arrays,
    Loaded,
    index_runs,
    load_view,
    pack,
    save_snapshot,
    unpack,
)
from tests.store.letters import done, rows
from tests.store.mail import Mail


@pytest.fixture
def mail(store: Store) -> Mail:
    made = Mail(store)
    made.put(20)
    return made


def load(mail: Mail, known: "array[int] | None" = None) -> Loaded:
    loaded: Loaded = done(mail.store.readers.run(load_view, mail.inbox, known or ()))
    return loaded


def mark(mail: Mail, low: int, high: int, *names: str) -> None:
    change = FlagChange(Mode.ADD, names)
    done(mail.store.writer.run(store_flags, mail.inbox, ((low, high),), change))


def test_packed_arrays_come_back(mail: Mail) -> None:
    arrays = load(mail).arrays
    assert unpack(pack(arrays, 7)) == (7, arrays)


@pytest.mark.parametrize("octets", [b"", b"nonsense", pack(Arrays(), 1)[:-1]])
def test_a_damaged_snapshot_is_none(octets: bytes) -> None:
    assert unpack(octets) is None


def test_a_snapshot_and_what_changed_since_are_the_rows(mail: Mail) -> None:
    first = load(mail)
    packed = pack(first.arrays, first.row.modseq)
    mark(mail, 3, 5, "\\Deleted", "$Late")
    done(mail.store.writer.run(expunge_messages, mail.inbox, ((4, 4),)))
    mark(mail, 1, 1, "\\Seen")
    mail.put(2)
    by_rows = load(mail)
    assert by_rows.read == 21
    done(mail.store.writer.run(save_snapshot, mail.inbox, first.row.modseq, packed))
    by_snapshot = load(mail)
    assert by_snapshot.read < 10
    assert by_snapshot.arrays == by_rows.arrays
    assert by_snapshot.first_unseen == by_rows.first_unseen == 1


def test_a_snapshot_that_does_not_fit_the_counters_is_not_believed(mail: Mail) -> None:
    loaded = load(mail)
    wrong = loaded.arrays.without([0])
    packed = pack(wrong, loaded.row.modseq)
    done(mail.store.writer.run(save_snapshot, mail.inbox, loaded.row.modseq, packed))
    assert load(mail).arrays == loaded.arrays


def test_saving_again_replaces(mail: Mail) -> None:
    for modseq in (1, 2):
        done(mail.store.writer.run(save_snapshot, mail.inbox, modseq, b"x"))
    assert [row.modseq for row in rows(mail.store, view_snapshot)] == [2]


def test_who_knew_more_is_told_what_went(mail: Mail) -> None:
    assert list(load(mail, array("I", [1, 2, 400])).gone) == [400]


def test_removing_indexes_is_what_a_list_does() -> None:
    rng = random.Random(7)
    arrays = Arrays()
    arrays.extend([(n + 1, n % 3, n, n * 2) for n in range(50)])
    for count in (0, 1, 10, 50):
        going = sorted(rng.sample(range(50), count))
        kept = arrays.without(going)
        assert list(kept.uids) == [n + 1 for n in range(50) if n not in going]
        assert list(kept.sizes) == [n * 2 for n in range(50) if n not in going]
    assert index_runs([1, 2, 5]) == [(1, 3), (5, 6)]
