"""POP3's framing."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.pop3.engine import Engine, Event
from mailsuite.wire.limits import Limits

LIMITS = Limits(pop3_line_octets=8, smtp_auth_line_octets=16)
STREAMS = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"x", b"xxxxxx", b"\0", b" "])).map(
    b"".join
)


def fed(*pieces: bytes) -> list[Event]:
    """Every event, taken as soon as it is there; bounded memory on the way."""
    engine, events = Engine(LIMITS), []
    for piece in pieces:
        engine.feed(piece)
        while (event := engine.next()) is not None:
            events.append(event)
        assert engine.held <= LIMITS.pop3_line_octets
    return events


@pytest.mark.threat("W9")
@given(stream=STREAMS, cuts=st.lists(st.integers(0, 50)))
def test_events_do_not_depend_on_how_the_stream_was_cut(stream: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(stream)]
    pieces = [stream[a:b] for a, b in itertools.pairwise(edges)]
    octets = [bytes([octet]) for octet in stream]
    assert fed(*pieces) == fed(*octets) == fed(stream)


def test_only_the_next_line_may_be_as_long_as_a_response() -> None:
    engine = Engine(LIMITS)
    engine.expect_response()
    engine.feed(b"x" * 12 + b"\r\n" + b"y" * 12 + b"\r\n")
    first, second = engine.next(), engine.next()
    assert type(first).__name__ == "Line"
    assert type(second).__name__ == "Malformed"


def test_what_is_forgotten_is_counted() -> None:
    engine = Engine(LIMITS)
    engine.feed(b"one\r\ntw")
    assert engine.forget() == 7
    assert engine.next() is None
    assert engine.held == 0
