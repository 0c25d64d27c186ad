"""A short run of every fuzz target in this folder; `make test-long` runs them for longer."""

import importlib
import random
import time
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
    b"Content-Type: text/html\r\n\r\n", b"<style>", b"<!--", b"&#", b"&#x", b"&lt", b"9" * 5000,
    b"Content-Transfer-Encoding: base64\r\n", b"charset=utf-7", b"References: <a@b>\r\n",
    b"v=1; a=rsa-sha256; d=a.example; s=s; h=from; bh=AAAA; b=AAAA", b"v=DKIM1; k=ed25519; p=AAAA", b"; i=2; cv=pass",
]  # fmt: skip


@pytest.mark.parametrize("target", TARGETS)
@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(octets=st.lists(st.sampled_from(PIECES) | st.binary(max_size=6), max_size=25).map(b"".join))
def test_no_octets_break(target: str, octets: bytes) -> None:
    TARGETS[target](octets)


@pytest.mark.long
@pytest.mark.parametrize("target", TARGETS)
def test_no_octets_break_in_a_minute(target: str) -> None:
    """As many as a minute has time for; the seed is told where one breaks."""
    seed = random.randrange(1 << 32)
    chance, until = random.Random(seed), time.monotonic() + 60
    while time.monotonic() < until:
        pieces = chance.choices(PIECES, k=chance.randrange(25))
        octets = b"".join(
            piece if chance.random() < 0.85 else chance.randbytes(chance.randrange(5))
            for piece in pieces
        )
        try:
            TARGETS[target](octets)
        except Exception as error:
            error.add_note(f"seed {seed}: {octets!r}")
            raise
