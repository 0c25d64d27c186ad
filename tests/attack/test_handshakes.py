"""Handshakes that stop half-way, and names that nobody has (threat W11)."""

import os
import socket
import ssl
from contextlib import ExitStack

import pytest

from tests.attack.victim import ANYONE, MIB, PATIENCE_SECONDS, Talk, Victim

# The first octets of a ClientHello whose rest never comes.
HALF = bytes.fromhex("16030102000100")
# Of one that has begun a handshake: OpenSSL's state and our buffers.
HANDSHAKE_OCTETS = 128 * 1024


def stalled(victim: Victim, count: int) -> None:
    before = victim.memory()
    with ExitStack() as stack:
        links = []
        highest = 0
        for n in range(count):
            link = socket.create_connection(
                (victim.address, victim.ports["imaps"]), PATIENCE_SECONDS
            )
            stack.enter_context(link)
            link.sendall(HALF[: 1 + n % len(HALF)])
            links.append(link)
            if len(links) % 50 == 0:
                highest = max(highest, victim.figures()["connections"])
        # The first may have run out of time while the last came.
        assert highest >= 40
        assert victim.memory() - before < count * HANDSHAKE_OCTETS + 8 * MIB
        victim.alive()
        with victim.connect("imaps") as other:
            other.send(b"a NOOP\r\n")
            assert other.line() == b"a OK NOOP completed\r\n"
        # The deadline of the configuration (three seconds here) ends them all.
        for link in links:
            assert Talk(link).rest() == b""
    victim.calm()


@pytest.mark.threat("W11")
def test_stalled_handshakes_end_by_themselves(victim: Victim) -> None:
    """They hold little meanwhile, and keep nobody out."""
    stalled(victim, 100)


@pytest.mark.long
@pytest.mark.threat("W11")
def test_five_hundred_stalled_handshakes(victim: Victim) -> None:
    """As many as the threat table asks for."""
    stalled(victim, 500)


def named(victim: Victim, count: int) -> None:
    shown = set()
    for n in range(count):
        if n == count // 4:
            before = victim.memory()
        link = socket.create_connection((victim.address, victim.ports["imaps"]), PATIENCE_SECONDS)
        name = f"{os.urandom(30).hex()}.example"
        with ANYONE.wrap_socket(link, server_hostname=name) as secured:
            shown.add(secured.getpeercert(binary_form=True))
    assert len(shown) == 1
    assert victim.memory() - before < 8 * MIB


@pytest.mark.threat("W11")
def test_unknown_names_get_the_first_certificate_and_leave_nothing(victim: Victim) -> None:
    named(victim, 200)


@pytest.mark.long
@pytest.mark.threat("W11")
def test_ten_thousand_unknown_names(victim: Victim) -> None:
    named(victim, 10_000)


@pytest.mark.threat("W11")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_no_session_is_ever_resumed(victim: Victim, version: ssl.TLSVersion) -> None:
    """OpenSSL still sends tickets in TLS 1.3; none of them opens anything."""
    context = ssl._create_unverified_context()
    context.minimum_version = context.maximum_version = version
    session = None
    for _ in range(3):
        link = socket.create_connection((victim.address, victim.ports["imaps"]), PATIENCE_SECONDS)
        with context.wrap_socket(link, server_hostname="x.example", session=session) as secured:
            assert secured.recv(100).startswith(b"* OK")
            assert not secured.session_reused
            session = secured.session


@pytest.mark.threat("W7")
@pytest.mark.parametrize("door", ["smtp", "imap", "pop3"])
def test_a_browser_is_sent_away(victim: Victim, door: str) -> None:
    """Nothing that a page makes it say after its first line is a command."""
    with victim.connect(door) as talk:
        talk.send(b"POST / HTTP/1.1\r\nHost: x\r\n\r\nNOOP\r\nQUIT\r\n")
        assert b"OK" not in talk.rest().replace(b"BYE", b"")
