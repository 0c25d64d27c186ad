"""Content-Type and parameters, as they are written and as they are broken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.message.content import (
    DEFAULT,
    PARAMETERS,
    Content,
    content_type,
    disposition,
    token,
    tokens,
)

US = (b"charset", b"us-ascii")


@pytest.mark.parametrize(
    ("value", "content"),
    [
        (b"text/plain; charset=utf-8", Content(b"text", b"plain", [(b"charset", b"utf-8")])),
        (b'TEXT/HTML; charset="utf-8"', Content(b"TEXT", b"HTML", [(b"charset", b"utf-8")])),
        (b"text/plain; charset=us-ascii (comment)", DEFAULT),
        (b"text / plain ; a = b", Content(b"text", b"plain", [(b"a", b"b"), US])),
        (b'image/png; name="a;\\"b"', Content(b"image", b"png", [(b"name", b'a;"b')])),
        (b"image/png; name", Content(b"image", b"png", [])),
        (b'image/png; name="open', Content(b"image", b"png", [(b"name", b"open")])),
        (b"text", Content(b"text", b"plain", [US])),
        (b"html", DEFAULT),
        (b"", DEFAULT),
        (b"/", DEFAULT),
        (b";;;", DEFAULT),
        (b"\xff\xfe", Content(b"text", b"plain", [US])),
    ],
)
def test_types(value: bytes, content: Content) -> None:
    assert content_type(value) == content


@pytest.mark.threat("M3")
@pytest.mark.parametrize(
    ("value", "parameters"),
    [
        (b"; a*0=x; a*1=y", [(b"a", b"xy")]),
        (b"; a*1=y; a*0=x", [(b"a", b"xy")]),
        (b"; a*0=x; a*7=y", [(b"a", b"xy")]),
        (b"; a*0=x; a*0=z; a*1=y", [(b"a", b"xy")]),
        (b"; a*0*=utf-8''%C3; a*1*=%A4; a*2=5%", [(b"a*", b"utf-8''%C3%A45%25")]),
        (b"; a*=utf-8''%C3%A4", [(b"a*", b"utf-8''%C3%A4")]),
        (b"; a*1*=%A4; a*0=x", [(b"a*", b"''x%A4")]),
        (b"; a*99999999999=x", [(b"a*99999999999", b"x")]),
    ],
)
def test_sections_in_any_order_with_gaps_and_doubles(
    value: bytes, parameters: list[tuple[bytes, bytes]]
) -> None:
    assert content_type(b"x/y" + value).parameters == parameters


@pytest.mark.threat("M3")
@pytest.mark.parametrize("count", [1, 199, 200, 201, 20_000])
def test_parameters_are_counted(count: int) -> None:
    plain = b"".join(b"; p%d=x" % n for n in range(count))
    assert len(content_type(b"x/y" + plain).parameters) == min(count, PARAMETERS)
    sections = b"".join(b"; a*%d=x" % n for n in range(count))
    assert content_type(b"x/y" + sections).parameters == [(b"a", b"x" * min(count, PARAMETERS))]


def test_disposition_and_lists() -> None:
    assert disposition(b"attachment; filename=x") == (b"attachment", [(b"filename", b"x")])
    assert disposition(b"=x") is None
    assert tokens(b"en, fi ,, ?, se") == [b"en", b"fi", b"se"]
    assert token(b" 7bit (x)") == b"7bit"


PIECES = st.sampled_from([b"text", b"/", b";", b"=", b'"', b"\\", b" ", b"*", b"0", b"a", b"'", b"%", b"\xff", b"(", b"charset"])  # fmt: skip


@given(st.lists(PIECES, max_size=40).map(b"".join))
def test_no_value_raises(value: bytes) -> None:
    content_type(value)
    disposition(value)
    tokens(value)
