"""One argument, one line; parameters as the RFCs write them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.relay.ports import Addressee, Letter
from mailsuite.smtp.client.body import Made
from mailsuite.smtp.client.commands import (
    UnsafeArgument,
    command,
    mail_parameters,
    path,
    rcpt_parameters,
    xtext,
)

ALL = frozenset({"SIZE", "8BITMIME", "SMTPUTF8", "DSN"})


@pytest.mark.threat("S3")
@given(words=st.lists(st.text(), max_size=3))
def test_arguments_make_one_line_or_none(words: list[str]) -> None:
    try:
        line = command("MAIL", *words)
    except UnsafeArgument:
        return
    assert line.endswith(b"\r\n")
    assert not re.search(rb"[\r\n\0]", line[:-2])


@pytest.mark.threat("S3")
@pytest.mark.parametrize("bad", ["a\r\nRCPT TO:<b>", "a\nb", "a\rb", "a\0b", "\ud800"])
def test_an_argument_that_would_be_another_command_is_refused(bad: str) -> None:
    with pytest.raises(UnsafeArgument):
        command("MAIL", f"FROM:<{bad}>")


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("", "<>"),
        ("Ann@Example.TEST", "<Ann@example.test>"),
        ("ann@bücher.test", "<ann@xn--bcher-kva.test>"),
        ("änn@bücher.test", "<änn@xn--bcher-kva.test>"),
        ('"a b"@example.test', '<"a b"@example.test>'),
        ("ann@[192.0.2.1]", "<ann@[192.0.2.1]>"),
    ],
)
def test_a_path_has_its_domain_in_a_labels(address: str, written: str) -> None:
    assert path(address) == written


def test_what_is_not_offered_is_not_asked_for() -> None:
    letter = Letter("a@b.test", (), Made(b"x" * 7), "id", "FULL", eightbit=True, smtputf8=True)
    assert mail_parameters(letter, frozenset()) == []
    assert mail_parameters(letter, ALL) == [
        "SIZE=7", "BODY=8BITMIME", "SMTPUTF8", "RET=FULL", "ENVID=id",
    ]  # fmt: skip
    recipient = Addressee(0, "b@c.test", "SUCCESS,FAILURE", "rfc822;b+x=y@c.test")
    assert rcpt_parameters(recipient, frozenset()) == []
    assert rcpt_parameters(recipient, ALL) == [
        "NOTIFY=SUCCESS,FAILURE",
        "ORCPT=rfc822;b+2Bx+3Dy@c.test",
    ]


def test_an_original_recipient_beyond_ascii_goes_by_rfc_6533() -> None:
    recipient = Addressee(0, "b@c.test", "", "utf-8;bö+b@c.test")
    assert rcpt_parameters(recipient, ALL) == ["ORCPT=utf-8;bö\\x{2B}b@c.test"]
    assert rcpt_parameters(recipient, frozenset({"DSN"})) == []


@given(text=st.text(max_size=50))
def test_xtext_can_be_undone(text: str) -> None:
    if any("\ud800" <= c <= "\udfff" for c in text):
        return
    written = xtext(text)
    assert re.fullmatch(r"[!-~]*", written)
    undone = re.sub(rb"\+([0-9A-F]{2})", lambda f: bytes.fromhex(f[1].decode()), written.encode())
    assert undone.decode() == text
