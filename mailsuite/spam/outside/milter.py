"""Milters: the mail server's side of protocol version 6 (Sendmail's libmilter, mfdef.h).

What is offered is what cannot half-change a message: to add fields, which are written on the
copies, and quarantine, which is Junk. A milter that wants to do more is told so in the negotiation.
"""

import ipaddress
from collections import deque
from collections.abc import Iterator
from enum import IntFlag

from attrs import define, field

from mailsuite.message.header import fields as header_fields
from mailsuite.message.header import split_message
from mailsuite.spam.outside.talk import REPLY_OCTETS, Advice, Babble, Letter, Opinion, printable

VERSION = 6
PACKET = 64 * 1024  # octets of a body's piece are 65,535 at most
PIECE = 65_535
NAME, VALUE = 200, 2_000  # of a field that it adds
LINE = 700  # of its value; with the name under the 998 octets of RFC 5322 §2.1.1
SHOWN = 60_000  # octets of one field; libmilter takes no longer packets
MOST_FIELDS = 50


class May(IntFlag):
    """What a milter may do (SMFIF_…)."""

    ADD_FIELDS = 0x01
    QUARANTINE = 0x20


class Leave(IntFlag):
    """Which steps it does not want to see (SMFIP_NO…)."""

    CONNECT = 0x01
    HELO = 0x02
    MAIL = 0x04
    RCPT = 0x08
    BODY = 0x10
    HEADERS = 0x20
    END_OF_HEADERS = 0x40
    DATA = 0x200


class Silent(IntFlag):
    """After which steps it says nothing (SMFIP_NR_…)."""

    CONNECT = 0x1000
    HELO = 0x2000
    MAIL = 0x4000
    RCPT = 0x8000
    DATA = 0x10000
    HEADERS = 0x80
    END_OF_HEADERS = 0x40000
    BODY = 0x80000


OFFERED_ACTIONS = int(May.ADD_FIELDS | May.QUARANTINE)
SKIP = 0x400  # it may want no more of the body
OFFERED_STEPS = sum(Leave) + sum(Silent) + SKIP
ENDS = {b"a": Advice.PASS, b"r": Advice.REFUSE, b"t": Advice.DEFER, b"d": Advice.JUNK}
SAYS = {
    Advice.PASS: "",
    Advice.REFUSE: "a milter refuses it",
    Advice.DEFER: "a milter puts it off",
    Advice.JUNK: "a milter would throw it away",
}


def packet(command: bytes, data: bytes = b"") -> bytes:
    """One packet: its length, its command, what belongs to it."""
    return (len(data) + 1).to_bytes(4, "big") + command + data


def _text(words: str) -> bytes:
    return words.encode("utf-8", "replace").replace(b"\0", b"?") + b"\0"


@define
class _Step:
    octets: bytes
    is_answered: bool = True
    is_body: bool = False
    is_end: bool = False


