"""A short run of every fuzz target in this folder; `make test-long` runs them for longer."""

import importlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TARGETS = {
    path.stem: importlib.import_module(f"tests.fuzz.{path.stem}").one_input
    for path in sorted(Path(__file__).parent.glob("fuzz_*.py"))
}
# What the protocols and messages are made of, so that short runs get past the first octet.
PIECES = [
    b"\r\n", b"\n", b"\r", b"\0", b" ", b'"', b"\\", b"<", b">", b"(", b")", b"@", b",", b":", b";",
    b"a@b", b"=?utf-8?q?=c3?=", b"=?utf-8?b?", b"?=", b"--b", b"--", b"\xff", b"{3}\r\nabc",
    b"Content-Type: multipart/mixed; boundary=b\r\n", b"Content-Type: message/rfc822\r\n", b"a*0*=",
    b"Subject: ", b"From: ", b"Date: Tue, 24 Nov 2026 08:30:00 +0000\r\n", b"\r\n\r\n", b"\r\n.\r\n",
    b"MAIL FROM:<a@b>\r\n", b"RCPT TO:<", b"DATA\r\n", b"BDAT 5 LAST\r\n", b"a UID FETCH 1:* (FLAGS)\r\n",
]  # fmt: skip


@pytest.mark.parametrize("target", TARGETS)
@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(octets=st.lists(st.sampled_from(PIECES) | st.binary(max_size=6), max_size=25).map(b"".join))
def test_no_octets_break(target: str, octets: bytes) -> None:
    TARGETS[target](octets)
