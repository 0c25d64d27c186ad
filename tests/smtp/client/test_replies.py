"""Replies out of any octets, however cut; bounded."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsuite.smtp.client.replies import OCTETS, Answer, Fault, Replies, printable

STREAMS = st.lists(
    st.sampled_from(
        [b"250", b"-", b" ", b"ok", b"\r\n", b"\n", b"\r", b"55", b"0 5.1.1 no", b"\0", b"\xff"]
    )
).map(b"".join)


def heard(*pieces: bytes) -> list[Answer | Fault]:
    replies, events = Replies(), []
    for piece in pieces:
        replies.feed(piece)
        while (event := replies.next()) is not None:
            events.append(event)
            if isinstance(event, Fault):
                return events
    return events


@pytest.mark.threat("W9")
@settings(max_examples=150, deadline=None)
@given(stream=STREAMS, cuts=st.lists(st.integers(0, 60)))
def test_replies_do_not_depend_on_how_the_stream_was_cut(stream: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(stream)]
    pieces = [stream[a:b] for a, b in itertools.pairwise(edges)]
    assert heard(*pieces) == heard(stream) == heard(*[bytes([octet]) for octet in stream])


def test_a_reply_of_several_lines_is_one() -> None:
    (answer,) = heard(b"550-5.1.1 no\r\n550 5.1.1 such user\r\n")
    assert answer == Answer(550, ("5.1.1 no", "5.1.1 such user"))
    assert (answer.status, answer.text) == ("5.1.1", "no such user")


@pytest.mark.parametrize("line", [b"250\r\n", b"250 \r\n", b"250 5.1.1 mismatch\r\n"])
def test_a_reply_without_status_of_its_class_has_none(line: bytes) -> None:
    (answer,) = heard(line)
    assert isinstance(answer, Answer)
    assert answer.status == ""


@pytest.mark.threat("S12")
@pytest.mark.threat("W10")
@pytest.mark.parametrize(
    "flood",
    [b"250-x\r\n" * 101, b"250-" + b"x" * 40_000 + b"\r\n250-" + b"x" * 40_000, b"x" * 70_000],
)
def test_a_reply_without_end_is_a_fault_and_is_not_kept(flood: bytes) -> None:
    replies = Replies()
    most = 0
    for at in range(0, len(flood), 1000):
        replies.feed(flood[at : at + 1000])
        event = replies.next()
        most = max(most, replies.held)
    assert isinstance(event, Fault)
    assert most <= OCTETS
    replies.feed(b"250 ok\r\n")
    assert (replies.next(), replies.held) == (event, 0)


@pytest.mark.parametrize(
    "line", [b"hello\r\n", b"HTTP/1.1 200 OK\r\n", b"\r\n", b"25 ok\r\n", b"650 ok\r\n"]
)
def test_something_else_is_no_reply(line: bytes) -> None:
    assert heard(line) == [Fault.NO_REPLY]


@pytest.mark.threat("S11")
def test_what_is_shown_holds_no_controls() -> None:
    shown = printable(b"no\r\nBcc: x\0\x1b[31m \xe2\x80\xae \xff `rm -rf`")
    assert shown.isprintable()
    assert "\u202e" not in shown
