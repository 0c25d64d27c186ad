"""Conversations as tests: what the client says, what the server must answer.

    C: a NOOP                 the client sends the line and CRLF
    C!: a NOOP\\r\\nb NO       the client sends exactly these octets (Python escapes), no CRLF
    S: a OK ...               the next line of the server; `...` is any text
    S: * OK [UIDNEXT $next]   `$next` is caught at first and must be equal later (`C:` fills it in)
    S*: a OK ...              skip lines up to and with the first that matches
    S: <handshake>            the server began TLS: the handshake is done now
    S: <closed>               the server ended the connection
    C: <gone>                 the client ends the connection
    T: 300                    so many seconds pass

`C1:`/`S1:` and `C2:`/`S2:` are two clients; each is connected when first mentioned. Nothing may
stay unread: not before the same client speaks again, and not at the end. Octets of a literal
are simply the lines that follow the `{n}`.
"""

import re
import textwrap
from collections.abc import Awaitable, Callable, Sequence

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock

from mailsuite.wire.link import Link, Peer, Talks, Tls

TURN = re.compile(r"(?P<who>[CST])(?P<client>\d*)(?P<how>[!*]?):(?: (?P<text>.*))?$")
PATTERN = re.compile(r"\.\.\.|\$[a-z]\w*")
OUTPUT_OCTETS = 512 * 1024


class Wire:
    """A `Link` over a list: what the session wrote, and what it asked of its connection."""

    def __init__(self, clock: Clock, peer: Peer | None = None, tls: Tls | None = None) -> None:
        self.clock = clock
        self.peer = peer or Peer("192.0.2.1", 40000)
        self.local = Peer("192.0.2.25", 25)
        self.tls = tls
        self.trace = "t1"
        self.sent = bytearray()  # not yet read by the test
        self.writes = 0
        self.closed = self.aborted = self.paused = self.handshaking = False
        self.deflated = False
        self.deadline_seconds: float | None = None
        self.deadline_at: float | None = None
        self.slow = False  # a reader who takes nothing: set it, and `take` to go on
        self._waiting: list[Deferred[None]] = []

    def write(self, octets: bytes) -> None:
        if not self.closed:
            self.sent += octets
            self.writes += 1

    def write_many(self, pieces: Sequence[bytes]) -> None:
        self.write(b"".join(pieces))

    def start_tls(self) -> None:
        self.handshaking = True

    def start_deflate(self) -> None:
        self.deflated = True

    def end_deflate(self) -> None:
        self.deflated = False

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = self.aborted = True

    def pause(self) -> None:
        self.paused = True

    def resume(self) -> None:
        self.paused = False

    def deadline(self, seconds: float | None) -> None:
        self.deadline_seconds = seconds
        self.deadline_at = None if seconds is None else self.clock.seconds() + seconds

    @property
    def writable(self) -> bool:
        return not self.slow or len(self.sent) < OUTPUT_OCTETS

    def drained(self) -> Awaitable[None]:
        if self.writable:
            return succeed(None)
        waiting: Deferred[None] = Deferred()
        self._waiting.append(waiting)
        return waiting

    def take(self) -> bytes:
        """Read everything that the server has sent, as a client that catches up."""
        octets = bytes(self.sent)
        self.sent.clear()
        waiting, self._waiting = self._waiting, []
        for deferred in waiting:
            deferred.callback(None)
        return octets

    def drop(self) -> None:
        """Fail whoever waits for the reader."""
        waiting, self._waiting = self._waiting, []
        for deferred in waiting:
            deferred.errback(ConnectionError())


class Client:
    """One connection of a dialogue: its session, and its end of the wire."""

    def __init__(self, talks: Talks, wire: Wire) -> None:
        self.talks = talks
        self.wire = wire
        self._lost = False
        link: Link = wire
        talks.connected(link)

    def send(self, octets: bytes) -> None:
        """Send octets as one segment, unless the server has hung up."""
        if not self.wire.closed:
            self.talks.received(octets)

    def line(self) -> str | None:
        """Return the server's next line, None when there is none."""
        end = self.wire.sent.find(b"\r\n")
        if end < 0:
            return None
        line = self.wire.sent[:end].decode("utf-8", "surrogateescape")
        del self.wire.sent[: end + 2]
        return line

    def secure(self) -> None:
        """Finish the handshake that the server began."""
        assert self.wire.handshaking, "the server did not begin TLS"
        self.wire.handshaking = False
        self.wire.tls = Tls("TLSv1.3", "TLS_AES_256_GCM_SHA384")
        self.talks.secured()

    def gone(self) -> None:
        """Vanish."""
        self.wire.closed = True
        self.settle()

    def settle(self) -> None:
        """Tell the session, once, of a connection that has ended."""
        if self.wire.closed and not self._lost:
            self._lost = True
            self.wire.drop()
            self.talks.lost()


