"""The strict parser: what is an address, and when two are the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.message.addresses import Address, BadAddress, parse_domain

GOOD = [
    ("a@b.example", "a@b.example"),
    ("A.B@Example.ORG", "a.b@example.org"),
    ('"a b"@example.org', '"a b"@example.org'),
    ('"a@b"@example.org', '"a@b"@example.org'),
    ('"plain"@example.org', "plain@example.org"),
    (r'"a\"b\\c"@example.org', r'"a\"b\\c"@example.org'),
    ("a%b@example.org", "a%b@example.org"),
    ("b!a@example.org", "b!a@example.org"),
    ("jörg@müller.example", "jörg@xn--mller-kva.example"),
    ("JÖRG@MÜLLER.example", "jörg@xn--mller-kva.example"),
    ("jo\u0308rg@example.org", "jörg@example.org"),
    ("a@xn--mller-kva.example", "a@xn--mller-kva.example"),
    ("a@b\u3002example", "a@b.example"),
    ("a@[192.0.2.1]", "a@[192.0.2.1]"),
    ("a@[IPv6:2001:DB8::1]", "a@[ipv6:2001:db8::1]"),
    ("a+tag@example.org", "a+tag@example.org"),
    ("x" * 255 + "@example.org", "x" * 255 + "@example.org"),
]
BAD = [
    "", "a", "@", "a@", "@b", "@ours:a@b.example", "a@b@c", "a b@c", "a@b c", " a@b", "a@b ",
    "a@b.", "a@.b", "a@b..c", "a..b@c", ".a@c", "a.@c", "a@-b", "a@b-", "a@b_c", "a@b,c",
    '""@c', '"a"b@c', 'a"b"@c', '"a@c', '"a\\"@c', '"a\0"@c', '"a\r\nb"@c', "a\r\n@b", "a@b\r\n",
    "a@b\n", "a@b\0", "a\0@b", "<a@b>", "a@b>", "(x)a@b", "a(x)@b", "a@b(x)", "a:b@c", "a;b@c",
    "a,b@c", "a\\b@c", "a@[1.2.3]", "a@[1.2.3.4", "a@1.2.3.4]", "a@[256.1.1.1]", "a@[01.2.3.4]",
    "a@[IPv6:::1%eth0]", "a@[IPv6:1]", "a@[tag:x]", "a@[]", "a@" + "b" * 64 + ".c",
    "a@" + "b." * 127 + "cc", "x" * 256 + "@b", "a@\u00ad", "a\u200b@b", "a\u202e@b", "a\ud800@b",
    "a\u2028@b", "a\x85@b", "a@b\u2028", "a@\ud800.b", "a@☃\u200b.b",
]  # fmt: skip


@pytest.mark.threat("S4")
@pytest.mark.threat("S1")
@pytest.mark.parametrize(("text", "canonical"), GOOD)
def test_good_addresses_have_one_canonical_form(text: str, canonical: str) -> None:
    address = Address.parse(text)
    assert str(address.canonical) == canonical
    assert Address.parse(str(address)) == address
    assert Address.parse(str(address.canonical)).canonical == address.canonical


@pytest.mark.threat("S4")
@pytest.mark.threat("S1")
@pytest.mark.parametrize("text", BAD)
def test_everything_else_is_no_address(text: str) -> None:
    with pytest.raises(BadAddress):
        Address.parse(text)


def test_lengths_come_before_idna() -> None:
    """A label of megabytes never reaches IDNA, whose work grows with its square."""
    for text in ("a@" + "ä" * 1_000_000, "a@" + "ä" * 300, "ä" * 1_000_000 + "@b"):
        with pytest.raises(BadAddress):
            Address.parse(text)


def test_subaddress() -> None:
    address = Address.parse("joe+lists+x@example.org")
    assert address.subaddress == "lists+x"
    assert str(address.without_subaddress) == "joe@example.org"
    bare = Address.parse("+x@example.org")
    assert bare.subaddress == ""
    assert bare.without_subaddress == bare


def test_smtputf8_is_needed_for_the_local_part_alone() -> None:
    assert Address.parse("a@müller.example").is_ascii
    assert not Address.parse("ä@example.org").is_ascii


def test_domains() -> None:
    assert parse_domain("Müller.Example") == "xn--mller-kva.example"
    for text in ("[192.0.2.1]", "a b", "", "x.", "a@b"):
        with pytest.raises(BadAddress):
            parse_domain(text)


@given(st.text(max_size=60))
def test_any_text_is_refused_or_comes_back(text: str) -> None:
    try:
        address = Address.parse(text)
    except BadAddress:
        return
    assert Address.parse(str(address)) == address
    assert not set("\r\n\0") & set(str(address))


@given(local=st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=60))
def test_any_printable_local_part_survives_quoting(local: str) -> None:
    address = Address(local, "example.org")
    assert Address.parse(str(address)) == address
