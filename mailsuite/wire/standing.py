"""The sessions that stand in this process, as the operator sees them, and how one is ended."""

from collections.abc import Iterable

from attrs import frozen

from mailsuite.wire.conversation import Conversation
from mailsuite.wire.transport import Connection

SHOWN = 200  # characters of what a client says of itself


@frozen
class Session:
    """One of them.

    Attributes:
        id: its trace, as every log line of it has it.
        since: seconds of UTC.
        client: who its program says it is (RFC 2971); nothing is decided by it.
        mailbox: which one is selected.
        app: the app password that it signed in with; empty: the account's own.
    """

    id: str
    door: str
    peer: str
    since: int
    tls: str = ""
    deflated: bool = False
    account: str = ""
    app: str = ""
    client: str = ""
    mailbox: str = ""


class Standing:
    """All of them. `connections` is asked anew each time."""

    def __init__(self, connections: Iterable[Connection]) -> None:
        self._connections = connections

    def all(self) -> list[Session]:
        """Every session, the eldest first."""
        return sorted(map(_shown, self._connections), key=lambda one: (one.since, one.id))

    def end(self, trace: str) -> bool:
        """End a session after what it has in hand; False: there is none of that id."""
        for connection in tuple(self._connections):
            if connection.trace == trace:
                connection.talks.stopping()
                return True
        return False


def _shown(connection: Connection) -> Session:
    talks = connection.talks
    about = talks.about() if isinstance(talks, Conversation) else {}
    return Session(
        id=connection.trace,
        door=connection.door,
        peer=connection.peer.address,
        since=int(connection.trace[:8], 16),
        tls="" if connection.tls is None else connection.tls.version,
        deflated=connection.deflated,
        **{name: text[:SHOWN] for name, text in about.items()},
    )