@define(eq=False)
class MilterTalk:
    """One message shown to a milter."""

    letter: Letter
    opinion: Opinion | None = field(default=None, init=False)
    _held: bytearray = field(factory=bytearray, init=False)
    _read: int = field(default=0, init=False)
    _steps: deque[_Step] | None = field(default=None, init=False)
    _waiting: _Step | None = field(default=None, init=False)
    _fields: list[tuple[str, str]] = field(factory=list, init=False)
    _quarantine: list[str] = field(factory=list, init=False)

    def begin(self) -> list[bytes]:
        """What we speak and allow (SMFIC_OPTNEG)."""
        words = (VERSION, OFFERED_ACTIONS, OFFERED_STEPS)
        return [packet(b"O", b"".join(word.to_bytes(4, "big") for word in words))]

    def feed(self, octets: bytes) -> list[bytes]:
        """The next steps, once the last one was answered. Raises `Babble`."""
        self._held += octets
        self._read += len(octets)
        if self._read > REPLY_OCTETS:
            raise Babble("an answer without end")
        out: list[bytes] = []
        while self.opinion is None and len(self._held) >= 4:
            length = int.from_bytes(self._held[:4], "big")
            if not 0 < length <= PACKET:
                raise Babble("a packet of no possible length")
            if len(self._held) < 4 + length:
                break
            answer, data = bytes(self._held[4:5]), bytes(self._held[5 : 4 + length])
            del self._held[: 4 + length]
            self._understand(answer, data)
            if self.opinion is None and self._waiting is None:
                out += self._go_on()
        if self.opinion is not None:
            out.append(packet(b"Q"))
        return out

    def ended(self) -> None:
        """It hung up. Raises `Babble` unless it had said all."""
        if self.opinion is None:
            raise Babble("hung up without a verdict")

    def _understand(self, answer: bytes, data: bytes) -> None:
        if self._steps is None:
            self._agree(answer, data)
        elif self._waiting is None:
            raise Babble("an answer to nothing")
        elif answer == b"p":
            return  # it is busy and says so
        elif answer == b"c":
            self._continue(self._waiting)
        elif answer == b"s" and self._waiting.is_body:
            self._steps = deque(step for step in self._steps if not step.is_body)
            self._waiting = None
        elif answer in ENDS:
            self._end(ENDS[answer])
        elif answer == b"y":
            self._reply(data)
        elif self._waiting.is_end:
            self._change(answer, data)
        else:
            raise Babble("a change before the end of the message")

    def _continue(self, step: _Step) -> None:
        if step.is_end:
            self._end(Advice.PASS)
        self._waiting = None

    def _agree(self, answer: bytes, data: bytes) -> None:
        if answer != b"O" or len(data) < 12:
            raise Babble("no negotiation")
        version, actions, steps = (int.from_bytes(data[at : at + 4], "big") for at in (0, 4, 8))
        if not 2 <= version <= VERSION:
            raise Babble("a version that it cannot speak")
        if actions & ~OFFERED_ACTIONS:
            raise Babble("it wants to change what it may not")
        if steps & ~OFFERED_STEPS:
            raise Babble("it wants steps that were not offered")
        self._steps = deque(_steps(self.letter, steps))

    def _go_on(self) -> list[bytes]:
        assert self._steps is not None
        out = []
        while self._steps:
            step = self._steps.popleft()
            out.append(step.octets)
            if step.is_answered:
                self._waiting = step
                break
        return out

    def _reply(self, data: bytes) -> None:
        """A reply of its own words (SMFIR_REPLYCODE)."""
        words = data.rstrip(b"\0").decode("utf-8", "replace")
        if words[:1] not in {"4", "5"} or not words[:3].isdecimal():
            raise Babble("a reply without a code")
        advice = Advice.DEFER if words[0] == "4" else Advice.REFUSE
        self._end(advice, printable(words))

    def _change(self, answer: bytes, data: bytes) -> None:
        if answer == b"h":
            self._add(data)
        elif answer == b"i" and len(data) > 4:
            self._add(data[4:])
        elif answer == b"q":
            self._quarantine.append(printable(data.rstrip(b"\0").decode("utf-8", "replace")))
        else:
            raise Babble("a change that was not offered")
        if len(self._fields) + len(self._quarantine) > MOST_FIELDS:
            raise Babble("changes without end")

    def _add(self, data: bytes) -> None:
        name, cut, rest = data.partition(b"\0")
        value, end, more = rest.partition(b"\0")
        told = name.decode("latin-1")
        if not cut or not end or more or len(value) > VALUE or not 0 < len(name) <= NAME:
            raise Babble("a field that is none")
        if not all(33 <= octet <= 126 and octet != 58 for octet in name):  # RFC 5322 §2.2
            raise Babble("a field that is none")
        words = " ".join(value.decode("utf-8", "replace").split())
        self._fields.append((told, printable(words, LINE)))

    def _end(self, advice: Advice, words: str = "") -> None:
        reasons = [words or SAYS[advice], *self._quarantine]
        if advice is Advice.PASS and self._quarantine:
            advice, reasons = Advice.JUNK, [f"a milter says: {q}" for q in self._quarantine]
        kept = tuple(self._fields) if advice in {Advice.PASS, Advice.JUNK} else ()
        self.opinion = Opinion(advice, tuple(reason for reason in reasons if reason), kept)


def _steps(letter: Letter, chosen: int) -> Iterator[_Step]:
    """All that it wants to see, in the order of a session."""

    def step(command: bytes, data: bytes, leave: int, silent: int) -> Iterator[_Step]:
        if not chosen & leave:
            yield _Step(packet(command, data), not chosen & silent, command == b"B")

    yield _Step(packet(b"D", b"C" + _text("j") + _text("mailsuite")), is_answered=False)
    yield from step(b"C", _connect(letter.peer), Leave.CONNECT, Silent.CONNECT)
    yield from step(b"H", _text(letter.helo), Leave.HELO, Silent.HELO)
    yield _Step(packet(b"D", b"M" + _text("i") + _text(letter.trace)), is_answered=False)
    yield from step(b"M", _text(f"<{letter.sender}>"), Leave.MAIL, Silent.MAIL)
    for recipient in letter.recipients:
        yield from step(b"R", _text(f"<{recipient}>"), Leave.RCPT, Silent.RCPT)
    yield from step(b"T", b"", Leave.DATA, Silent.DATA)
    header, body = split_message(letter.octets)
    for name, value in header_fields(header):
        told = name.title() + b"\0" + value[:SHOWN].strip(b" \t").replace(b"\0", b"?") + b"\0"
        yield from step(b"L", told, Leave.HEADERS, Silent.HEADERS)
    yield from step(b"N", b"", Leave.END_OF_HEADERS, Silent.END_OF_HEADERS)
    for at in range(0, len(body), PIECE):
        yield from step(b"B", body[at : at + PIECE], Leave.BODY, Silent.BODY)
    yield _Step(packet(b"E"), is_end=True)


def _connect(peer: str) -> bytes:
    """The client's name, family, port and address (SMFIC_CONNECT)."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return _text("localhost") + b"U"
    family = b"4" if address.version == 4 else b"6"
    told = peer if address.version == 4 else f"IPv6:{peer}"
    return _text(f"[{peer}]") + family + (0).to_bytes(2, "big") + _text(told)