class Dialogues:
    """Runs dialogues against sessions made by `make`, with a clock of their own.

    Args:
        make: a new session for each client.
        tls: what a connection starts with; None: in clear.
    """

    def __init__(
        self,
        make: Callable[[], Talks],
        *,
        clock: Clock | None = None,
        peer: Peer | None = None,
        tls: Tls | None = None,
    ) -> None:
        self.make = make
        self.clock = clock or Clock()
        self.peer = peer
        self.tls = tls
        self.clients: dict[str, Client] = {}
        self.caught: dict[str, str] = {}

    def client(self, name: str = "") -> Client:
        """Return the client of that name, connected now if it was not."""
        if name not in self.clients:
            wire = Wire(self.clock, self.peer, self.tls)
            self.clients[name] = Client(self.make(), wire)
        return self.clients[name]

    def dialogue(self, text: str) -> None:
        """Speak the client's lines and compare the server's; fail with the whole story."""
        story: list[str] = []
        for turn in textwrap.dedent(text).strip("\n").split("\n"):
            if not turn.strip():
                continue
            story.append(turn)
            try:
                self._turn(turn.lstrip())
                for client in self.clients.values():
                    client.settle()
            except AssertionError as error:
                said = "\n".join(story)
                raise AssertionError(f"{error}\nafter:\n{said}") from None
        for name, client in self.clients.items():
            unread = bytes(client.wire.sent)
            assert not unread, f"client {name or 1} has not read {unread!r}"

    def pass_time(self, seconds: float) -> None:
        """Let seconds pass, with every deadline that falls into them."""
        until = self.clock.seconds() + seconds
        while due := [c for c in self.clients.values() if _due(c, until)]:
            client = min(due, key=lambda c: c.wire.deadline_at or 0.0)
            at = client.wire.deadline_at or 0.0
            self.clock.advance(max(0.0, at - self.clock.seconds()))
            client.wire.deadline(None)
            client.talks.timed_out()
        self.clock.advance(max(0.0, until - self.clock.seconds()))

    def _turn(self, turn: str) -> None:
        match = TURN.match(turn)
        assert match, f"no turn of a dialogue: {turn!r}"
        text = match["text"] or ""
        if match["who"] == "T":
            self.pass_time(float(text))
        elif match["who"] == "C":
            self._speak(self.client(match["client"]), text, raw=bool(match["how"]))
        elif match["how"]:
            self._skip_to(self.client(match["client"]), text)
        else:
            self._expect(self.client(match["client"]), text)

    def _speak(self, client: Client, text: str, *, raw: bool) -> None:
        unread = bytes(client.wire.sent)
        assert not unread, f"the server said more: {unread!r}"
        if text == "<gone>":
            client.gone()
            return
        assert not client.wire.closed, "the server has hung up"
        for name, value in self.caught.items():
            text = re.sub(rf"\${name}\b", value.replace("\\", r"\\"), text)
        if raw:
            client.send(text.encode().decode("unicode_escape").encode("latin-1"))
        else:
            client.send(text.encode("utf-8", "surrogateescape") + b"\r\n")

    def _expect(self, client: Client, text: str) -> None:
        if text == "<handshake>":
            client.secure()
            return
        if text == "<closed>":
            assert not client.wire.sent, f"the server said more: {bytes(client.wire.sent)!r}"
            assert client.wire.closed, "the server did not hang up"
            return
        line = client.line()
        assert line is not None, f"the server said nothing, not {text!r}"
        assert self._matches(text, line), f"the server said {line!r}, not {text!r}"

    def _skip_to(self, client: Client, text: str) -> None:
        skipped = []
        while (line := client.line()) is not None:
            if self._matches(text, line):
                return
            skipped.append(line)
        raise AssertionError(f"no line {text!r} in {skipped}")

    def _matches(self, text: str, line: str) -> bool:
        pattern, names, at = "", set[str](), 0
        for mark in PATTERN.finditer(text):
            pattern += re.escape(text[at : mark.start()])
            at, name = mark.end(), mark[0][1:]
            if mark[0] == "...":
                pattern += ".*"
            elif name in self.caught:
                pattern += re.escape(self.caught[name])
            elif name in names:
                pattern += f"(?P={name})"
            else:
                names.add(name)
                pattern += rf"(?P<{name}>\S+?)"
        match = re.fullmatch(pattern + re.escape(text[at:]), line, re.DOTALL)
        if match:
            self.caught.update(match.groupdict())
        return match is not None


def _due(client: Client, until: float) -> bool:
    at = client.wire.deadline_at
    return at is not None and at <= until and not client.wire.closed
