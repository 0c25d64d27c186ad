"""What the operator sees of sessions, and how one is ended."""

from twisted.internet.task import Clock

from mailsuite.wire.conversation import Conversation
from mailsuite.wire.limits import Limits
from mailsuite.wire.link import Peer
from mailsuite.wire.listening import Door, Listeners
from mailsuite.wire.standing import SHOWN


class Talker(Conversation[bytes]):
    """A session that says who it is."""

    def __init__(self) -> None:
        super().__init__()
        self.ended = False

    def about(self) -> dict[str, str]:
        return {"account": "ann@example.test", "client": "x" * 1000, "mailbox": "INBOX"}

    def stopping(self) -> None:
        self.ended = True


def test_sessions_are_listed_and_one_is_ended() -> None:
    listeners = Listeners(Clock(), Limits())
    door = Door("imaps", Talker, lambda: None, b"", implicit_tls=False)  # type: ignore[arg-type, return-value]
    connections = [listeners.came(door, Peer(f"192.0.2.{n}", 4000)) for n in range(3)]
    shown = listeners.standing.all()
    assert sorted(one.peer for one in shown) == ["192.0.2.0", "192.0.2.1", "192.0.2.2"]
    assert {(one.door, one.account, one.mailbox) for one in shown} == {
        ("imaps", "ann@example.test", "INBOX")
    }
    assert len(shown[0].client) == SHOWN
    assert listeners.standing.end(shown[1].id)
    ended = [c.talks for c in connections if c is not None and c.trace == shown[1].id]
    assert [isinstance(talks, Talker) and talks.ended for talks in ended] == [True]
    assert not listeners.standing.end("nobody")
