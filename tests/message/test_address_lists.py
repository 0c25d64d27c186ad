"""Address lists: read whatever stands there, decide only on what has one meaning."""

import random
from email import message_from_string, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.message.address_lists import (
    ADDRESSES,
    GROUP_END,
    Entry,
    owned_addresses,
    parse_list,
)
from mailsuite.message.addresses import BadAddress

READ = [
    (b"a@b", [Entry(None, None, b"a", b"b")]),
    (b'"X, Y" <a@b>, Foo Bar <c@d>', [Entry(b"X, Y", None, b"a", b"b"), Entry(b"Foo Bar", None, b"c", b"d")]),
    (b"J. R. Doe <a@b>", [Entry(b"J. R. Doe", None, b"a", b"b")]),
    (b"a@b (Old Name (nested))", [Entry(b"Old Name (nested)", None, b"a", b"b")]),
    (b"<@r1,@r2:l@h>", [Entry(None, b"@r1,@r2", b"l", b"h")]),
    (b"Team: a@b, c@d;", [Entry(None, None, b"Team", None), Entry(None, None, b"a", b"b"), Entry(None, None, b"c", b"d"), GROUP_END]),
    (b"undisclosed-recipients:;", [Entry(None, None, b"undisclosed-recipients", None), GROUP_END]),
    (b"a . b @ c . d", [Entry(None, None, b"a.b", b"c.d")]),
    (b"a@b,,\r\n ,c@d,", [Entry(None, None, b"a", b"b"), Entry(None, None, b"c", b"d")]),
    (b"nobody", [Entry(None, None, b"nobody", b"")]),
    (b'"a\\"b" <x@y>', [Entry(b'a"b', None, b"x", b"y")]),
    (b'"x"@[192.0.2.1]', [Entry(None, None, b"x", b"[192.0.2.1]")]),
    (b"J\xf6rg <a@b>", [Entry(b"J\xf6rg", None, b"a", b"b")]),
    (b"<a@b", [Entry(None, None, b"a", b"b")]),
    (b"", []),
    (b"(only a comment)", []),
]  # fmt: skip


@pytest.mark.threat("M6")
@pytest.mark.parametrize(("value", "entries"), READ)
def test_lists_as_they_come(value: bytes, entries: list[Entry]) -> None:
    assert parse_list(value) == entries


OWNED = [
    (b"a@b.example", ["a@b.example"]),
    (b'"x@evil" <a@b.example>', ["a@b.example"]),
    (b"One <a@b.example>, two@b.example", ["a@b.example", "two@b.example"]),
    (b"Team: a@b.example, c@d.example;", ["a@b.example", "c@d.example"]),
    (b"a@b.example (comment)", ["a@b.example"]),
    ("J <jörg@müller.example>".encode(), ["jörg@müller.example"]),
    (b"nobody:;", []),
]
DOUBTFUL = [
    b"me@ours <you@evil>", b"a@b, c", b"a@b c@d", b"a@b; c@d", b"<a@b> c@d", b"a@b <", b"<a@b",
    b"a@b)c@d", b"(a@b", b'"a@b', b"<@x:a@b>", b"a@b@c", b"a b@c", b"a @b", b"<a@b><c@d>",
    b"x: a@b", b"x@y: a@b;", b"a@b,\xff@c", b"[a@b, c] <x@y>", b"a@b\0", b"<>", b"name",
    b"a@b.", b"a@b>", b"a@b<c@d>", b"alice@example.org)bob@example.org", b"a\\@b@c",
    b"a@b, <c@d", b"x<y<a@b>>", b'"a"b@c', b"a.@c", b": a@b;;", b": a@b;", b"x: a@b; c@d", b"<a@b>:;",
    b"x\\y <a@b>", b"x] <a@b>", b". <a@b>",
]  # fmt: skip


@pytest.mark.threat("S2")
@pytest.mark.threat("S4")
@pytest.mark.parametrize(("value", "addresses"), OWNED)
def test_decisions_see_every_address(value: bytes, addresses: list[str]) -> None:
    assert [str(address) for address in owned_addresses(value)] == addresses


@pytest.mark.threat("S2")
@pytest.mark.threat("S4")
@pytest.mark.parametrize("value", DOUBTFUL)
def test_decisions_refuse_what_two_readers_could_read_differently(value: bytes) -> None:
    with pytest.raises(BadAddress):
        owned_addresses(value)


@pytest.mark.threat("M6")
def test_the_number_of_addresses_is_bounded() -> None:
    many = b"a@b," * (ADDRESSES * 3)
    assert len(parse_list(many)) == ADDRESSES
    assert len(parse_list(b"x y <a@b (c)>," * (ADDRESSES * 3))) == ADDRESSES
    with pytest.raises(BadAddress):
        owned_addresses(many)


@pytest.mark.threat("M5")
def test_nested_comments_are_counted_not_recursed_into() -> None:
    assert parse_list(b"(" * 300_000 + b" a@b") == []
    assert parse_list(b"(\\" * 99_999 + b" a@b") == []
    name, *address = parse_list(b"(" * 100_000 + b")" * 100_000 + b" a@b")[0]
    assert name == b"(" * 99_999 + b")" * 99_999
    assert address == [None, b"a", b"b"]


PIECES = [
    "a", "b.c", "@", "x.example", " ", ",", ":", ";", "<", ">", "(", "c)", '"', '"q"', "\\", ".", "N",
    "a@x.example", "<a@x.example>", "[", "]", "[192.0.2.1]", '"a b"@x.example',
]  # fmt: skip


@pytest.mark.threat("S4")
def test_what_is_accepted_is_read_the_same_by_another_implementation() -> None:
    """Python's own parser as the other reader, over 20,000 odd lists; where it crashes, no say."""
    choose = random.Random(1)
    lists = {"".join(choose.choices(PIECES, k=choose.randint(1, 6))) for _ in range(20_000)}
    agreed = 0
    for text in sorted(lists):
        try:
            ours = [(a.localpart, a.domain) for a in owned_addresses(text.encode())]
            header = message_from_string(f"From: {text}\n\n", policy=policy.default)["From"]
            theirs = [(a.username, a.domain) for a in header.addresses]
        except (BadAddress, AttributeError):
            continue
        assert ours == theirs, text
        agreed += 1
    assert agreed > 100


WORDS = st.sampled_from([b"a", b"@", b".", b" ", b",", b":", b";", b"<", b">", b"(", b")", b'"', b"\\", b"[", b"]", b"\r\n ", b"\xff", b"\0", b"x y"])  # fmt: skip


@pytest.mark.threat("M6")
@given(st.lists(WORDS, max_size=40).map(b"".join))
def test_no_list_raises(value: bytes) -> None:
    for entry in parse_list(value):
        assert len(entry) == 4
    try:
        found = owned_addresses(value)
    except BadAddress:
        return
    # What a decision saw is what everybody else is shown, and nothing is left out.
    shown = [e for e in parse_list(value) if e.host is not None]
    assert len(found) == len(shown)
    assert [a.domain.encode() for a in found] == [e.host for e in shown]
