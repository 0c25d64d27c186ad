"""Whose name a message bears: one domain, or none at all (threat D7)."""

import pytest

from mailsuite.trust.dmarc.author import author

GOOD, EVIL = b"a@good.example", b"b@evil.example"


@pytest.mark.parametrize(
    "field",
    [
        b"From: a@good.example",
        b'From: "Evil <b@evil.example>" <a@good.example>',
        b"FROM :\r\n a@good.example",
        b"From: A <a@good.example>, B <b@GOOD.example>",
        b"From: A (b@evil.example) <a@good.example>",
        b"From: Team: a@good.example, b@good.example;",
    ],
)
def test_one_author(field: bytes) -> None:
    assert author(field + b"\r\nTo: x@y.example\r\n\r\n").domain == "good.example"


def test_an_internationalised_author_is_told_in_a_labels() -> None:
    assert author("From: a@bücher.example\r\n\r\n".encode()).domain == "xn--bcher-kva.example"


# After "Composition Kills" (USENIX Security 2020): what two readers read differently.
@pytest.mark.threat("D7")
@pytest.mark.parametrize(
    ("field", "disposition"),
    [
        (b"From: %b\r\nFrom: %b" % (GOOD, EVIL), "reject"),
        (b"From: %b\r\nFrom : %b" % (GOOD, EVIL), "reject"),
        (b"From: %b\r\nfrom\t: %b" % (GOOD, EVIL), "reject"),
        (b"Subject: x", "reject"),
        (b"From: ", "reject"),
        (b"From: <>", "quarantine"),
        (b"From: %b, %b" % (GOOD, EVIL), "reject"),
        (b"From: <%b>, <%b>" % (GOOD, EVIL), "reject"),
        (b"From: %b %b" % (GOOD, EVIL), "quarantine"),
        (b"From: <%b><%b>" % (GOOD, EVIL), "quarantine"),
        (b"From: <@good.example:%b>" % EVIL, "quarantine"),
        (b"From: <%b>%b" % (GOOD, EVIL), "quarantine"),
        (b"From: %b <%b>" % (GOOD, EVIL), "quarantine"),
        (b"From: a@good.example@evil.example", "quarantine"),
        (b'From: <"a@good.example>,<"@evil.example>', "quarantine"),
        (b"From: a@good.example(<b@evil.example>", "quarantine"),
        (b"From: a@good.example\0@evil.example", "quarantine"),
        (b"From: a@[192.0.2.1]", "quarantine"),
        (b"From: a@localhost", "quarantine"),
        (b"From: a@good.example;b@evil.example", "quarantine"),
        (b"From: =?utf-8?q?a=40good.example?= <b>", "quarantine"),
    ],
)
def test_no_author(field: bytes, disposition: str) -> None:
    found = author(field + b"\r\nTo: x@y.example\r\n\r\n")
    assert (found.domain, found.disposition) == ("", disposition)
    assert found.reason
