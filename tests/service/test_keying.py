"""Sort keys are there soon after the mail, and never in its way."""

import pytest
from twisted.internet.task import Clock

from mailsuite.service import keying
from mailsuite.service.keying import EVERY_SECONDS, Keying
from mailsuite.store.opening import Store
from mailsuite.store.schema_ordering import sort_key
from tests.store.letters import rows
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
