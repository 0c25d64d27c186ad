"""The dialogue runner is strict, or every test that uses it is worth nothing."""

import pytest

from mailsuite.wire.link import Link
from tests.dialogue import Dialogues


class Echo:
    """A session that repeats what it hears, in capitals."""

    link: Link
    ended = 0

    def connected(self, link: Link) -> None:
        self.link = link
        link.write(b"* hello\r\n")
        link.deadline(60)

    def received(self, octets: bytes) -> None:
        if octets == b"bye\r\n":
            self.link.write(b"so long\r\n")
            self.link.close()
        else:
            self.link.write(octets.upper())

    def secured(self) -> None:
        self.link.write(b"secret\r\n")

    def timed_out(self) -> None:
        self.link.write(b"* late\r\n")
        self.link.close()

    def stopping(self) -> None:
        self.link.close()

    def lost(self) -> None:
        self.ended += 1


def test_text_names_clients_octets_and_time() -> None:
    talks = Dialogues(Echo)
    talks.dialogue(r"""
        S: * $word
        C: one $word two
        S: ONE HELLO ...
        S2: * hello
        C2!: raw\x41\r\n
        S2: RAWA
        C: bye
        S: so long
        S: <closed>
        T: 61
        S2: * late
        S2: <closed>
    """)


@pytest.mark.parametrize(
    "wrong",
    [
        "S: * hallo",
        "S: * hello\nS: more",
        "S: * hello\nS: <closed>",
        "C: spoken before the greeting was read",
        "S: * $a\nC: x\nS: $a",
        "S: * hello\nC: x",
        "S*: nowhere",
        "S: * hello\nC: bye\nS: so long\nC: after the end",
        "hello",
    ],
)
def test_any_difference_fails(wrong: str) -> None:
    with pytest.raises(AssertionError):
        Dialogues(Echo).dialogue(wrong)


def test_a_session_hears_once_that_its_connection_ended() -> None:
    talks = Dialogues(Echo)
    talks.dialogue("S: * hello\nC: bye\nS: so long\nS: <closed>\nT: 100\nC: <gone>")
    session = talks.client().talks
    assert isinstance(session, Echo)
    assert session.ended == 1
