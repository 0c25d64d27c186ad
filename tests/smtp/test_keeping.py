"""What a client hears of limits, lists and greylisting, and what the operator reads of it."""

import pytest
from attrs import evolve

from mailsuite.message.reputation import PASSED
from mailsuite.repute.settings import Greylisting
from mailsuite.store.opening import Store
from mailsuite.store.schema import event
from mailsuite.wire.tallies import HOUR, MINUTE
from tests.dialogue import Dialogues
from tests.repute.conftest import Door, Later, later
from tests.smtp.conftest import House
from tests.store.letters import rows

__all__ = ["later"]

WAIT = "450 4.7.1 Greylisted: new here, please try again in 300 seconds"
BIG = "552 5.3.4 Message is too big"
GREETED = """
    S: 220 ...
    C: EHLO client.example.net
    S*: 250 ...
"""


@pytest.fixture
def door(store: Store, house: House) -> Door:
    """The house with a keeper at its door."""
    made = Door(store)
    made.clock = house.clock
    made.repute(greylist=Greylisting.ALL)
    made.keeper.tarpit.reactor = made.keeper.telling.reactor = house.clock
    house.door.services = evolve(house.door.services, keeper=made.keeper)
    return made


def told(door: Door) -> list[tuple[str, str, str, str]]:
    door.keeper.telling.flush()
    return [(row.trace, row.kind, row.who, row.words) for row in rows(door.store, event)]


def test_a_greylisted_first_try_is_repeated_and_accepted(
    house: House, door: Door, later: Later
) -> None:
    mail = """
        C: MAIL FROM:<s@far.example>
        S: 250 ...
        C: RCPT TO:<ada@example.org>
    """
    house.mx().dialogue(
        GREETED
        + mail
        + """
        S: 450 4.7.1 Greylisted: new here, please try again in 300 seconds
        C: DATA
        S: 503 ...
    """
    )
    later(300)
    house.mx().dialogue(
        GREETED
        + mail
        + """
        S: 250 ...
        C: DATA
        S: 354 ...
        C: .
        S: 250 ...
    """
    )
    reputation = house.box.stored[0].source.reputation
    assert (reputation.greylist, reputation.waited_seconds) == (PASSED, 300)
    assert told(door)[0] == (
        "t1", "greylist", "s@far.example",
        f"192.0.2.1 RCPT TO:<ada@example.org>: {WAIT}",
    )  # fmt: skip


def test_who_is_trusted_or_signed_in_is_not_put_off(
    house: House, door: Door, submission: Dialogues
) -> None:
    house.mx(address="198.51.100.9").dialogue(
        GREETED
        + """
        C: MAIL FROM:<s@far.example>
        S: 250 ...
        C: RCPT TO:<ada@example.org>
        S: 250 ...
    """
    )
    submission.dialogue("""
        C: MAIL FROM:<ada@example.org>
        S: 250 ...
        C: RCPT TO:<new@far.example>
        S: 250 ...
    """)
    assert door.zone.asked == []


def test_one_connection_too_many_is_turned_away_with_the_reason(house: House, door: Door) -> None:
    door.rates(connections_per_address=((MINUTE, 1),))
    house.mx().dialogue("S: 220 ...")
    house.mx().dialogue("""
        S: 421 4.7.0 Too many connections from your address: 1 a minute, try again later
        S: <closed>
    """)
    assert [kind for _, kind, _, _ in told(door)] == ["limited"]


@pytest.mark.threat("S18")
def test_what_an_account_sends_too_much_is_put_off_and_its_owner_hears_of_it(
    house: House, door: Door, submission: Dialogues
) -> None:
    house.limit(submissions_burst=1)
    house.door.services = evolve(house.door.services, keeper=door.keeper)
    again = house.submission()
    again.dialogue("""
        S: 220 ...
        C: EHLO phone
        S*: 250 ...
        C: AUTH PLAIN AGFkYUBleGFtcGxlLm9yZwBzZWNyZXQ=
        S: 235 2.7.0 ...
        C: MAIL FROM:<ada@example.org>
        S: 250 ...
        C: RSET
        S: 250 ...
        C: MAIL FROM:<ada@example.org>
        S: 450 4.7.1 Too many messages from your account: 3600 an hour, try again later
    """)
    assert [to for to, _ in door.box.sent] == ["ada@example.org", "postmaster@example.org"]
    assert told(door)[-1][1] == "limited"


def test_an_accounts_new_recipients_are_limited(
    house: House, door: Door, submission: Dialogues
) -> None:
    door.rates(strangers_per_account=((HOUR, 1),))
    submission.dialogue("""
        C: MAIL FROM:<ada@example.org>
        S: 250 ...
        C: RCPT TO:<a@far.example>
        S: 250 ...
        C: RCPT TO:<b@far.example>
        S: 450 4.7.1 Too many new recipients from your account: 1 an hour, try again later
    """)
    assert len(door.box.sent) == 2


def test_the_answers_of_who_errs_again_and_again_wait(house: House, door: Door) -> None:
    talks = house.mx()
    talks.dialogue(
        GREETED
        + """
        C: RCPT TO:<x
        S: 503 ...
        C: NOPE
        S: 500 ...
        C: NOPE
        T: 1
        S: 500 ...
        C: NOPE
        T: 2
        S: 500 ...
        C: NOPE
        C: <gone>
    """
    )
    assert door.keeper.tarpit.held == 1
    door.keeper.tarpit.release()
    assert door.keeper.tarpit.held == 0


@pytest.mark.threat("S5")
def test_who_named_too_many_strangers_cannot_come_again(house: House, door: Door) -> None:
    door.rates(unknown_per_address=((HOUR, 1),))
    house.mx().dialogue(
        GREETED
        + """
        C: MAIL FROM:<>
        S: 250 ...
        C: RCPT TO:<nobody@example.org>
        S: 550 5.1.1 ...
    """
    )
    house.mx().dialogue("""
        S: 421 4.7.0 Too many unknown recipients from your address: 1 an hour, try again later
        S: <closed>
    """)
    assert told(door)[0] == (
        "t1", "refused", "",
        "192.0.2.1 RCPT TO:<nobody@example.org>: 550 5.1.1 No such user here",
    )  # fmt: skip


def test_a_message_refused_at_its_end_is_told_with_its_people(house: House, door: Door) -> None:
    door.repute(greylist=Greylisting.OFF)
    house.limit(message_octets=64)
    house.door.services = evolve(house.door.services, keeper=door.keeper)
    house.mx().dialogue(
        GREETED
        + f"""
        C: MAIL FROM:<s@far.example>
        S: 250 ...
        C: RCPT TO:<ada@example.org>
        S: 250 ...
        C: DATA
        S: 354 ...
        C: {"x" * 70}
        C: .
        S: 552 ...
    """
    )
    assert told(door) == [
        (
            "t1.1", "refused", "",
            f"192.0.2.1 message from <s@far.example> for ada@example.org: {BIG}",
        ),
    ]  # fmt: skip
