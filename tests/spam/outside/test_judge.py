"""Judges that are other programs: right, stalled, gone, and talking nonsense (threats S8, S16)."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.protocol import connectionDone
from twisted.internet.testing import MemoryReactorClock, StringTransport

from mailsuite.config.filtering import Place
from mailsuite.errors import Unavailable, Unwanted
from mailsuite.message.addresses import Address
from mailsuite.message.judgement import UNJUDGED, Arrival, Judgement
from mailsuite.spam.outside.judge import Outside, OutsideJudges, clamd, milter, rspamd
from mailsuite.spam.outside.milter import OFFERED_ACTIONS, packet
from mailsuite.spam.outside.talk import Advice
from mailsuite.wire.link import Peer

WHERE = Place(path="/run/judge.sock")
ARRIVAL = Arrival("192.0.2.1", "client.example", None, (Address("ann", "example.test"),), (1,), "t")
LETTER = b"Subject: hello\r\n\r\nHi!\r\n"
JUDGES: dict[str, Callable[[], Outside]] = {
    "rspamd": lambda: rspamd(WHERE),
    "clamd": lambda: clamd(WHERE, Advice.REFUSE),
    "milter": lambda: milter(WHERE),
}
AGREED = packet(b"O", b"".join(n.to_bytes(4, "big") for n in (6, OFFERED_ACTIONS, 0)))


class Transport(StringTransport):
    aborted = False

    def abortConnection(self) -> None:  # noqa: N802 - Twisted's name
        self.aborted = True


@define(eq=False)
class Asked:
    """One message that is being judged, and the far end of the socket."""

    reactor: MemoryReactorClock
    judged: list[Judgement]
    transport: Transport = field(factory=Transport)
    link: Any = None

    def connect(self) -> "Asked":
        (_, factory, _, _) = self.reactor.unixClients[0]
        self.link = factory.buildProtocol(None)
        self.link.makeConnection(self.transport)
        return self

    def say(self, *answers: bytes) -> "Asked":
        for answer in answers:
            for octet in range(len(answer)):
                self.link.dataReceived(answer[octet : octet + 1])
        return self

    @property
    def one(self) -> Judgement:
        (found,) = self.judged
        return found


def asked(name: str, *, defers: bool = True) -> Asked:
    reactor = MemoryReactorClock()
    judges = OutsideJudges(reactor, [JUDGES[name]()], 5, defers)
    assert judges.concerns(Peer("192.0.2.1"), "mx")
    kept: list[Judgement] = []
    work = judges.judge(ARRIVAL, judges.read(ARRIVAL, LETTER), UNJUDGED)
    Deferred.fromCoroutine(work).addCallback(kept.append)
    return Asked(reactor, kept)


def http(answer: object) -> bytes:
    body = json.dumps(answer).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


@pytest.mark.threat("S8")
@pytest.mark.threat("S16")
@pytest.mark.parametrize("name", JUDGES)
@pytest.mark.parametrize("trouble", ["stalls", "hangs up", "garbage", "endless", "connects never"])
def test_a_judge_in_trouble_puts_the_message_off_and_changes_nothing(
    name: str, trouble: str
) -> None:
    """Within its time, with no field and no half of one."""
    found = asked(name)
    if trouble != "connects never":
        found.connect()
    if trouble == "hangs up":
        found.link.connectionLost(connectionDone)
    elif trouble == "garbage":
        found.say(b"\xff\xfe\0\0 not at all\r\n\r\n\0")
        found.link.connectionLost(connectionDone)
    elif trouble == "endless":
        for _ in range(300):
            found.link.dataReceived(b"\0\0\x03\xfcp" + b"x" * 1019)
    found.reactor.advance(5)
    assert isinstance(found.one.refusal, Unavailable)
    assert not found.one.fields
    assert not found.one.junk


def test_where_the_operator_says_so_it_goes_on_without_them() -> None:
    found = asked("clamd", defers=False)
    found.reactor.advance(5)
    assert found.one.refusal is None
    assert found.one.story == (("filter", "clamd is not heard"),)


def test_clamd_sees_the_message_in_chunks_and_refuses_a_virus() -> None:
    found = asked("clamd").connect()
    length = len(LETTER).to_bytes(4, "big")
    assert found.transport.value() == b"zINSTREAM\0" + length + LETTER + bytes(4)
    found.say(b"stream: Win.Test.EICAR_HDB-1 FOUND\0")
    assert isinstance(found.one.refusal, Unwanted)
    assert "Win.Test.EICAR_HDB-1" in str(found.one.refusal)


def test_clamd_says_that_all_is_well() -> None:
    assert asked("clamd").connect().say(b"stream: OK\0").one.refusal is None


def test_clamd_cannot_scan_it() -> None:
    found = asked("clamd").connect().say(b"INSTREAM size limit exceeded. ERROR\0")
    assert isinstance(found.one.refusal, Unavailable)


@pytest.mark.parametrize(
    ("action", "junk", "refusal"),
    [
        ("no action", False, None),
        ("add header", True, None),
        ("reject", True, None),
        ("soft reject", False, Unavailable),
    ],
)
def test_what_rspamd_says_becomes_junk_and_never_loss(
    action: str, junk: bool, refusal: type[Exception] | None
) -> None:
    answer = {"action": action, "score": 7.5, "symbols": {"BAYES_SPAM": {"score": 5.1}}}
    found = asked("rspamd").connect()
    assert found.transport.value().startswith(b"POST /checkv2 HTTP/1.0\r\n")
    assert b"\r\nRcpt: ann@example.test\r\n" in found.transport.value()
    found.say(http(answer))
    assert bool(found.one.junk) is junk
    assert type(found.one.refusal) is (refusal or type(None))
    assert "BAYES_SPAM 5.1" in found.one.story[0][1]


@pytest.mark.threat("S16")
@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"action": "burn", "score": 1}',
        b'{"action": "no action", "score": NaN}',
        b'{"action": "no action", "score": 1e999}',
        b'{"action": "no action", "score": "9"}',
        b"[1]",
    ],
)
def test_an_answer_of_rspamd_that_makes_no_sense_puts_it_off(body: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    found = asked("rspamd").connect()
    found.link.dataReceived(head + body)
    assert isinstance(found.one.refusal, Unavailable)


def go_on(found: Asked, times: int) -> Asked:
    return found.say(*[packet(b"c")] * times)


def test_a_milter_sees_a_session_step_by_step_and_adds_a_field() -> None:
    found = asked("milter").connect().say(AGREED)
    assert b"C[192.0.2.1]\x004" in found.transport.value()
    go_on(found, 8)  # connect, helo, mail, rcpt, data, a header, end of headers, body
    assert found.transport.value().endswith(packet(b"E"))
    found.say(packet(b"h", b"X-Seen\0by milter\0"), packet(b"c"))
    assert found.one.fields == b"X-Seen: by milter\r\n"
    assert found.one.refusal is None


@pytest.mark.parametrize(
    ("answer", "refusal", "junk"),
    [
        (packet(b"r"), Unwanted, False),
        (packet(b"t"), Unavailable, False),
        (packet(b"d"), None, True),
        (packet(b"y", b"554 5.7.1 not here\0"), Unwanted, False),
        (packet(b"y", b"451 4.7.1 later\0"), Unavailable, False),
        (packet(b"a"), None, False),
    ],
)
def test_what_a_milter_decides_early(
    answer: bytes, refusal: type[Exception] | None, junk: bool
) -> None:
    found = asked("milter").connect().say(AGREED, answer)
    assert type(found.one.refusal) is (refusal or type(None))
    assert bool(found.one.junk) is junk


def test_a_milters_quarantine_is_junk() -> None:
    found = go_on(asked("milter").connect().say(AGREED), 8)
    found.say(packet(b"q", b"looks odd\0"), packet(b"c"))
    assert "looks odd" in found.one.junk[0]


@pytest.mark.threat("S16")
@pytest.mark.parametrize(
    "answers",
    [
        [packet(b"O", b"".join(n.to_bytes(4, "big") for n in (6, 0x3F, 0)))],
        [AGREED, packet(b"h", b"X-Early\0too early\0")],
        [AGREED, *[packet(b"c")] * 8, packet(b"h", b"X-A\0b\0"), packet(b"b", b"another body")],
        [AGREED, *[packet(b"c")] * 8, packet(b"h", b"X A\0b\0")],
        [AGREED, *[packet(b"c")] * 8, *[packet(b"h", b"X-A\0b\0")] * 60],
        [AGREED, packet(b"y", b"nonsense\0")],
        [(0).to_bytes(4, "big")],
        [(2**31).to_bytes(4, "big")],
    ],
)
def test_a_milter_that_does_what_it_may_not_has_done_nothing(answers: list[bytes]) -> None:
    found = asked("milter").connect().say(*answers)
    assert isinstance(found.one.refusal, Unavailable)
    assert not found.one.fields
    assert not found.one.junk


def test_a_field_of_a_milter_stays_one_line() -> None:
    found = go_on(asked("milter").connect().say(AGREED), 8)
    found.say(packet(b"h", b"X-Seen\0one\r\nBcc: two@x.example\0"), packet(b"c"))
    assert found.one.fields == b"X-Seen: one Bcc: two@x.example\r\n"
