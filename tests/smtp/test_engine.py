"""Framing: how a stream was cut changes nothing, and only CRLF dot CRLF ends a message."""

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailsuite.smtp.engine import End, Engine, Line, Malformed, Newlines, Text
from mailsuite.wire.limits import Limits
from mailsuite.wire.lines import Fault

LIMITS = Limits(smtp_line_octets=64)
ALPHABET = (b"\r", b"\n", b".", b"x")
Seen = list[Line | Malformed | Text | End]


def fed(pieces: list[bytes]) -> Seen:
    """Feed DATA's text and what follows; neighbouring pieces of text are joined."""
    engine, seen = Engine(LIMITS), Seen()
    engine.begin_text()
    for piece in pieces:
        engine.feed(piece)
        while (event := engine.next()) is not None:
            if isinstance(event, Text) and seen and isinstance(seen[-1], Text):
                event = Text(seen.pop().octets + event.octets)  # type: ignore[union-attr]
            seen.append(event)
            if event == Malformed(Fault.ENDLESS):
                return seen  # the connection ends here
    return seen


def model(stream: bytes) -> tuple[bytes, bytes] | None:
    """Return text and rest, by the definition: split at the first CRLF dot CRLF."""
    end = (b"\r\n" + stream).find(b"\r\n.\r\n")
    if end < 0:
        return None
    text, rest = stream[:end], stream[end + 3 :]
    stuffed = (b"\r\n" + text).replace(b"\r\n.", b"\r\n")
    return stuffed[2:], rest


def check(stream: bytes) -> None:
    seen = fed([stream])
    assert fed([bytes([octet]) for octet in stream]) == seen
    expected = model(stream)
    if expected is None:
        assert End() not in seen
        return
    text, rest = expected
    assert seen[: 2 if text else 1] == ([Text(text)] if text else []) + [End()]
    if b"\r\n" not in rest:
        assert len(seen) == (2 if text else 1)


@pytest.mark.threat("W1")
@pytest.mark.parametrize("length", range(6))
@pytest.mark.parametrize("start", [b"", b"a\r\n", b"a"])
def test_every_short_end_of_data(start: bytes, length: int) -> None:
    for octets in itertools.product(ALPHABET, repeat=length):
        check(start + b"".join(octets) + b"\r\n.\r\n")
        check(start + b"".join(octets))


@pytest.mark.threat("W1")
@pytest.mark.long
@pytest.mark.parametrize("length", [6, 7])
def test_every_end_of_data(length: int) -> None:
    for octets in itertools.product(ALPHABET, repeat=length):
        stream = b"a" + b"".join(octets)
        seen = fed([stream + b"\r\n.\r\n"])
        for cut in range(1, len(stream)):
            assert fed([stream[:cut], stream[cut:], b"\r\n.\r\n"]) == seen
        check(stream)


@pytest.mark.threat("W9")
@given(
    stream=st.lists(st.sampled_from([*ALPHABET, b"\r\n", b"\r\n.\r\n", b"xyz" * 30])).map(b"".join),
    cuts=st.lists(st.integers(0, 200)),
)
def test_events_do_not_depend_on_how_the_stream_was_cut(stream: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    pieces = [stream[a:b] for a, b in itertools.pairwise(edges)]
    assert fed(pieces) == fed([stream])


@given(text=st.lists(st.sampled_from([b".", b"..", b"a", b""])))
def test_dots_come_off_as_they_were_put_on(text: list[bytes]) -> None:
    sent = b"".join((b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in text)
    plain = b"".join(line + b"\r\n" for line in text)
    assert fed([sent + b".\r\n"]) == ([Text(plain)] if plain else []) + [End()]


@given(octets=st.binary(max_size=60), sizes=st.lists(st.integers(0, 20)), cut=st.integers(1, 7))
def test_chunks_are_counted_whatever_they_hold(octets: bytes, sizes: list[int], cut: int) -> None:
    engine = Engine(LIMITS)
    kept, at = b"", 0
    for size in sizes:
        chunk = octets[at : at + size]
        at += len(chunk)
        engine.begin_chunk(len(chunk))
        for n in range(0, len(chunk), cut):
            engine.feed(chunk[n : n + cut])
            while isinstance(event := engine.next(), Text):
                kept += event.octets
        if not chunk:
            event = engine.next()
        assert isinstance(event, End)
    assert kept == octets[:at]
    engine.feed(b"NOOP\r\n")
    assert engine.next() == Line(b"NOOP")


@pytest.mark.threat("W1")
@example(octets=b".\r\n\r\n", cuts=[4, 4])  # a piece of nothing between CR and LF
@given(
    octets=st.lists(st.sampled_from([*ALPHABET, b"\r\n"])).map(b"".join),
    cuts=st.lists(st.integers(0, 60)),
)
def test_bare_newlines_are_seen_however_the_text_was_cut(octets: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(min(cut, len(octets)) for cut in cuts), len(octets)]
    newlines = Newlines(1000)
    for a, b in itertools.pairwise(edges):
        newlines.look(octets[a:b])
    rest = octets.replace(b"\r\n", b"")
    assert newlines.bare == (b"\r" in rest or b"\n" in rest)


def test_long_lines_are_seen_over_pieces() -> None:
    newlines = Newlines(10)
    for piece in (b"x" * 6, b"x" * 4 + b"\r\n", b"x" * 5):
        newlines.look(piece)
    assert not newlines.too_long
    newlines.look(b"x" * 6)
    assert newlines.too_long


def test_a_line_ends_where_its_crlf_is_cut_in_two() -> None:
    """Or every second line of a BDAT chunk could count with the one before it."""
    newlines = Newlines(10)
    for piece in (b"x" * 7 + b"\r", b"\n" + b"x" * 9, b"\r", b"\n" + b"x" * 3):
        newlines.look(piece)
    assert not newlines.too_long
    assert not newlines.bare


def test_nothing_is_held_that_could_be_given_out() -> None:
    engine = Engine(LIMITS)
    engine.begin_text()
    engine.feed(b"x" * 100_000 + b"\r")
    assert isinstance(engine.next(), Text)
    assert engine.next() is None
    assert engine.held == 1
