"""BODY[section]<partial> against Python's `email`, on mail that both read alike."""

import email
import email.policy
from collections.abc import Iterator
from email.message import Message

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.imap.people import Imap

LINES = st.lists(st.text("ab -\tü", max_size=20), max_size=4).map(
    lambda lines: "".join(f"x{line.rstrip()}\r\n" for line in lines).encode("utf-8")
)
LEAF = LINES.map(lambda body: ("leaf", body))
TREE = st.recursive(
    LEAF,
    lambda inside: st.one_of(
        st.lists(inside, min_size=1, max_size=3).map(lambda parts: ("mixed", parts)),
        inside.map(lambda part: ("message", part)),
    ),
    max_leaves=8,
)


def rendered(tree: tuple[str, object], name: str = "b") -> bytes:
    """A part with its header; each multipart has a boundary of its own."""
    kind, inside = tree
    if kind == "leaf":
        assert isinstance(inside, bytes)
        return b"Content-Type: text/plain\r\nX-Name: %b\r\n\r\n%b" % (name.encode(), inside)
    if kind == "message":
        assert isinstance(inside, tuple)
        letter = b"Subject: %b\r\nFrom: a@b\r\n%b" % (name.encode(), rendered(inside, name + "m"))
        return b"Content-Type: message/rfc822\r\n\r\n" + letter
    assert isinstance(inside, list)
    boundary = f"-={name}=-".encode()
    parts = b"".join(
        b"\r\n--%b\r\n%b" % (boundary, rendered(part, f"{name}{number}"))
        for number, part in enumerate(inside)
    )
    head = b'Content-Type: multipart/mixed; boundary="%b"\r\n\r\npreamble' % boundary
    return b"%b%b\r\n--%b--\r\n" % (head, parts, boundary)


def sections(message: Message, path: str = "") -> Iterator[tuple[str, Message]]:
    """Each numbered part, by the rules of RFC 9051 §6.4.5.1, as `email` sees it."""
    if message.get_content_type() == "multipart/mixed":
        for number, part in enumerate(message.get_payload(), 1):
            assert isinstance(part, Message)
            yield from _numbered(part, f"{path}{number}")
    else:
        yield from _numbered(message, f"{path}1")


def _numbered(part: Message, number: str) -> Iterator[tuple[str, Message]]:
    yield number, part
    if part.get_content_type() == "message/rfc822":
        inner = part.get_payload(0)
        assert isinstance(inner, Message)
        yield from sections(inner, f"{number}.")
    elif part.is_multipart():
        yield from sections(part, f"{number}.")


def octets_of(part: Message) -> bytes:
    return part.as_bytes(policy=email.policy.SMTP.clone(max_line_length=0, refold_source="none"))


def fetched(imap: Imap, section: str) -> bytes:
    said = imap.say(f"a UID FETCH * (BODY.PEEK[{section}])\r\n".encode())
    assert b"\r\na OK" in said, said
    return said.partition(b"}\r\n")[2].rpartition(b")\r\na OK")[0]


@pytest.fixture
def inbox(imap: Imap) -> Imap:
    imap.signed_in(select="INBOX")
    return imap


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=TREE, first=st.integers(0, 80), count=st.integers(1, 80))
def test_each_part_is_the_one_that_email_finds(
    inbox: Imap, tree: tuple[str, object], first: int, count: int
) -> None:
    octets = b"Subject: top\r\n" + rendered(tree)
    inbox.put("INBOX", octets)
    inbox.say(b"n NOOP\r\n")
    message = email.message_from_bytes(octets)
    for number, part in sections(message):
        if part is message:
            expected = octets.partition(b"\r\n\r\n")[2]
        else:
            header, _, expected = octets_of(part).partition(b"\r\n\r\n")
            mime = fetched(inbox, f"{number}.MIME")
            assert mime == header + b"\r\n\r\n", number
        body = fetched(inbox, number)
        assert body.rstrip() == expected.rstrip(), number
        said = inbox.say(
            b"p UID FETCH * BODY.PEEK[%b]<%d.%d>\r\n" % (number.encode(), first, count)
        )
        some = body[first : first + count]
        assert b"BODY[%b]<%d> {%d}\r\n%b)" % (number.encode(), first, len(some), some) in said
        if part.get_content_type() == "message/rfc822":
            head, text = fetched(inbox, f"{number}.HEADER"), fetched(inbox, f"{number}.TEXT")
            assert head + text == body
            named = fetched(inbox, f"{number}.HEADER.FIELDS (subject)")
            assert named.startswith(b"Subject: ")
            assert named.endswith(b"\r\n\r\n")
            rest = fetched(inbox, f"{number}.HEADER.FIELDS.NOT (subject from)")
            assert b"Subject" not in rest


