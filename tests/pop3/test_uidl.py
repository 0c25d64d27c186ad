"""UIDL: ids that stay."""

from array import array

import pytest

from mailsuite.store.maildrop import Listed
from tests.pop3.conftest import ONE, TWO, Pop


@pytest.mark.threat("P3")
def test_ids_stay_while_other_messages_come_and_go(pop: Pop) -> None:
    pop.deliver(ONE, TWO)
    pop.sign_in("1")
    pop.dialogue("""
        C1: UIDL
        S1: +OK
        S1: 1 $first
        S1: 2 $second
        S1: .
        C1: DELE 1
        S1: +OK
        C1: UIDL 1
        S1: -ERR No such message
        C1: QUIT
        S1: +OK Goodbye
    """)
    pop.deliver(ONE)
    pop.sign_in("2")
    pop.dialogue("""
        C2: UIDL
        S2: +OK
        S2: 1 $second
        S2: 2 $third
        S2: .
        C2: UIDL 2
        S2: +OK 2 $third
    """)
    caught = pop.dialogues.caught
    ids = {caught["first"], caught["second"], caught["third"]}
    assert len(ids) == 3
    assert all(1 <= len(found) <= 70 and found.isalnum() for found in ids)


def test_a_hundred_thousand_ids_go_out_in_few_writes(pop: Pop) -> None:
    """A long list is written in pieces of some size, neither line by line nor as one."""
    pop.sign_in()
    drop = pop.dialogues.client().talks.maildrop  # type: ignore[attr-defined]
    numbers = array("q", range(1, 100_001))
    drop._listed = Listed(1, numbers, numbers, numbers, numbers)
    client = pop.dialogues.client()
    before = client.wire.writes
    client.send(b"UIDL\r\n")
    lines = client.wire.take().split(b"\r\n")
    assert lines[1] == b"1 1"
    assert lines[-3:] == [b"100000 186a0", b".", b""]
    assert client.wire.writes - before < 40
