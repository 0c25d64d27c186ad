"""Received and Return-Path: true, well-formed, and free of what a client made up."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.intake.envelope import Kind
from mailsuite.intake.stages.trace import _received
from mailsuite.message.header import raw_fields
from mailsuite.wire.link import Peer, Tls
from tests.intake.conftest import House
from tests.intake.stages.test_octets import letter

SHAPE = re.compile(
    rb"Received: from [A-Za-z0-9_.\-\[\]:]+ \((?:\[[0-9A-Za-z:.]+\]|local socket)\)\r\n"
    rb"\tby mx\.example with [A-Z0-9]+(?: tls [A-Za-z0-9_\-]+| \([A-Za-z0-9._\-]+ [A-Za-z0-9_\-]+\))?"
    rb"(?:\r\n\tid [A-Za-z0-9.\-]+)?;\r\n\t[A-Za-z0-9,: +]+\r\n"
)


@pytest.mark.threat("M9")
@given(
    helo=st.text(max_size=40),
    protocol=st.text(max_size=10),
    trace=st.text(max_size=20),
    address=st.sampled_from(["192.0.2.7", "2001:db8::1", "/run/socket", "x"]),
    tls=st.none() | st.builds(Tls, st.text(max_size=8), st.text(max_size=20)),
)
def test_whatever_a_client_says_received_is_one_field(
    helo: str, protocol: str, trace: str, address: str, tls: Tls | None
) -> None:
    found = letter(b"")
    source = found.source
    found.source = type(source)(Kind.MX, Peer(address), helo, protocol, tls, None, trace)
    field = _received(found)
    assert SHAPE.fullmatch(field)
    assert len(list(raw_fields(field))) == 1


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"helo": "[192.0.2.9]"}, b"from [192.0.2.9] ([192.0.2.7])"),
        ({"helo": "DESKTOP_1"}, b"from DESKTOP_1 ([192.0.2.7])"),
        ({"helo": "a b\r\nX: y"}, b"from [192.0.2.7] ([192.0.2.7])"),
        ({"peer": Peer("2001:db8::1")}, b"([IPv6:2001:db8::1])"),
        ({"peer": Peer("/run/x")}, b"from localhost (local socket)"),
        ({"tls": None, "protocol": "ESMTP"}, b"with ESMTP\r\n"),
        ({"tls": Tls("TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384")}, b"(TLSv1.2 ECDHE-RSA-AES256-GCM-SHA384)"),
        ({"protocol": "UTF8SMTPS"}, b"with UTF8SMTPS tls TLS_AES_256_GCM_SHA384\r\n"),
    ],
)  # fmt: skip
def test_clauses(house: House, changes: dict[str, Any], text: bytes) -> None:
    house.mail(b"\r\n", **changes)
    assert text in house.one()


def test_only_our_own_return_path_stands_first(house: House) -> None:
    """Mail from elsewhere is kept byte for byte: a Return-Path that it brings comes after ours."""
    forged = b"return-path: <forged@x>,\r\n more\r\nSubject: x\r\nReturn-Path: <y@z>\r\n\r\nb"
    house.mail(forged)
    octets = house.one()
    assert octets.startswith(b"Return-Path: <s@sender.example>\r\n")
    assert octets.endswith(b"+0000\r\n" + forged)
