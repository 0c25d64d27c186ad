"""Reports to one address are counted by the hour."""

from mailsuite.relay.restraint import REPORTS, WINDOW_SECONDS, Restraint


def test_an_address_has_enough_until_the_window_is_over() -> None:
    now = 1_000_000.0
    restraint = Restraint(lambda: now)
    assert restraint.satisfied() == []
    for _ in range(REPORTS):
        assert not restraint.has_enough("ann@us.test")
        restraint.note("ann@us.test")
    restraint.note("carl@us.test")
    assert restraint.satisfied() == ["ann@us.test"]
    now += WINDOW_SECONDS - 1
    assert restraint.has_enough("ann@us.test")
    now += 1
    assert not restraint.has_enough("ann@us.test")
