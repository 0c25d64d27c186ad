"""Stories are found by address, Message-ID and host, in few pages; nothing of them stays behind."""

import pytest

from mailsuite.store import stories
from mailsuite.store.events import Event, record_events
from mailsuite.store.opening import Store
from mailsuite.store.schema import event
from mailsuite.store.schema_story import event_key
from mailsuite.store.stories import digest, find_stories, index_events, keys_of
from mailsuite.store.upkeep import forget_events
from tests.store.failing import fails_cleanly
from tests.store.letters import done, rows

NOW = 1_800_000_000
ROWS = [
    ("c1", Event("refused", "s@far.example", "192.0.2.1 RCPT TO:<no@us.test>: 550 5.1.1")),
    ("c1.1", Event("accepted", "s@far.example", "9 octets <Id.1@far.example> for Ann@us.test")),
    ("c2.1", Event("accepted", "t@far.example", "9 octets <id.2@far.example> for ann@us.test")),
    ("c2.1", Event("tried", "mx.far.example", "bob@far.example: 451 later")),
    ("", Event("refused", "203.0.113.0/24", "940 more refusals within a minute")),
]


@pytest.fixture
def told(store: Store) -> Store:
    done(store.writer.run(record_events, ROWS))
    assert done(store.writer.run(index_events)) == len(ROWS)
    assert done(store.writer.run(index_events)) == 0
    return store


def found(store: Store, name: str, since: int = 0, until: int = NOW, most: int = 10) -> list[str]:
    return [each.trace for each in done(store.readers.run(find_stories, name, since, until, most))]


@pytest.mark.parametrize(
    ("name", "traces"),
    [
        ("c1", ["c1", "c1.1"]),
        ("c1.1", ["c1.1"]),
        ("<id.1@FAR.example>", ["c1.1"]),
        ("id.2@far.example", ["c2.1"]),
        ("ann@us.test", ["c2.1", "c1.1"]),
        ("no@us.test", ["c1"]),
        ("bob@far.example", ["c2.1"]),
        ("mx.far.example", ["c2.1"]),
        ("203.0.113.0/24", [""]),
        ("nobody@us.test", []),
        ("", []),
    ],
)
def test_a_story_is_found_by_whatever_it_names(told: Store, name: str, traces: list[str]) -> None:
    assert found(told, name) == traces


def test_a_story_is_told_whole_and_in_order(told: Store) -> None:
    (story,) = done(told.readers.run(find_stories, "bob@far.example", 0, NOW, 10))
    assert [each.kind for each in story.told] == ["accepted", "tried"]


def test_times_and_numbers_bound_what_is_told(told: Store) -> None:
    assert found(told, "ann@us.test", most=1) == ["c2.1"]
    assert found(told, "ann@us.test", since=NOW + 1) == []
    assert found(told, "ann@us.test", until=NOW - 1) == []


def test_the_index_is_made_in_pieces_and_all_or_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stories, "PIECE", 2)
    done(store.writer.run(record_events, ROWS))
    fails_cleanly(store, index_events, 2)
    while done(store.writer.run(index_events, 2)):
        pass
    assert found(store, "ann@us.test") == ["c2.1", "c1.1"]


def test_with_the_events_their_keys_go(told: Store) -> None:
    assert done(told.writer.run(forget_events, 0)) == len(ROWS)
    assert rows(told, event) == rows(told, event_key) == []


def test_an_event_has_so_many_keys_and_no_long_ones() -> None:
    assert len(keys_of("", " ".join(f"{n}@x.test" for n in range(500)))) == stories.NAMES
    assert digest("A@X.test.") == digest("<a@x.TEST>")
    assert keys_of("", "@ a@ @b @@@@ " + "x" * 100_000) == set()
