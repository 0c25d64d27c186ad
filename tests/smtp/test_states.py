"""A conversation of any length against a small model of RFC 5321's states (threat W13)."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from mailsuite.smtp.registry import State
from tests.smtp.conftest import House, session_of

BODY = b"Subject: x\r\n\r\nMAIL FROM:<evil@y.example>\r\n"


class Conversation(RuleBasedStateMachine):
    """What is sent, and what the model says must come of it."""

    def __init__(self) -> None:
        super().__init__()
        self.house = House(smtp_errors=10_000, smtp_unknown_recipients=10_000)
        self.talks = self.house.mx()
        self.client = self.talks.client()
        self.client.wire.take()
        self.greeted = self.sender = self.chunks = False
        self.recipients = 0
        self.stored = 0

    def says(self, octets: bytes, *codes: int) -> None:
        self.client.send(octets)
        lines = self.client.wire.take().split(b"\r\n")
        assert [int(line[:3]) for line in lines if line[3:4] == b" "] == list(codes)

    def ended(self) -> None:
        self.sender = self.chunks = False
        self.recipients = 0

    @rule(verb=st.sampled_from([b"EHLO", b"HELO", b"ehlo"]), good=st.booleans())
    def hello(self, verb: bytes, good: bool) -> None:
        if good:
            self.says(verb + b" x\r\n", 250)
            self.greeted = True
            self.ended()
        else:
            self.says(verb + b"\r\n", 501)

    @rule(good=st.booleans())
    def mail(self, good: bool) -> None:
        if not self.greeted or self.sender:
            self.says(b"MAIL FROM:<a@b.example>\r\n", 503)
        elif good:
            self.says(b"MAIL FROM:<a@b.example>\r\n", 250)
            self.sender = True
        else:
            self.says(b"MAIL FROM:<a@b.example> SIZE=x\r\n", 501)

    @rule(to=st.sampled_from([(b"ada@example.org", 250), (b"no@example.org", 550), (b"x", 553)]))
    def rcpt(self, to: tuple[bytes, int]) -> None:
        address, code = to
        if not self.sender or self.chunks:
            code = 503
        self.says(b"RCPT TO:<" + address + b">\r\n", code)
        self.recipients += code == 250

    @rule(bare=st.booleans())
    def data(self, bare: bool) -> None:
        if self.recipients and not self.chunks:
            self.says(b"DATA\r\n", 354)
            self.says(BODY + b"\n" * bare + b"\r\n.\r\n", 554 if bare else 250)
            self.stored += not bare
            self.ended()
        else:
            self.says(b"DATA\r\n", 503)

    @rule(last=st.booleans(), octets=st.sampled_from([b"", BODY, b"QUIT\r\n"]))
    def bdat(self, last: bool, octets: bytes) -> None:
        good = self.recipients > 0
        self.says(b"BDAT %d%b\r\n%b" % (len(octets), b" LAST" * last, octets), 250 if good else 503)
        if good and last:
            self.stored += 1
            self.ended()
        elif good:
            self.chunks = True

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
        elif self.recipients:
            assert state is State.RECIPIENTS
        else:
            assert state is (State.SENDER if self.sender else State.READY)
        assert len(self.house.bodies) == self.stored
        kept = [spool for spool in self.house.box.spools if not spool.discarded]
        assert len(kept) == self.chunks


Conversation.TestCase.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)


@pytest.mark.threat("W13")
class TestConversation(Conversation.TestCase):  # type: ignore[misc, valid-type]
    """A few thousand steps in each run."""


@pytest.mark.threat("W13")
@pytest.mark.long
class TestLongConversation(Conversation.TestCase):  # type: ignore[misc, valid-type]
    """100,000 steps."""

    settings = settings(max_examples=500, stateful_step_count=200, deadline=None)
