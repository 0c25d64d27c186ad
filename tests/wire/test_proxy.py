import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.wire.link import Peer
from mailsuite.wire.proxy import SIGNATURE, Header, NoHeader, parse

TEXT = b"PROXY TCP4 192.0.2.7 198.51.100.1 5678 25\r\n"
FOUR = bytes([192, 0, 2, 7, 198, 51, 100, 1]) + (5678).to_bytes(2) + (25).to_bytes(2)
BINARY = SIGNATURE + b"\x21\x11" + (12).to_bytes(2) + FOUR
SIX = SIGNATURE + b"\x21\x21" + (40).to_bytes(2) + bytes(15) + b"\1" + bytes(15) + b"\2" + FOUR[8:]
SIX += b"\3\0\1x"
ENDS = (Peer("192.0.2.7", 5678), Peer("198.51.100.1", 25))


@pytest.mark.threat("W12")
@pytest.mark.parametrize(
    ("octets", "header"),
    [
        (TEXT, Header(*ENDS, len(TEXT))),
        (TEXT + b"EHLO x\r\n", Header(*ENDS, len(TEXT))),
        (b"PROXY TCP6 ::1 ::2 5678 25\r\n", Header(Peer("::1", 5678), Peer("::2", 25), 28)),
        (b"PROXY UNKNOWN\r\n", Header(None, None, 15)),
        (b"PROXY UNKNOWN anything at all\r\n", Header(None, None, 31)),
        (BINARY, Header(*ENDS, 28)),
        (SIX, Header(Peer("::1", 5678), Peer("::2", 25), 56)),
        (SIGNATURE + b"\x20\x00\0\0", Header(None, None, 16)),
        # A health check whose addresses and TLVs are not looked at (§2.2).
        (SIGNATURE + b"\x20\x11\0\x10" + FOUR + b"\4\0\1x", Header(None, None, 32)),
        (SIGNATURE + b"\x21\x31\0\1x", Header(None, None, 17)),
    ],
)
def test_a_header_however_cut(octets: bytes, header: Header) -> None:
    assert parse(octets) == header
    assert all(parse(octets[:n]) is None for n in range(header.length))


@pytest.mark.parametrize(
    "octets",
    [
        b"EHLO x\r\n",
        b"PROXY TCP4 192.0.2.7\r\n",
        b"PROXY TCP4 192.0.2.7 ::1 1 2\r\n",
        b"PROXY TCP4 192.0.2.07 1.2.3.4 1 2\r\n",
        b"PROXY TCP4 192.0.2.7 1.2.3.4 1 65536\r\n",
        b"PROXY TCP4 192.0.2.7 1.2.3.4 1 " + b"9" * 60 + b"\r\n",
        b"PROXY TCP4 192.0.2.7 1.2.3.4 -1 2\r\n",
        b"PROXY " + b"x" * 200,
        SIGNATURE + b"\x31\x11\0\0",
        SIGNATURE + b"\x22\x11\0\x0c" + FOUR,
        SIGNATURE + b"\x21\x11\0\x04abcd",
        SIGNATURE + b"\x21\x11\xff\xff",
    ],
)
def test_what_is_no_header(octets: bytes) -> None:
    with pytest.raises(NoHeader):
        parse(octets)


@given(st.binary(max_size=200), st.sampled_from([b"", b"PROXY ", SIGNATURE]))
def test_nothing_crashes_it(octets: bytes, start: bytes) -> None:
    try:
        header = parse(start + octets)
    except NoHeader:
        return
    assert header is None or 0 < header.length <= len(start + octets)
