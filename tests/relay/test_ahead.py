"""Letters read before their turn: bounded, whole, and the same as those that are streamed."""

from typing import Any

import pytest

from mailsuite.relay.ahead import LETTERS, OCTETS, Ahead
from mailsuite.store.queue_bodies import read_ahead
from tests.relay.sink import done
from tests.relay.world import BODY, World


def test_a_hop_reads_many_small_letters(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(LETTERS + 5):
        world.queue(f"p{n}@there.test", octets=BODY + b"%d\r\n" % n)
    jobs: list[object] = []
    readers = world.store.readers
    run = readers.run

    def counted(function: Any, *given: Any) -> Any:
        jobs.append(function)
        return run(function, *given)

    waiting, ahead = world.entries(), Ahead(readers)
    monkeypatch.setattr(readers, "run", counted)
    for n, entry in enumerate(waiting):
        done(ahead.look(waiting[n:]))
        opened = done(ahead.open(entry, b"prefix\r\n"))
        octets = b"prefix\r\n" + BODY + b"%d\r\n" % n
        assert opened.size == len(octets)
        assert done(opened.next_piece()) == octets
        assert done(opened.next_piece()) == b""
        assert done(opened.changed(bytes.upper)) == octets.upper()
        opened.close()
    assert jobs.count(read_ahead) == 2


def test_no_more_is_kept_than_a_bound(world: World) -> None:
    """Large letters are not read ahead at all; of middling ones so many as fit."""
    world.queue("large@there.test", octets=BODY + b"x" * 70 + b"\r\n" + BODY * 3_000)
    for n in range(20):
        world.queue(f"p{n}@there.test", octets=BODY + b"%d\r\n" % n + BODY * 600)
    waiting, ahead = world.entries(), Ahead(world.store.readers)
    for n, entry in enumerate(waiting):
        done(ahead.look(waiting[n:]))
        assert sum(map(len, ahead._read.bodies.values())) <= OCTETS
        done(ahead.open(entry, b"")).close()