@pytest.mark.threat("M2")
def test_a_partial_far_beyond_the_end_is_empty(inbox: Imap) -> None:
    inbox.put("INBOX", b"Subject: x\r\n\r\nabc")
    inbox.say(b"n NOOP\r\n")
    said = inbox.say(b"a FETCH 1 (BODY.PEEK[]<4294967295.4294967295> BODY.PEEK[TEXT]<2.9>)\r\n")
    assert b"BODY[]<4294967295> {0}\r\n BODY[TEXT]<2> {1}\r\nc)" in said
    assert inbox.say(b"b FETCH 1 BODY.PEEK[]<4294967296.1>\r\n").startswith(b"b BAD")


@pytest.mark.threat("M1")
def test_deep_parts_are_asked_for_without_harm(inbox: Imap) -> None:
    """Ten thousand messages inside each other: the tree ends where it ends, and so do numbers."""
    inbox.put("INBOX", b"Content-Type: message/rfc822\r\n\r\n" * 10_000 + b"Subject: x\r\n\r\nx")
    inbox.say(b"n NOOP\r\n")
    deep = b".".join([b"1"] * 100)
    for section in (deep, deep + b".MIME", b".".join([b"1"] * 50) + b".HEADER"):
        assert b"\r\na OK" in inbox.say(b"a FETCH 1 BODY.PEEK[%b]\r\n" % section)
    assert inbox.say(b"a FETCH 1 BODY.PEEK[%b.1]\r\n" % deep).startswith(b"a BAD")
    assert b"\r\na OK" in inbox.say(b"a FETCH 1 (BODYSTRUCTURE BINARY.SIZE[%b])\r\n" % deep)


@pytest.mark.threat("M2")
def test_of_very_many_parts_those_that_are_kept_can_be_asked_for(inbox: Imap) -> None:
    """Two hundred thousand parts: what lies behind the last that is kept is one part."""
    inbox.put(
        "INBOX", b"Content-Type: multipart/mixed; boundary=b\r\n" + b"\r\n--b\r\n\r\nx" * 200_000
    )
    inbox.say(b"n NOOP\r\n")
    assert fetched(inbox, "9000") == b"x"
    assert b"NIL" in inbox.say(b"a FETCH 1 BODY.PEEK[200000]\r\n")
    said = inbox.say(b"a FETCH 1 (BINARY.SIZE[9000] BINARY.SIZE[200000])\r\n")
    assert b"BINARY.SIZE[9000] 1 BINARY.SIZE[200000] 0)" in said


@pytest.mark.threat("S15")
def test_a_list_of_fields_has_an_end(inbox: Imap) -> None:
    inbox.put("INBOX", b"".join(b"X-%d: y\r\n" % n for n in range(5_000)) + b"\r\n")
    inbox.say(b"n NOOP\r\n")
    names = b" ".join(b"X-%d" % n for n in range(1_000))
    assert b"X-999: y" in inbox.say(b"a FETCH 1 BODY.PEEK[HEADER.FIELDS (%b)]\r\n" % names)
    more = b" ".join(b"X-%d" % n for n in range(1_001))
    assert inbox.say(b"a FETCH 1 BODY.PEEK[HEADER.FIELDS (%b)]\r\n" % more).startswith(b"a BAD")
