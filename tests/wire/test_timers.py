from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock

from mailsuite.wire.timers import Timer, Wheel


def test_never_early_and_less_than_two_ticks_late() -> None:
    clock, fired = Clock(), list[float]()
    wheel = Wheel(clock)
    timer = Timer(lambda: fired.append(clock.seconds()))
    wheel.arm(timer, 3.5)
    clock.pump([0.5] * 20)
    assert len(fired) == 1
    assert 3.5 <= fired[0] <= 5.5
    assert clock.getDelayedCalls() == []


def test_a_moved_deadline_is_filed_once() -> None:
    clock, fired = Clock(), list[float]()
    wheel = Wheel(clock)
    timer = Timer(lambda: fired.append(clock.seconds()))
    for _ in range(10):
        wheel.arm(timer, 5)
        assert wheel.armed == 1
        clock.pump([1] * 3)
    assert not fired
    wheel.arm(timer, 1)  # earlier than filed
    clock.pump([1] * 3)
    assert len(fired) == 1
    wheel.arm(timer, 1)
    wheel.disarm(timer)
    assert wheel.armed == 0
    clock.pump([1] * 5)
    assert len(fired) == 1


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9), st.booleans()), max_size=40))
def test_against_a_model(steps: list[tuple[int, int, bool]]) -> None:
    clock, fired = Clock(), dict[int, float]()
    wheel = Wheel(clock)
    due = dict[int, float]()
    timers = [Timer(lambda n=n: fired.__setitem__(n, clock.seconds())) for n in range(5)]  # type: ignore[misc]
    for n, seconds, armed in steps:
        if armed:
            wheel.arm(timers[n], seconds)
            due[n] = clock.seconds() + seconds
        else:
            wheel.disarm(timers[n])
            due.pop(n, None)
        clock.advance(1)
        for late in [m for m in fired if m in due]:
            assert due.pop(late) <= fired.pop(late)
        assert not fired
        assert all(at > clock.seconds() - 2 for at in due.values())


def test_stopping_leaves_nothing_to_do() -> None:
    clock = Clock()
    wheel = Wheel(clock)
    wheel.arm(Timer(lambda: None), 5)
    wheel.stop()
    assert clock.getDelayedCalls() == []
