"""Framing: commands with literals, whatever the cuts; bounds on what is held, and what they end."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsuite.imap.engine import (
    Chunk,
    Command,
    Continue,
    Engine,
    Fault,
    Offer,
    Response,
)
from mailsuite.imap.pieces import Bounds

BOUNDS = Bounds(line=24, literal=6, literals=10, count=3, skipped=40)
PARTS = [
    b"\r\n", b"\n", b"\r", b"a N", b" {3}", b" {3+}", b" {0+}", b"xyz", b"{9+}", b"{99+}", b"{9}",
    b"a APPEND ", b"\0", b"long text for a line ", b" HTTP/1.1", b'"q"', b"{" + b"9" * 30 + b"+}",
]  # fmt: skip
STREAMS = st.lists(st.sampled_from(PARTS), max_size=14).map(b"".join)


def engine(bounds: Bounds = BOUNDS) -> Engine:
    return Engine(bounds, frozenset([b"APPEND"]))


def fed(*pieces: bytes, decide: str = "stream") -> list[object]:
    """Every event; chunks of one literal joined, since their cuts are the network's."""
    made = engine()
    events: list[object] = []
    for piece in pieces:
        made.feed(piece)
        while (event := made.next()) is not None:
            assert made.held <= 2 * BOUNDS.line + 2 + 3 * BOUNDS.literal + len(piece)
            if isinstance(event, Offer):
                getattr(made, decide)() if decide != "keep" or made.fits(event.size) else (
                    made.refuse()
                )
            before = events[-1] if events else None
            if isinstance(event, Chunk) and isinstance(before, Chunk) and not before.last:
                events[-1] = Chunk(before.octets + event.octets, event.last)
            else:
                events.append(event)
    return events


@pytest.mark.threat("W9")
@settings(max_examples=300)
@given(STREAMS, st.lists(st.integers(0, 120)), st.sampled_from(["stream", "refuse", "keep"]))
def test_events_do_not_depend_on_how_the_stream_was_cut(stream, cuts, decide):
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    pieces = [stream[a:b] for a, b in itertools.pairwise(edges)]
    octets = [bytes([octet]) for octet in stream]
    whole = fed(stream, decide=decide)
    assert fed(*pieces, decide=decide) == whole
    # A literal whose end has not come shows as one chunk more or less.
    assert fed(*octets, decide=decide) == whole


def test_a_command_is_a_line():
    assert fed(b"a NOOP\r\nb NOOP\r\n") == [Command([b"a NOOP"]), Command([b"b NOOP"])]


def test_literals_belong_to_their_command():
    """The client waits at `{3}` and not at `{2+}` (RFC 7888 §3)."""
    assert fed(b"a N {3}\r\nx\r\n {2+}\r\nyz q\r\nb") == [
        Continue(),
        Command([b"a N {3}", b"x\r\n", b" {2+}", b"yz", b" q"]),
    ]


def test_an_empty_literal():
    assert fed(b"a N {0}\r\n\r\n") == [Continue(), Command([b"a N {0}", b"", b""])]


def test_a_streamed_literal_and_the_line_after_it():
    assert fed(b"a APPEND x {4}\r\nab\r\n {1+}\r\nz\r\nb N\r\n") == [
        Offer([b"a APPEND x {4}"], 4, waits=True),
        Chunk(b"ab\r\n", last=True),
        Offer([b" {1+}"], 1, waits=False),
        Chunk(b"z", last=True),
        Command([b""]),
        Command([b"b N"]),
    ]


def test_a_refused_literal_is_no_command():
    """What comes in spite of the refusal is dropped with the rest of its command."""
    assert fed(b"a APPEND x {6+}\r\nb N\r\n q {3+}\r\nxyz\r\nc N\r\n", decide="refuse") == [
        Offer([b"a APPEND x {6+}"], 6, waits=False),
        Command([b"c N"]),
    ]
    assert fed(b"a APPEND x {6}\r\nc N\r\n", decide="refuse") == [
        Offer([b"a APPEND x {6}"], 6, waits=True),
        Command([b"c N"]),
    ]


def test_a_literal_can_be_refused_half_way():
    made = engine()
    made.feed(b"a APPEND x {6+}\r\nabc")
    assert isinstance(made.next(), Offer)
    made.stream()
    assert made.next() == Chunk(b"abc", last=False)
    made.refuse()
    made.feed(b"def rest\r\nb N\r\n")
    assert made.next() == Command([b"b N"])


@pytest.mark.threat("I1")
@pytest.mark.parametrize(
    "stream",
    [
        b"a N {7}\r\n",  # one too big
        b"a N {6+}\r\n123456 {5+}\r\n12345\r\n",  # together too big
        b"a N {1+}\r\nx{1+}\r\nx{1+}\r\nx{1+}\r\nx\r\n",  # too many
    ],
)
def test_literals_over_the_bounds_are_refused_and_what_comes_is_dropped(stream):
    events = [e for e in fed(stream + b"b N\r\n") if not isinstance(e, Continue)]
    assert [type(event) for event in events] == [Fault, Command]
    assert isinstance(events[0], Fault)
    assert events[0].too_big
    assert not events[0].fatal
    assert events[1] == Command([b"b N"])


@pytest.mark.threat("I1")
@pytest.mark.parametrize("size", [b"41", b"9" * 5000])
def test_a_literal_too_big_to_skip_ends_the_connection(size):
    made = Engine(Bounds(9999, 6, 10, 3, 40), frozenset())
    made.feed(b"a N {" + size + b"+}\r\nb N\r\n")
    events = [made.next(), made.next(), made.next()]
    assert [isinstance(event, Fault) and event.fatal for event in events] == [False, True, False]
    made.feed(b"x" * 1000)
    assert made.held == 0


@pytest.mark.threat("W10")
def test_a_line_over_its_limit_is_bad_and_over_twice_its_limit_the_end():
    assert fed(b"a " + b"x" * 30 + b"\r\nb N\r\n") == [
        Fault(b"a " + b"x" * 30 + b"\r\n", "Line too long"),
        Command([b"b N"]),
    ]
    assert fed(b"a " + b"x" * 100) == [Fault(b"", "Line too long", fatal=True)]
    made = engine()
    for _ in range(1000):
        made.feed(b"x" * 100)
        made.next()
        assert made.held <= 100


@pytest.mark.threat("W10")
def test_the_literal_of_a_line_that_is_too_long_is_dropped():
    """Else its octets would be the next commands."""
    assert fed(b"a " + b"x" * 30 + b"{6+}\r\nb N\r\n!\r\nc N\r\n")[1:] == [Command([b"c N"])]


@pytest.mark.parametrize("stream", [b"a N\n", b"a \rN\r\n", b"a \0N\r\n"])
def test_octets_that_no_line_may_hold(stream):
    events = fed(stream + b"b N\r\n")
    assert [type(event) for event in events] == [Fault, Command]


@pytest.mark.threat("W7")
def test_a_browser_is_shown_the_door():
    events = fed(b"GET / HTTP/1.1\r\nHost: x\r\n\r\na NOOP\r\n")
    assert [isinstance(event, Fault) and event.fatal for event in events] == [True]


def test_a_response_is_a_line_even_if_it_looks_like_a_literal():
    made = engine()
    made.expect_response()
    made.feed(b"x {3+}\r\nb N\r\n")
    assert [made.next(), made.next()] == [Response(b"x {3+}"), Command([b"b N"])]


def test_what_came_with_starttls_is_dropped():
    made = engine()
    made.feed(b"a STARTTLS\r\nb N\r\nc")
    made.next()
    assert made.drop() == 6
    assert made.next() is None
    assert made.held == 0
