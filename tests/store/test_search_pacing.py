"""When the filling works: at once, not while mail comes fast, and a little if that never ends."""

from collections.abc import Callable, Iterator

import pytest
from twisted.internet.task import Clock

from mailsuite.store.opening import Store
from mailsuite.store.search_pacing import (
    FAST,
    LOOK_SECONDS,
    PATIENCE_SECONDS,
    SHARE_SECONDS,
    Pace,
    newest_message,
)
from mailsuite.store.search_process import Round, reads_of
from tests.store.mail import Mail


def paced(each_look: Iterator[int]) -> tuple[Pace, Clock]:
    """A pace, of a host that takes in so many messages between two looks."""
    clock = Clock()
    newest = 0

    def read(_: Callable[..., object]) -> int:
        nonlocal newest
        newest += next(each_look)
        return newest

    return Pace(read, clock.seconds), clock  # type: ignore[arg-type]


def walked(pace: Pace, clock: Clock, seconds: float) -> list[float]:
    """When it worked, looking twice a second."""
    worked, until = [], clock.seconds() + seconds
    while clock.seconds() < until:
        if not pace.wait():
            worked.append(clock.seconds())
        clock.advance(LOOK_SECONDS)
    return worked


def test_where_little_comes_it_never_waits() -> None:
    few = int(FAST * LOOK_SECONDS)
    pace, clock = paced(iter([1_000_000, *[few] * 100]))
    assert len(walked(pace, clock, 10)) == 10 / LOOK_SECONDS


def test_while_mail_comes_fast_it_waits_and_goes_on_afterwards() -> None:
    pace, clock = paced(iter([0, *[500] * 20, *[0] * 100]))
    worked = walked(pace, clock, 12)
    assert worked[0] == 0
    assert worked[1] == LOOK_SECONDS * 21
    assert len(worked) == 4


def test_where_it_never_ends_a_small_part_of_the_time_is_taken() -> None:
    pace, clock = paced(iter([0, *[500] * 1_000]))
    worked = walked(pace, clock, PATIENCE_SECONDS + 10 * SHARE_SECONDS)
    assert [at for at in worked if 0 < at < PATIENCE_SECONDS] == []
    assert len(worked) == 11


def test_the_newest_message_grows_with_each(store: Store) -> None:
    mail = Mail(store)
    read = reads_of(store.readers)
    before = read(newest_message)
    mail.put(3)
    assert (before, read(newest_message) > before) == (0, True)


def test_a_round_waits_with_its_batch_and_not_with_its_look(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail = Mail(store)
    mail.put(2)
    steps = Round(store.data_dir, reads_of(store.readers), lambda _: True)
    monkeypatch.setattr(Pace, "wait", lambda _: 7.5)
    assert steps.step() == 7.5
    monkeypatch.setattr(Pace, "wait", lambda _: 0.0)
    assert steps.step() == 0.0
