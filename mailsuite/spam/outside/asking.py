"""One conversation over a connection of its own, within a time."""

from typing import Any, Protocol

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as TimedOut
from twisted.internet.endpoints import HostnameEndpoint, UNIXClientEndpoint
from twisted.internet.error import ConnectError, ConnectingCancelledError
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory, connectionDone
from twisted.internet.protocol import Protocol as Connection
from twisted.python.failure import Failure

from mailsuite.spam.outside.talk import Babble, Opinion, Talk


class Silence(Exception):  # noqa: N818 - what happened
    """The judge cannot be heard: it is down, slow, or talks nonsense; the words say which."""


class Place(Protocol):
    """Where a judge listens: a host and port, or a local socket's path."""

    @property
    def host(self) -> str:
        """A name or an address; empty for a path."""
        ...

    @property
    def port(self) -> int:
        """Its port."""
        ...

    @property
    def path(self) -> str:
        """A local socket; empty for a host."""
        ...


@define(eq=False)
class _Link(Connection):
    """Carries octets between a talk and a socket."""

    talk: Talk
    told: Deferred[Opinion] = field(factory=Deferred)

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        self._write(self.talk.begin())

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        if self.told.called:
            return
        try:
            self._write(self.talk.feed(data))
        except Babble as error:
            self._fail(f"it talks nonsense: {error}")
            return
        self._look()

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: ARG002, N802 - Twisted's name
        if self.told.called:
            return
        try:
            self.talk.ended()
        except Babble as error:
            self._fail(str(error))
            return
        self._look()

    @property
    def _socket(self) -> Any:
        return self.transport

    def _look(self) -> None:
        if self.talk.opinion is not None and not self.told.called:
            self._socket.loseConnection()
            self.told.callback(self.talk.opinion)

    def _fail(self, words: str) -> None:
        self.abort()
        self.told.errback(Failure(Silence(words)))

    def abort(self) -> None:
        """Hang up at once."""
        self._socket.abortConnection()

    def _write(self, pieces: list[bytes]) -> None:
        if pieces:
            self._socket.writeSequence(pieces)


@define(eq=False)
class _Made(Factory):
    link: _Link

    def buildProtocol(self, addr: IAddress | None) -> _Link:  # noqa: ARG002, N802 - Twisted's name
        return self.link


async def ask(reactor: Any, place: Place, talk: Talk, seconds: float) -> Opinion:
    """Hold the conversation.

    Raises:
        Silence: nobody listens there, the time is over, or what came makes no sense.
    """
    link = _Link(talk)
    made: Any = _Made(link)
    connecting = (
        UNIXClientEndpoint(reactor, place.path, timeout=seconds)
        if place.path
        else HostnameEndpoint(reactor, place.host, place.port, timeout=seconds)
    ).connect(made)
    running = Deferred.fromCoroutine(_whole(connecting, link))
    running.addTimeout(seconds, reactor)
    try:
        return await running
    except TimedOut as error:
        raise Silence(f"no answer within {seconds:g} s") from error
    except (ConnectError, ConnectingCancelledError, OSError) as error:
        raise Silence("nobody listens there") from error


async def _whole(connecting: Deferred[Any], link: _Link) -> Opinion:
    await connecting
    try:
        return await link.told
    except BaseException:
        link.abort()
        raise
