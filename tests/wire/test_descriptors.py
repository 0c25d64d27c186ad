"""A process that runs out of descriptors (threat R1)."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

SERVER = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
from twisted.internet import reactor
from twisted.internet.defer import ensureDeferred
from mailsuite.wire.limits import Limits
from mailsuite.wire.listening import Door, Listeners
from tests.wire.test_listening import Talker

async def main():
    door = Door("smtp", Talker, None, lambda why: b"421 later")
    port = await Listeners(reactor, Limits()).open(door, r"tcp:0:interface=127.0.0.1")
    print(port.getHost().port, flush=True)

reactor.callWhenRunning(lambda: ensureDeferred(main()))
reactor.run()
"""


def cpu_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


@pytest.mark.long
@pytest.mark.threat("R1")
def test_those_inside_are_served_and_the_next_get_in_afterwards() -> None:
    """Five hundred clients at a process with sixty-four descriptors."""
    root = Path(__file__).parents[2]
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=root
    )
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        clients = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(500)]
        assert b" to " in clients[0].recv(100)
        before = cpu_ticks(server.pid)
        for n in range(20):
            clients[0].sendall(b"ping %d\r\n" % n)
            assert b"ping" in clients[0].recv(100)
        assert cpu_ticks(server.pid) - before < 0.2 * os.sysconf("SC_CLK_TCK")
        for client in clients:
            client.close()
        for _ in range(50):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as again:
                try:
                    if b" to " in again.recv(100):
                        return
                except ConnectionResetError:
                    continue
        pytest.fail("nobody gets in any more")
    finally:
        server.kill()
        server.wait()
        if server.stdout is not None:
            server.stdout.close()
