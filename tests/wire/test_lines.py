import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.wire.lines import Fault, Line, Lines, Malformed

STREAMS = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"x", b"xxxxxx", b"\0"])).map(b"".join)


def fed(*pieces: bytes, limit: int) -> list[Line | Malformed]:
    lines, events = Lines(limit), []
    for piece in pieces:
        lines.feed(piece)
        while (event := lines.next()) is not None:
            events.append(event)
            if event == Malformed(Fault.ENDLESS):
                return events  # the connection ends here
    return events


@pytest.mark.threat("W9")
@given(stream=STREAMS, cuts=st.lists(st.integers(0, 50)))
def test_events_do_not_depend_on_how_the_stream_was_cut(stream: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    pieces = [stream[a:b] for a, b in itertools.pairwise(edges)]
    octets = [bytes([octet]) for octet in stream]
    assert fed(*pieces, limit=8) == fed(*octets, limit=8) == fed(stream, limit=8)


@pytest.mark.parametrize(
    ("stream", "events"),
    [
        (b"a\r\n\r\n", [Line(b"a"), Line(b"")]),
        (b"a\rb\r\nc\r\n", [Malformed(Fault.BARE_NEWLINE), Line(b"c")]),
        (b"a\nb\r\n", [Malformed(Fault.BARE_NEWLINE)]),
        (b"a\0b\r\n", [Malformed(Fault.NUL)]),
        (b"xxxxxx\r\n", [Line(b"xxxxxx")]),
        (b"xxxxxxx\r\ny\r\n", [Malformed(Fault.TOO_LONG), Line(b"y")]),
        (b"x" * 15 + b"\r\n", [Malformed(Fault.ENDLESS)]),
    ],
)
def test_what_becomes_of_a_line(stream: bytes, events: list[Line | Malformed]) -> None:
    assert fed(stream, limit=8) == events


@pytest.mark.threat("W10")
def test_a_line_without_end_is_not_kept() -> None:
    lines = Lines(8)
    seen = []
    for _ in range(1_000):
        lines.feed(b"xxxx")
        seen.append(lines.next())
        assert lines.held <= 8 + 4
        if seen[-1] is not None:
            break
    assert seen[-1] == Malformed(Fault.ENDLESS)
    assert len(seen) <= 6


def test_what_follows_a_line_can_be_taken_as_it_is() -> None:
    lines = Lines(80)
    lines.feed(b"DATA\r\nabc\r\ndef")
    assert lines.next() == Line(b"DATA")
    assert lines.take(2) == b"ab"
    assert lines.take_all() == b"c\r\ndef"
    lines.feed(b"x")
    lines.forget()
    assert (lines.held, lines.next()) == (0, None)
