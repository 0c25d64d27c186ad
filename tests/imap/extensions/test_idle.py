"""IDLE (RFC 2177): pushed at once, told from the start, and hard to break."""

import gc
import tracemalloc

import pytest
from twisted.internet.defer import Deferred

from mailsuite.mailbox import view
from mailsuite.wire.limits import Limits
from tests.imap.people import LETTER, Imap


@pytest.fixture
def idle(imap: Imap) -> Imap:
    """Ann on two clients, INBOX selected; one message in it."""
    imap.put()
    imap.signed_in("1", select="INBOX")
    imap.signed_in("2", select="INBOX")
    return imap


def test_a_change_is_told_while_the_client_listens(idle):
    idle.dialogue(r"""
        C1: A002 IDLE
        S1: + idling
        C2: a STORE 1 +FLAGS.SILENT (\Deleted)
        S2: a OK ...
        S1: * 1 FETCH (FLAGS (\Deleted))
        C2: b EXPUNGE
        S2: * 1 EXPUNGE
        S2: b OK ...
        S1: * 1 EXPUNGE
        C1: DONE
        S1: A002 OK IDLE completed
    """)


def test_what_changed_since_the_last_command_is_told_at_once(idle):
    """Delta Chat hung when the EXISTS before IDLE was swallowed (core #4926).

    Thunderbird says DONE at it, and lost its connection when the `+` came only then.
    """
    idle.put()
    said = idle.say(b"a IDLE\r\n", "1")
    assert said == b"+ idling\r\n* 2 EXISTS\r\n* 0 RECENT\r\n"


def test_a_new_message_is_one_write(idle):
    idle.say(b"a IDLE\r\n", "1")
    wire = idle.client("1").wire
    before = wire.writes
    idle.put()
    assert wire.take() == b"* 2 EXISTS\r\n* 0 RECENT\r\n"
    assert wire.writes == before + 1


def test_after_done_nothing_is_told_until_the_next_command(idle):
    idle.say(b"a IDLE\r\nDONE\r\n", "1")
    idle.put()
    idle.dialogue("""
        C1: b NOOP
        S1: * 2 EXISTS
        S1: * 0 RECENT
        S1: b OK ...
    """)


def test_any_other_line_is_bad_and_the_connection_lives_on(idle):
    """WildDuck got a whole command there from an iPhone (#684)."""
    idle.dialogue("""
        C1: a IDLE
        S1: + idling
        C1: 8.569 IDLE
        S1: a BAD Expected DONE
        C1: b IDLE
        S1: + idling
        C1: done
        S1: b OK ...
    """)
    idle.put("INBOX", LETTER)
    assert idle.client("1").wire.take() == b""


@pytest.mark.threat("W14")
def test_what_follows_done_in_the_same_packet_is_the_next_command(idle):
    idle.dialogue(r"""
        C1!: a IDLE\r\nDONE\r\nb NAMESPACE\r\nc LIST "" INBOX\r\nd IDLE\r\n
        S1: + idling
        S1: a OK IDLE completed
        S1: * NAMESPACE (("" "/")) ...
        S1: b OK ...
        S1: * LIST (\HasNoChildren) "/" INBOX
        S1: c OK ...
        S1: + idling
        C1: DONE
        S1: d OK ...
    """)


def test_still_here_every_four_minutes_and_no_more_after_half_an_hour(idle):
    idle.dialogue("""
        C1: a IDLE
        S1: + idling
        T: 241
        S1: * OK Still here
        T: 240
        S1: * OK Still here
        C1: DONE
        S1: a OK ...
    """)
    idle.say(b"b IDLE\r\n", "1")
    idle.pass_time(1_930)
    wire = idle.client("1").wire
    assert wire.take() == b"* OK Still here\r\n" * 7 + b"* BYE Idle for too long\r\n"
    assert wire.closed


def test_still_here_can_be_off(store, tmp_path):
    imap = Imap(store, tmp_path, Limits(imap_still_here_seconds=0))
    imap.signed_in()
    imap.dialogue("""
        C: a IDLE
        S: + idling
        T: 1799
        T: 2
        S: * BYE Idle for too long
        S: <closed>
    """)


def test_idle_without_a_mailbox(ann):
    ann.dialogue("""
        C: a IDLE
        S: + idling
        C: DONE
        S: a OK ...
    """)


@pytest.mark.threat("I12")
def test_a_watcher_who_does_not_read_is_told_of_everything_at_once(idle):
    """While more than enough waits to be sent, nothing is added; then one EXISTS says it all."""
    idle.say(b"a IDLE\r\n", "1")
    wire = idle.client("1").wire
    wire.slow = True
    wire.sent += b"x" * 600_000
    for _ in range(50):
        idle.put()
    assert len(wire.sent) == 600_000
    wire.slow = False
    wire.take()
    assert wire.take() == b"* 51 EXISTS\r\n* 0 RECENT\r\n"
    idle.dialogue("""
        C1: DONE
        S1: a OK ...
    """)


def test_a_watcher_who_leaves_is_forgotten(idle):
    idle.say(b"a IDLE\r\n", "1")
    idle.client("1").gone()
    idle.put()
    assert idle.client("1").wire.take() == b""
    assert len(idle.porter.watchers) == 1


@pytest.mark.threat("W10")
def test_a_line_that_is_too_long_ends_the_idle(idle):
    idle.say(b"a IDLE\r\n", "1")
    assert idle.say(b"x" * 70_000 + b"\r\n", "1") == b"a BAD Expected DONE\r\n"
    idle.put()
    assert idle.client("1").wire.take() == b""


def test_thousands_are_told_in_several_turns(idle, monkeypatch):
    """One delivery must not hold everybody else up; whoever left meanwhile is passed over."""
    monkeypatch.setattr(view, "TOLD_AT_ONCE", 2)
    names = [str(number) for number in range(1, 8)]
    for name in names[2:]:
        idle.signed_in(name, select="INBOX")
    for name in names:
        idle.say(b"a IDLE\r\n", name)
    turns: list[Deferred[None]] = []

    async def others_first(function):
        del function
        turn: Deferred[None] = Deferred()
        turns.append(turn)
        await turn

    opened = idle.client("1").talks.view.mailbox
    monkeypatch.setattr(opened, "read", others_first)
    idle.put()
    assert [bool(idle.client(name).wire.sent) for name in names] == [True] * 2 + [False] * 5
    idle.client("5").gone()
    turns.pop().callback(None)
    assert [bool(idle.client(name).wire.sent) for name in names] == [True] * 4 + [False] * 3
    while turns:
        turns.pop().callback(None)
    told = [bool(idle.client(name).wire.sent) for name in names]
    assert told == [True] * 4 + [False] + [True] * 2


@pytest.mark.threat("R3")
def test_an_idle_session_costs_little(idle):
    """All that Python keeps of one, the test's own end of the wire included (1 KB of it)."""
    for number in range(3, 43):
        idle.signed_in(str(number), select="INBOX")
    costs = []
    tracemalloc.start()
    try:
        for first in (43, 57, 71):
            gc.collect()
            before = tracemalloc.get_traced_memory()[0]
            for number in range(first, first + 14):
                idle.signed_in(str(number), select="INBOX")
                idle.say(b"a IDLE\r\n", str(number))
            gc.collect()
            costs.append((tracemalloc.get_traced_memory()[0] - before) / 14)
    finally:
        tracemalloc.stop()
    # Tables that all share grow now and then: no single session costs that.
    assert min(costs) < 5_000, costs
