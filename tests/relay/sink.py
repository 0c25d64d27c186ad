"""An SMTP host whose answers a test writes: over a list, or over sockets on loopback."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, Protocol

from mailsuite.smtp.client.stream import StreamFailed
from mailsuite.wire.link import Tls
from mailsuite.wire.proof import Flaw, Proof, Trust

ALL = ("PIPELINING", "SIZE 50000000", "8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES")
NO_ANSWER = b""
HANG_UP = b"hang up"

Answer = bytes | Callable[[bytes], bytes]


@define(eq=False)
class Mail:
    """One message that the host took: lines as they came."""

    sender: bytes
    recipients: list[bytes]
    octets: bytes  # between DATA and the final dot, dots as they came


@define(eq=False)
class Sink:
    """One host. `answers[verb]` are used up in order, the last for ever after."""

    extensions: Sequence[str] = ALL
    greeting: bytes = b"220 sink.test ESMTP\r\n"
    tls: str = ""  # "": not offered; "works"; "fails"; "injects" octets before the handshake
    answers: dict[str, list[Answer]] = field(factory=dict)
    mails: list[Mail] = field(factory=list)
    commands: list[bytes] = field(factory=list)  # of all connections
    segments: list[bytes] = field(factory=list)  # as they were written to us
    connections: int = 0
    refused_after: int = 0  # connections that are greeted; 0: all
    after_tls: list[bytes] = field(factory=list)

    def say(self, verb: str, *answers: Answer) -> None:
        self.answers[verb] = list(answers)

    @property
    def verbs(self) -> list[str]:
        return [_verb(command) for command in self.commands]


def _verb(line: bytes) -> str:
    return line.split(b" ")[0].split(b":")[0].decode("ascii", "replace").upper()


class Talk:
    """One connection to the sink, without I/O."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.pending = b""
        self.closed = False
        self.secure = False
        self.wants_tls = False
        self.mail: Mail | None = None
        self.in_data = False
        self.in_auth = 0
        sink.connections += 1

    def greet(self) -> bytes:
        if self.sink.refused_after and self.sink.connections > self.sink.refused_after:
            return self._told(b"421 4.7.0 too many connections\r\n" + HANG_UP)
        return self._told(self.sink.greeting)

    def hear(self, octets: bytes) -> bytes:
        self.sink.segments.append(octets)
        self.pending += octets
        out = b""
        while not self.closed:
            end = b"\r\n.\r\n" if self.in_data else b"\r\n"
            if self.in_data and self.pending.startswith(b".\r\n"):
                content, self.pending = b"", self.pending[3:]
            elif end in self.pending:
                content, self.pending = self.pending.split(end, 1)
                content += b"\r\n" if self.in_data else b""
            else:
                break
            out += self._told(self._data(content) if self.in_data else self._command(content))
        return out

    def _told(self, answer: bytes) -> bytes:
        if answer.endswith(HANG_UP):
            self.closed = True
            return answer.removesuffix(HANG_UP)
        return answer

    def _scripted(self, verb: str, line: bytes) -> bytes | None:
        answers = self.sink.answers.get(verb)
        if not answers:
            return None
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return answer(line) if callable(answer) else answer

    def _command(self, line: bytes) -> bytes:
        self.sink.commands.append(line)
        if self.secure:
            self.sink.after_tls.append(line)
        verb = _verb(line)
        if self.in_auth:
            self.in_auth -= 1
            return b"334 UGFzc3dvcmQ6\r\n" if self.in_auth else b"235 2.7.0 ok\r\n"
        scripted = self._scripted(verb, line)
        if scripted is not None:
            if verb == "MAIL" and scripted.startswith(b"2"):
                self.mail = Mail(line, [], b"")
            if verb == "DATA" and scripted.startswith(b"354"):
                self._start_data()
            if verb == "RCPT" and scripted.startswith(b"2") and self.mail:
                self.mail.recipients.append(line)
            return scripted
        return COMMANDS[verb](self, line)

    def _start_data(self) -> None:
        self.in_data = True

    def _data(self, content: bytes) -> bytes:
        self.in_data = False
        mail, self.mail = self.mail, None
        answer = self._scripted("END", content) or b"250 2.0.0 taken\r\n"
        if mail is not None and mail.recipients and answer.startswith(b"2"):
            mail.octets = content
            self.sink.mails.append(mail)
        return answer

    def ehlo(self, _line: bytes) -> bytes:
        lines = ["sink.test", *self.sink.extensions]
        if self.sink.tls and not self.secure:
            lines.append("STARTTLS")
        return "".join(
            f"250{'-' if n < len(lines) - 1 else ' '}{line}\r\n" for n, line in enumerate(lines)
        ).encode()

    def from_(self, line: bytes) -> bytes:
        self.mail = Mail(line, [], b"")
        return b"250 2.1.0 ok\r\n"

    def to(self, line: bytes) -> bytes:
        if self.mail is None:
            return b"503 5.5.1 MAIL first\r\n"
        self.mail.recipients.append(line)
        return b"250 2.1.5 ok\r\n"

    def data(self, _line: bytes) -> bytes:
        if self.mail is None or not self.mail.recipients:
            return b"503 5.5.1 RCPT first\r\n"
        self._start_data()
        return b"354 go on\r\n"

    def starttls(self, _line: bytes) -> bytes:
        self.wants_tls = True
        if self.sink.tls == "injects":
            return b"220 go\r\n250-sink.test\r\n250 AUTH PLAIN LOGIN\r\n"
        return b"220 go\r\n"

    def auth(self, line: bytes) -> bytes:
        if line.upper().startswith(b"AUTH LOGIN"):
            self.in_auth = 2
            return b"334 VXNlcm5hbWU6\r\n"
        return b"235 2.7.0 ok\r\n"

    def ok(self, _line: bytes) -> bytes:
        self.mail = None
        return b"250 2.0.0 ok\r\n"

    def quit(self, _line: bytes) -> bytes:
        return b"221 2.0.0 bye\r\n" + HANG_UP


