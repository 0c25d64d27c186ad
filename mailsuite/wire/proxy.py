"""The PROXY protocol, versions 1 and 2: a balancer tells whom it speaks for.

By the specification of haproxy (`proxy-protocol.txt`, §2). Believed from listed sources only.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address

from attrs import frozen

from mailsuite.wire.link import Peer

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"  # §2.2
LINE_OCTETS = 107  # §2.1, its CRLF included
HEADER_OCTETS = 16
TAIL_OCTETS = 2048  # addresses and TLVs; more is no balancer that we know
COMMAND_LOCAL, COMMAND_PROXY = 0x20, 0x21
TCP4, TCP6 = 0x11, 0x21


class NoHeader(Exception):  # noqa: N818 - named for what happened
    """A listed source sent something else than a header."""


@frozen
class Header:
    """What the balancer said; `peer` is None for its own health checks (LOCAL, UNKNOWN)."""

    peer: Peer | None
    local: Peer | None
    length: int  # octets that the header took


def parse(octets: bytes) -> Header | None:
    """Read a header from the beginning of a stream; None: more octets are needed.

    Raises:
        NoHeader: this is none, or a wrong one.
    """
    if octets.startswith(SIGNATURE[: len(octets)]):
        return _binary(octets)
    if octets.startswith(b"PROXY "[: len(octets)]):
        return _text(octets)
    raise NoHeader


def _text(octets: bytes) -> Header | None:
    end = octets.find(b"\r\n", 0, LINE_OCTETS)
    if end < 0:
        if len(octets) >= LINE_OCTETS:
            raise NoHeader
        return None
    words = octets[:end].split(b" ")
    if words[1] == b"UNKNOWN":
        return Header(None, None, end + 2)
    if words[1] not in (b"TCP4", b"TCP6") or len(words) != 6:
        raise NoHeader
    version = 4 if words[1] == b"TCP4" else 6
    try:
        source, destination = (ip_address(word.decode("ascii")) for word in words[2:4])
        ports = [_port(word) for word in words[4:6]]
    except ValueError as error:
        raise NoHeader from error
    if source.version != version or destination.version != version:
        raise NoHeader
    return Header(Peer(str(source), ports[0]), Peer(str(destination), ports[1]), end + 2)


def _port(word: bytes) -> int:
    if not (word.isdigit() and len(word) <= 5 and int(word) <= 0xFFFF):
        raise NoHeader
    return int(word)


def _binary(octets: bytes) -> Header | None:
    if len(octets) < HEADER_OCTETS:
        return None
    command, family = octets[12], octets[13]
    tail = int.from_bytes(octets[14:16], "big")
    if command not in (COMMAND_LOCAL, COMMAND_PROXY) or tail > TAIL_OCTETS:
        raise NoHeader
    length = HEADER_OCTETS + tail
    if len(octets) < length:
        return None
    if command == COMMAND_LOCAL:
        return Header(None, None, length)
    size = {TCP4: 4, TCP6: 16}.get(family)
    if size is None:
        return Header(None, None, length)
    if tail < 2 * size + 4:
        raise NoHeader
    at = HEADER_OCTETS
    make = IPv4Address if size == 4 else IPv6Address
    ends = []
    for n in range(2):
        address = make(octets[at + n * size : at + (n + 1) * size])
        port = at + 2 * size + 2 * n
        ends.append(Peer(str(address), int.from_bytes(octets[port : port + 2], "big")))
    return Header(ends[0], ends[1], length)
