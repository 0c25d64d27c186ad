"""STLS: nothing said in clear outlives it."""

import pytest
from attrs import evolve

from tests.directory.people import PASSWORD
from tests.pop3.conftest import Pop


@pytest.fixture
def clear(pop: Pop) -> Pop:
    """The same host, reached in clear."""
    pop.dialogues.tls = None
    return pop


def test_the_password_is_heard_after_it(clear: Pop) -> None:
    clear.dialogue(f"""
        S: +OK ...
        C: STLS
        S: +OK Begin TLS
        S: <handshake>
        C: USER ann@example.test
        S: +OK
        C: PASS {PASSWORD}
        S: +OK 0 messages (0 octets)
        C: STLS
        S: -ERR Not in this state
    """)


@pytest.mark.threat("W3")
def test_what_came_with_it_in_clear_is_dropped(clear: Pop) -> None:
    clear.dialogue(r"""
        S: +OK ...
        C!: STLS\r\nCAPA\r\nUS
        S: +OK Begin TLS
        S: <handshake>
        C: NOOP
        S: -ERR Not in this state
    """)


@pytest.mark.threat("W3")
def test_what_comes_before_the_handshake_is_dropped_too(clear: Pop) -> None:
    clear.dialogue("""
        S: +OK ...
        C: STLS
        S: +OK Begin TLS
    """)
    clear.dialogues.client().talks.engine.feed(b"CAPA\r\n")  # type: ignore[attr-defined]
    clear.dialogue("""
        S: <handshake>
        C: STLS
        S: -ERR TLS is on already
    """)


@pytest.mark.threat("W3")
def test_a_user_named_in_clear_is_forgotten(clear: Pop) -> None:
    clear.dialogue("S: +OK ...")
    clear.dialogues.client().talks.user = "ann@example.test"  # type: ignore[attr-defined]
    clear.dialogue(f"""
        C: STLS
        S: +OK Begin TLS
        S: <handshake>
        C: PASS {PASSWORD}
        S: -ERR USER comes first
    """)


def test_it_is_offered_where_it_can_be_done(clear: Pop) -> None:
    clear.dialogue("""
        S: +OK ...
        C: CAPA
        S*: STLS
        S*: .
        C: STLS
        S: +OK Begin TLS
        S: <handshake>
    """)
    client = clear.dialogues.client()
    client.send(b"CAPA\r\n")
    assert b"STLS" not in client.wire.take()


def test_without_a_certificate_it_is_not_there(clear: Pop) -> None:
    clear.services = evolve(clear.services, starts_tls=False)
    clear.dialogue("""
        S: +OK ...
        C: STLS
        S: -ERR TLS is not there
    """)
