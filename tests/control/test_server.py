"""The control socket answers its own user, one line for one line."""

import json
import os
import socket
import struct

import pytest
from twisted.internet.testing import StringTransport

from mailsuite.control import protocol
from mailsuite.control.server import CONNECTIONS, Control, peer_uid


class Handle:
    """A socket whose other end is the user of that number."""

    def __init__(self, uid):
        self.uid = uid

    def getsockopt(self, level, option, size):
        assert (level, option) == (socket.SOL_SOCKET, socket.SO_PEERCRED)
        return struct.pack("3i", 1, self.uid, 1)


class Transport(StringTransport):
    def __init__(self, uid):
        super().__init__()
        self.handle = Handle(uid)

    def getHandle(self):  # noqa: N802 - Twisted's name
        return self.handle


def connected(parts, uid=0):
    controlled = Control(parts).buildProtocol(None)
    assert controlled is not None
    transport = Transport(uid)
    controlled.makeConnection(transport)
    return controlled, transport


def test_one_request_gets_one_answer_and_a_goodbye(parts):
    controlled, transport = connected(parts)
    request = json.dumps({"verb": "status", "arguments": {}}).encode() + b"\n"
    for octet in request:
        controlled.dataReceived(bytes([octet]))
    assert json.loads(transport.value()) == {"ok": {"running": True}}
    assert transport.disconnecting


@pytest.mark.threat("O9")
def test_a_stranger_is_sent_away_unheard(parts, monkeypatch):
    """The mode of the socket is not the only thing between a local user and all mail."""
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    for uid, welcome in ((1000, True), (0, True), (1001, False)):
        _, transport = connected(parts, uid)
        assert transport.disconnected is not welcome


@pytest.mark.parametrize("octets", [b"[]\n", b"x\n", b"[" * 100_000 + b"\n", b"1\n"])
def test_nonsense_is_refused(parts, octets):
    controlled, transport = connected(parts)
    controlled.dataReceived(octets)
    assert "no JSON object" in json.loads(transport.value())["error"]


def test_a_request_without_end_is_cut_off(parts):
    controlled, transport = connected(parts)
    controlled.dataReceived(b"x" * (protocol.REQUEST_OCTETS + 1))
    assert "too long" in json.loads(transport.value())["error"]


def test_only_so_many_connections(parts):
    control = Control(parts)
    held = [control.buildProtocol(None) for _ in range(CONNECTIONS)]
    assert control.buildProtocol(None) is None
    assert held[0] is not None
    held[0].connectionLost()
    assert control.buildProtocol(None) is not None


def test_the_kernel_says_who_is_there():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert peer_uid(ours) == os.getuid()


def test_a_deep_folder_has_a_short_address(tmp_path):
    deep = tmp_path / ("d" * 90) / ("e" * 90)
    deep.mkdir(parents=True)
    with protocol.address(deep) as path, socket.socket(socket.AF_UNIX) as one:
        assert len(path) < protocol.ADDRESS_OCTETS
        one.bind(path)
    assert (deep / protocol.NAME).is_socket()
