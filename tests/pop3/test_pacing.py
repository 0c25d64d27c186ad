"""LOGIN-DELAY: not so often."""

import pytest
from attrs import evolve

from mailsuite.wire.limits import Limits
from tests.directory.people import PASSWORD
from tests.pop3.conftest import Pop


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which a test may change."""
    told = [1_000.0]
    monkeypatch.setattr("mailsuite.pop3.pacing.time.monotonic", lambda: told[0])
    return told


def test_an_account_waits_between_two_sign_ins(pop: Pop, now: list[float]) -> None:
    """The wrong password is answered as ever: nobody learns who has signed in lately."""
    pop.services = evolve(pop.services, limits=Limits(pop3_login_delay_seconds=60))
    pop.sign_in("1")
    pop.dialogue("""
        C1: CAPA
        S1: +OK ...
        S1: AUTH-RESP-CODE
        S1: EXPIRE NEVER
        S1: IMPLEMENTATION mailsuite
        S1: LANG
        S1: LOGIN-DELAY 60
        S1: PIPELINING
        S1: RESP-CODES
        S1: SASL ...
        S1: TOP
        S1: UIDL
        S1: USER
        S1: UTF8 USER
        S1: .
        C1: QUIT
        S1: +OK Goodbye
    """)
    now[0] += 59
    pop.dialogue("""
        S2: +OK ...
        C2: USER ann@example.test
        S2: +OK
        C2: PASS wrong
    """)
    pop.house.clock.advance(3)
    pop.dialogue(f"""
        S2: -ERR [AUTH] Wrong user or password
        C2: USER ann@example.test
        S2: +OK
        C2: PASS {PASSWORD}
        S2: -ERR [LOGIN-DELAY] Too soon after the last sign-in
    """)
    now[0] += 2
    pop.dialogue(f"""
        C2: USER ann@example.test
        S2: +OK
        C2: PASS {PASSWORD}
        S2: +OK 0 messages (0 octets)
    """)


def test_without_a_limit_nobody_waits(pop: Pop) -> None:
    pop.sign_in("1")
    pop.dialogue("""
        C1: QUIT
        S1: +OK Goodbye
    """)
    pop.sign_in("2")
