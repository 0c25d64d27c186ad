"""Which resolvers are asked: the configured ones, or the system's."""

from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

from mailsuite.dns.exchange import Server

SYSTEM = Path("/etc/resolv.conf")
# As many as the C library asks (resolv.conf(5), MAXNS).
MOST = 3
HERE = Server("127.0.0.1")


def parse_resolv_conf(text: str) -> tuple[Server, ...]:
    """The `nameserver` lines of resolv.conf(5); without any, the one on this machine."""
    found: list[Server] = []
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 2 and words[0] == "nameserver":
            try:
                ip_address(words[1].partition("%")[0])
            except ValueError:
                continue
            found.append(Server(words[1]))
    return tuple(found[:MOST]) or (HERE,)


def choose_servers(
    configured: Sequence[tuple[str, int]], system: Path = SYSTEM
) -> tuple[Server, ...]:
    """The resolvers to ask. Reads a file: call it at start, before the reactor runs."""
    if configured:
        return tuple(Server(address, port) for address, port in configured)
    try:
        return parse_resolv_conf(system.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return (HERE,)
