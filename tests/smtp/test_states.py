"""A conversation of any length against a small model of RFC 5321's states (threat W13).

Both protocols, with the parameters of MAIL, DATA and BDAT, pipelining, and TLS in the middle.
"""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mailsuite.smtp.registry import State
from tests.dialogue import Dialogues
from tests.smtp.conftest import House, session_of

BODY = b"Subject: x\r\n\r\nMAIL FROM:<evil@y.example>\r\n"
TO = [
    (b"<ada@example.org>", 250),
    (b"<postmaster@example.org>", 250),
    (b"<no@example.org>", 550),
    (b"<x@elsewhere.example>", 550),
    (b"<x>", 553),
    (b"<ada@example.org> NOTIFY=NEVER", 250),
    (b"<ada@example.org> NOTIFY=NEVER NOTIFY=NEVER", 501),
    (b"<ada@example.org> BOGUS=1", 555),
]
# Parameters of MAIL with their answer in clear and in TLS.
PARAMETERS = [
    (b"", 250, 250),
    (b" SIZE=x", 501, 501),
    (b" SIZE=99999999999", 552, 552),
    (b" REQUIRETLS", 530, 250),
    (b" BY=60;R MT-PRIORITY=-1", 250, 250),
    (b" BY=0;R", 501, 501),
    (b" MT-PRIORITY=5", 250, 250),
    (b" HOLDFOR=60", 555, 555),
    (b" RET=HDRS RET=FULL", 501, 501),
    (b" BOGUS=1", 555, 555),
    (b" BODY=BINARYMIME", 250, 250),
]