COMMANDS: dict[str, Callable[[Talk, bytes], bytes]] = defaultdict(
    lambda: lambda _talk, _line: b"500 5.5.1 what?\r\n",
    {
        "EHLO": Talk.ehlo,
        "HELO": Talk.ok,
        "MAIL": Talk.from_,
        "RCPT": Talk.to,
        "DATA": Talk.data,
        "STARTTLS": Talk.starttls,
        "AUTH": Talk.auth,
        "RSET": Talk.ok,
        "QUIT": Talk.quit,
    },
)


class MemoryStream:
    """`mailsuite.smtp.client.stream.Stream` to a sink; what never comes times out at once."""

    local = "192.0.2.25"

    def __init__(self, sink: Sink) -> None:
        self.talk = Talk(sink)
        self.tls: Tls | None = None
        self.closed = False
        self._unread = self.talk.greet()

    @property
    def ended(self) -> bool:
        return self.closed or (self.talk.closed and not self._unread)

    def write(self, octets: bytes) -> None:
        if not self.ended:
            self._unread += self.talk.hear(octets)

    async def drained(self, seconds: float) -> None:
        assert seconds > 0
        if self.ended:
            raise StreamFailed("the other side closed the connection")

    async def read(self, seconds: float) -> bytes:
        if not self._unread or seconds <= 0:
            ended = self.talk.closed or self.closed
            raise StreamFailed(
                "the other side closed the connection" if ended else "no answer in time"
            )
        octets, self._unread = self._unread, b""
        return octets

    async def start_tls(self, name: str, proof: Proof, *, seconds: float) -> None:
        assert seconds > 0
        sink = self.talk.sink
        # TLS from the first octet: the host greets after the handshake.
        self._unread = b"" if sink.commands else self.talk.greet()
        insists = proof.trust in {Trust.VERIFIED, Trust.PINNED}
        if sink.tls == "fails" or (insists and sink.tls != "valid"):
            raise StreamFailed(f"the TLS handshake failed for {name}", Flaw.OTHER)
        self.talk.secure = True
        flaw = Flaw.EXPIRED if proof.trust is Trust.NOTED and sink.tls != "valid" else None
        self.tls = Tls("TLSv1.3", "TLS_AES_128_GCM_SHA256", flaw=flaw)

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = True


class _Wire(Protocol):
    """The sink over a socket."""

    def __init__(self, sink: Sink, contexts: Any) -> None:
        self.talk = Talk(sink)
        self.contexts = contexts
        self.broken = False

    def connectionMade(self) -> None:  # noqa: N802 - Twisted
        self._send(self.talk.greet())

    def dataReceived(self, octets: bytes) -> None:  # noqa: N802 - Twisted
        if self.broken:
            self._send(b"this is no handshake at all\r\n")
        else:
            self._send(self.talk.hear(octets))

    def _send(self, octets: bytes) -> None:
        transport: Any = self.transport
        transport.write(octets)
        if self.talk.closed:
            transport.loseConnection()
        if self.talk.wants_tls:
            self.talk.wants_tls = False
            if self.talk.sink.tls == "fails":
                self.broken = True
            else:
                self.talk.secure = True
                transport.startTLS(self.contexts)


class ListeningSink:
    """A sink at a port of its own on 127.0.0.1."""

    def __init__(self, reactor: Any, sink: Sink, contexts: Any = None) -> None:
        factory: Any = Factory.forProtocol(lambda: _Wire(sink, contexts))
        factory.noisy = False
        self._port = reactor.listenTCP(0, factory, interface="127.0.0.1")
        self.port: int = self._port.getHost().port

    def close(self) -> Any:
        return self._port.stopListening()


def done(running: Any) -> Any:
    """What a coroutine gives that never has to wait."""
    got: list[Any] = []
    Deferred.fromCoroutine(running).addBoth(got.append)
    assert got, "it waits for something"
    if hasattr(got[0], "raiseException"):
        got[0].raiseException()
    return got[0]
