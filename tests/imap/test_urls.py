"""IMAP URLs (RFC 5092): relative ones of messages and parts, and nothing else."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailsuite.imap.urls import LARGEST_URL, MessageUrl, read_url, tellable
from mailsuite.message.parts import Kind
from tests.fuzz.fuzz_imap_urls import one_input


@pytest.mark.parametrize(
    ("octets", "place", "kind", "partial"),
    [
        (b"/INBOX/;UID=1", ("INBOX", 0, 1), Kind.BODY, (0, 2**32 - 1)),
        (b"/a/b;uidvalidity=7/;uid=20/;section=1.mime", ("a/b", 7, 20), Kind.MIME, None),
        (b"/Entw%C3%BCrfe/;UID=3/;PARTIAL=5.6", ("Entwürfe", 0, 3), Kind.BODY, (5, 6)),
        (b"/x%2Fy/;UID=3/;SECTION=TEXT/;PARTIAL=5", ("x/y", 0, 3), Kind.TEXT, (5, 2**32 - 1)),
    ],
)
def test_each_part_is_read(octets, place, kind, partial) -> None:
    url = read_url(octets, None)
    assert isinstance(url, MessageUrl)
    assert (url.mailbox, url.uidvalidity, url.uid) == place
    assert url.section.kind is kind
    assert partial is None or url.partial == partial


@pytest.mark.parametrize(
    ("octets", "selected", "mailbox"),
    [
        (b";UID=1", "a/b", None),
        (b"c/;UID=1", "a/b", "a/c"),
        (b"c/;UID=1", "b", "c"),
        (b"/c/;UID=1", "a/b", "c"),
    ],
)
def test_what_it_is_relative_to(octets: bytes, selected: str, mailbox: str | None) -> None:
    """RFC 3986 §5.2.3: without "/" it stands beside the mailbox that is selected."""
    url = read_url(octets, selected)
    assert url is not None
    assert url.mailbox == mailbox


@example(b"/" * 10_000)
@example(b"/a/;UID=1/;SECTION=" + b"1." * 900)
@given(st.binary(max_size=60).map(b"/a/;UID=1/;SECTION=".__add__) | st.binary(max_size=60))
def test_no_octets_crash_it(octets: bytes) -> None:
    one_input(octets)


@given(st.binary(max_size=60))
def test_what_is_told_of_it_stays_in_its_brackets(octets: bytes) -> None:
    told = tellable(octets)
    assert told.isascii()
    assert told[:1] == told[-1:] == b'"'
    assert not any(octet in b'"\\]\r\n\0' for octet in told[1:-1])


def test_it_has_a_limit() -> None:
    assert read_url(b"/%b/;UID=1" % (b"a" * LARGEST_URL), None) is None