class Conversation(RuleBasedStateMachine):
    """What is sent, and what the model says must come of it."""

    lmtp = False

    def __init__(self) -> None:
        super().__init__()
        self.house = House(smtp_errors=1_000_000, smtp_unknown_recipients=1_000_000)
        self.talks: Dialogues = self.house.lmtp() if self.lmtp else self.house.mx()
        self.client = self.talks.client()
        self.client.wire.take()
        self.greeted = self.stored = 0
        self.ended()

    def says(self, octets: bytes, *codes: int) -> None:
        self.client.send(octets)
        lines = self.client.wire.take().split(b"\r\n")
        assert [int(line[:3]) for line in lines if line[3:4] == b" "] == list(codes)

    def ended(self) -> None:
        self.sender = self.chunks = self.binary = self.bare = False
        self.accepted: list[bytes] = []

    def finished(self, *, good: bool) -> list[int]:
        """The replies to the end of data, which ends the transaction."""
        code = 250 if good else 554
        replies = [code] * len(self.accepted) if self.lmtp else [code]
        self.stored += good * (len(set(self.accepted)) if self.lmtp else 1)
        self.ended()
        return replies

    @rule(verb=st.sampled_from([b"EHLO", b"HELO", b"LHLO", b"ehlo", b"lhlo"]), good=st.booleans())
    def hello(self, verb: bytes, good: bool) -> None:
        if not good:
            self.says(verb + b"\r\n", 501)
        elif (verb.upper() == b"LHLO") is not self.lmtp:
            self.says(verb + b" x\r\n", 500)
        else:
            self.says(verb + b" x\r\n", 250)
            self.greeted = True
            self.ended()

    @rule(parameter=st.sampled_from(PARAMETERS))
    def mail(self, parameter: tuple[bytes, int, int]) -> None:
        words, in_clear, in_tls = parameter
        code = in_clear if self.client.wire.tls is None else in_tls
        if not self.greeted or self.sender:
            code = 503
        self.says(b"MAIL FROM:<a@b.example>" + words + b"\r\n", code)
        if code == 250:
            self.sender, self.binary = True, b"BINARY" in words

    @rule(to=st.sampled_from(TO))
    def rcpt(self, to: tuple[bytes, int]) -> None:
        words, code = to
        if not self.sender or self.chunks:
            code = 503
        self.says(b"RCPT TO:" + words + b"\r\n", code)
        if code == 250:
            self.accepted.append(words.partition(b" ")[0])

    @rule(bare=st.booleans())
    def data(self, bare: bool) -> None:
        if self.accepted and not self.chunks and not self.binary:
            self.says(b"DATA\r\n", 354)
            sent = BODY + b"\n" * bare + b"\r\n.\r\n"
            self.says(sent, *self.finished(good=not bare))
        else:
            self.says(b"DATA\r\n", 503)

    @rule(last=st.booleans(), octets=st.sampled_from([b"", BODY, b"QUIT\r\n", b"\r\n.\r\n", b"\n"]))
    def bdat(self, last: bool, octets: bytes) -> None:
        sent = b"BDAT %d%b\r\n%b" % (len(octets), b" LAST" * last, octets)
        if not self.accepted:
            self.says(sent, 503)
            return
        self.bare = self.bare or (octets == b"\n" and not self.binary)
        if last:
            self.says(sent, *self.finished(good=not self.bare))
        else:
            self.says(sent, 250)
            self.chunks = True

    @precondition(lambda self: self.greeted and not self.sender)
    @rule(chunk=st.booleans())
    def pipelined(self, chunk: bool) -> None:
        """A whole transaction in one segment, and the next one's beginning behind it."""
        begin = b"MAIL FROM:<>\r\nRCPT TO:<ada@example.org>\r\nRCPT TO:<no@example.org>\r\n"
        self.accepted = [b"<ada@example.org>"]
        ends = self.finished(good=True)
        self.sender = True
        if chunk:
            sent = begin + b"BDAT 6 LAST\r\nRSET\r\nMAIL FROM:<x@y.example>\r\n"
            self.says(sent, 250, 250, 550, *ends, 250)
        else:
            sent = begin + b"DATA\r\nRSET\r\n.\r\nMAIL FROM:<x@y.example>\r\n"
            self.says(sent, 250, 250, 550, 354, *ends, 250)

    @rule()
    def rset(self) -> None:
        self.says(b"RSET\r\n", 250)
        self.ended()

    @rule()
    def starttls(self) -> None:
        if self.client.wire.tls is not None:
            self.says(b"STARTTLS\r\n", 503)
            return
        self.says(b"STARTTLS\r\nMAIL FROM:<>\r\n", 220)
        self.client.secure()
        self.greeted = False
        self.ended()

    @rule(line=st.sampled_from([b"NOOP", b"VRFY x", b"HELP"]))
    def harmless(self, line: bytes) -> None:
        self.says(line + b"\r\n", {b"NOOP": 250, b"VRFY x": 252, b"HELP": 214}[line])

    @rule(line=st.sampled_from([b"BOGUS", b"a\rb", b"x" * 5000, b""]))
    def nonsense(self, line: bytes) -> None:
        self.says(line + b"\r\n", 500)

    @invariant()
    def agrees(self) -> None:
        state = session_of(self.talks).state
        if not self.greeted:
            assert state is State.NEW
        elif self.chunks:
            assert state is State.CHUNKS
        elif self.accepted:
            assert state is State.RECIPIENTS
        else:
            assert state is (State.SENDER if self.sender else State.READY)
        assert len(self.house.bodies) == self.stored
        kept = [spool for spool in self.house.box.spools if not spool.discarded]
        assert len(kept) == self.chunks


class LocalConversation(Conversation):
    """The same by LMTP: a reply for each recipient."""

    lmtp = True


SHORT = settings(max_examples=25, stateful_step_count=40, deadline=None)
LONG = settings(max_examples=500, stateful_step_count=200, deadline=None)
Conversation.TestCase.settings = SHORT
LocalConversation.TestCase.settings = SHORT


@pytest.mark.threat("W13")
class TestConversation(Conversation.TestCase):  # type: ignore[misc, valid-type]
    """A thousand steps in each run."""


@pytest.mark.threat("W13")
class TestLocalConversation(LocalConversation.TestCase):  # type: ignore[misc, valid-type]
    """A thousand steps in each run."""


@pytest.mark.threat("W13")
@pytest.mark.long
class TestLongConversation(Conversation.TestCase):  # type: ignore[misc, valid-type]
    """100,000 steps."""

    settings = LONG


@pytest.mark.threat("W13")
@pytest.mark.long
class TestLongLocalConversation(LocalConversation.TestCase):  # type: ignore[misc, valid-type]
    """100,000 steps."""

    settings = LONG
