"""The process that fills the search indexes: it is there once, works, and ends with its host."""

import os
from pathlib import Path

import pytest
from twisted.internet.task import Clock

from mailsuite.service.indexing import EVERY_SECONDS, FIRST_SECONDS, Indexing
from mailsuite.store.opening import Store
from mailsuite.store.search_file import FOLDER
from mailsuite.wire.pools import Inline


def indexing(folder: Path, clock: Clock) -> Indexing:
    return Indexing(folder, "", Inline(), clock)


def test_one_process_for_all_and_a_new_one_when_it_dies(store: Store) -> None:
    clock = Clock()
    first, second = indexing(store.data_dir, clock), indexing(store.data_dir, clock)
    try:
        first.start()
        second.start()
        clock.advance(FIRST_SECONDS)
        assert (first.pid > 0, second.pid) == (True, 0)
        before = first.pid
        os.kill(before, 9)
        child = first._child
        assert child is not None
        child.wait()
        clock.advance(EVERY_SECONDS)
        assert (first.pid > 0) is not (second.pid > 0)  # whoever comes first
        assert before not in {first.pid, second.pid}
    finally:
        first.stop()
        second.stop()
    assert (first.pid, second.pid) == (0, 0)
    clock.advance(EVERY_SECONDS)
    assert not clock.getDelayedCalls()


def test_a_folder_that_cannot_be_made_is_told_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / FOLDER).write_bytes(b"in the way")
    clock = Clock()
    found = indexing(tmp_path, clock)
    found.start()
    clock.advance(FIRST_SECONDS)
    assert found.pid == 0
    started: list[int] = []
    monkeypatch.setattr(found, "see_to_it", lambda: started.append(1))
    clock.advance(EVERY_SECONDS)
    assert started == [1]
    found.stop()
