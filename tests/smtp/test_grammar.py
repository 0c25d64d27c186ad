import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.message.addresses import Address
from mailsuite.smtp.grammar import (
    Path,
    Refusal,
    domain,
    forward_path,
    number,
    reply_lines,
    reverse_path,
    split,
    xtext,
)

A = Address("a", "b.example")


@pytest.mark.parametrize(
    ("argument", "path"),
    [
        (b"FROM:<a@b.example>", Path(A)),
        (b"from: <a@b.example>", Path(A)),
        (b"FROM:<>", Path(None)),
        (b"FROM:<@x,@y:a@b.example>", Path(A)),
        (b'FROM:<"a> b"@b.example>', Path(Address("a> b", "b.example"))),
        (rb'FROM:<"a\"> b"@b.example>', Path(Address('a"> b', "b.example"))),
        (b"FROM:<a@[192.0.2.1]>", Path(Address("a", "[192.0.2.1]"))),
        ("FROM:<ü@b.example>".encode(), Path(Address("ü", "b.example"))),
        (b"FROM:<a@b.example> size=1 BODY=x", Path(A, ((b"SIZE", b"1"), (b"BODY", b"x")))),
        (b"FROM:<a@b.example> SMTPUTF8", Path(A, ((b"SMTPUTF8", None),))),
    ],
)
def test_reverse_paths(argument: bytes, path: Path) -> None:
    assert reverse_path(argument) == path


@pytest.mark.parametrize(
    ("argument", "code"),
    [
        (b"FROM:a@b.example", 501),
        (b"FROM:<a@b.example", 501),
        (b"FROM:", 501),
        (b"TO:<a@b.example>", 501),
        (b"FROM:<a@b.example>SIZE=1", 501),
        (b"FROM:<a@b.example> =1", 501),
        (b"FROM:<a@b.example> SIZE=", 501),
        (b"FROM:<a@b.example> A=b=c", 501),
        (b"FROM:<a@b.example>" + b" X" * 21, 501),
        (b"FROM:<a b@c.example>", 553),
        (b"FROM:<a@b.example.>", 553),
        (b"FROM:<@x>", 553),
        (b"FROM:<" + b"@x," * 200 + b"@y:a@b.example>", 553),
        (b"FROM:<a@b.example\xff>", 553),
        (b"FROM:<a@b..example>", 553),
        (b"FROM:<" + b"a" * 3000 + b"@b.example>", 553),
    ],
)
def test_what_is_no_reverse_path(argument: bytes, code: int) -> None:
    with pytest.raises(Refusal) as refused:
        reverse_path(argument)
    assert refused.value.code == code


def test_postmaster_needs_no_domain() -> None:
    assert forward_path(b"TO:<PostMaster> NOTIFY=NEVER").postmaster
    with pytest.raises(Refusal):
        forward_path(b"TO:<ada>")
    with pytest.raises(Refusal):
        forward_path(b"TO:<>")


@pytest.mark.threat("W15")
@pytest.mark.parametrize(
    "value", [b"", b"-1", b"+1", b"1e3", b" 1", b"9" * 21, b"9" * 5000, b"\xb2"]
)
def test_what_is_no_number(value: bytes) -> None:
    with pytest.raises(Refusal):
        number(value)


@pytest.mark.parametrize("value", [b"0", b"007", b"4294967296", b"18446744073709551616"])
def test_numbers(value: bytes) -> None:
    assert number(value) == int(value)


def test_xtext() -> None:
    assert xtext(b"a+2Bb+3D@c") == "a+b=@c"
    for wrong in (b"a+2b", b"a+", b"a=b", b"a b", b"+0D+0Ax", b"+FF", b"\xff"):
        with pytest.raises(Refusal):
            xtext(wrong)


@pytest.mark.parametrize(
    "name", [b"x", b"mail.example.org", b"[192.0.2.1]", b"[IPv6:::1]", b"MY_PC"]
)
def test_names_that_clients_give_themselves(name: bytes) -> None:
    assert domain(name) == name.decode()


@pytest.mark.parametrize("name", [b"", b"a<b", b"x" * 256, b"\xff", b"a\x1bb", "a\u202eb".encode()])
def test_names_that_would_spoil_a_trace_field(name: bytes) -> None:
    with pytest.raises(Refusal):
        domain(name)


def test_replies_of_several_lines() -> None:
    assert reply_lines(250, ["a", b"b"]) == b"250-a\r\n250 b\r\n"
    assert split(b"mail  FROM:<> ") == (b"MAIL", b"FROM:<>")
    assert split(b"MA\xffIL x") == (b"", b"")


@given(st.binary(max_size=80))
def test_nothing_crashes_the_grammar(argument: bytes) -> None:
    for grammar, word in ((reverse_path, b"FROM:<"), (forward_path, b"TO:<")):
        for text in (argument, word + argument, word + argument + b">"):
            with contextlib.suppress(Refusal):
                grammar(text)
