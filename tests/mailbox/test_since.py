"""What changed since a modseq: from the log, or from the modseqs of all messages."""

import pytest

from mailsuite.mailbox import changing, since, view
from mailsuite.store.flags import FlagChange, Mode
from mailsuite.store.opening import Store
from tests.imap.people import now
from tests.mailbox.people import Box

SEEN = FlagChange(Mode.ADD, ("\\Seen",))


@pytest.mark.parametrize("at_once", [0, 50_000])
def test_a_thread_looks_at_very_many_messages(
    store: Store, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """The answer is the same, wherever it is looked for."""
    monkeypatch.setattr(since, "SCANNED_AT_ONCE", at_once)
    monkeypatch.setattr(view, "REMEMBERED", 2)
    box = Box(store)
    for _ in range(5):
        box.put()
    shown = box.open()
    for uid in (4, 2, 1):
        now(changing.store_step(shown, [uid], SEEN))
    assert shown.changed.floor > 6
    assert now(since.find_changed(shown, 6)) == [1, 2, 4]
    assert now(since.find_changed(shown, 1)) == [1, 2, 3, 4, 5]
    assert now(since.find_changed(shown, shown.row.modseq)) == []


@pytest.mark.parametrize("few", [0, 2_000])
def test_of_some_messages_those_that_changed(
    store: Store, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """By bisection or in a thread: the same."""
    monkeypatch.setattr(since, "FEW", few)
    box = Box(store)
    for _ in range(5):
        box.put()
    shown = box.open()
    now(changing.store_step(shown, [2, 3, 5], SEEN))
    assert now(since.find_changed_of(shown, 6, [1, 2, 5, 9])) == [2, 5]
    assert now(since.find_changed_of(shown, 6, [])) == []
    assert now(since.find_changed_of(shown, 7, [2])) == []
