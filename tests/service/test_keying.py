"""Sort keys are there soon after the mail, and never in its way."""

import pytest
from twisted.internet.task import Clock

from mailsuite.service import keying
from mailsuite.service.keying import EVERY_SECONDS, Keying
from mailsuite.store.opening import Store
from mailsuite.store.schema_ordering import sort_key
from mailsuite.store.sorting import behind
from mailsuite.store.transaction import Transaction
from tests.store.letters import done, rows
from tests.store.mail import Mail


def test_keys_are_made_once_no_more_comes(store: Store) -> None:
    clock = Clock()
    works = Keying(store, clock)
    works.start()
    mail = Mail(store)
    mail.put(3)
    clock.advance(EVERY_SECONDS)
    mail.put(5)  # three bodies are the same, and shared
    clock.advance(EVERY_SECONDS)
    assert rows(store, sort_key) == []  # something came at each look
    clock.advance(EVERY_SECONDS)
    assert len(rows(store, sort_key)) == 5
    mail.put(6)
    clock.pump([EVERY_SECONDS] * 2)
    assert len(rows(store, sort_key)) == 6
    works.stop()
    assert clock.getDelayedCalls() == []


def test_it_goes_on_piece_by_piece(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keying, "PIECE", 2)
    clock = Clock()
    Mail(store).put(7)
    Keying(store, clock).start()
    clock.pump([EVERY_SECONDS] * 2)
    assert len(rows(store, sort_key)) == 7


def test_a_host_without_mail_rests(store: Store) -> None:
    """Nothing is behind where nothing is; and where nothing was found nobody looks again."""
    assert done(store.readers.run(behind)) == (0, False)
    clock = Clock()
    works = Keying(store, clock)
    works.start()
    clock.pump([EVERY_SECONDS] * 3)
    works.stop()
    assert rows(store, sort_key) == []


def test_it_ends_where_a_look_finds_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever `behind` says."""
    looks: list[int] = []

    def never_done(_tx: Transaction) -> tuple[int, bool]:
        looks.append(1)
        assert len(looks) < 10, "it goes round and round"
        return 7, True

    monkeypatch.setattr(keying, "behind", never_done)
    clock = Clock()
    Keying(store, clock).start()
    clock.pump([EVERY_SECONDS] * 3)
    assert len(looks) == 3
