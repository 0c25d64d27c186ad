"""What an idle IMAP connection costs: plain, in TLS, compressed (RFC 4978), and both.

    python bench/idle_memory.py --plain 12043 --tls 12093 --pid PID [--first 300] [--more 1000]

For each kind the host's PSS is taken once --first connections stand (their sign-ins have grown the
process: hash threads, caches) and again once --more of them stand; the difference is what they
cost. A compressed client is quiet for 12 seconds first: then the host keeps no context for it.
"""

from __future__ import annotations

import argparse
import time
import zlib

import benchlib as B

QUIET_SECONDS = 12


class Client:
    """A connection that has signed in, selected INBOX and idles."""

    def __init__(self, port: int, user: str, *, tls: bool, deflate: bool) -> None:
        self.imap = B.Imap("127.0.0.1", port, tls, 60)
        self.imap.login(user, "secret")
        self.out = self.into = None
        if deflate:
            self.imap.cmd(b"COMPRESS DEFLATE")
            self.out, self.into = zlib.compressobj(6, zlib.DEFLATED, -15), zlib.decompressobj(-15)
        self.say(b"a SELECT INBOX\r\n", b"a OK")
        self.say(b"b IDLE\r\n", b"+ ")
        self.out = self.into = None

    def say(self, line: bytes, until: bytes) -> None:
        if self.out is None or self.into is None:
            self.imap.send(line)
        else:
            self.imap.send(self.out.compress(line) + self.out.flush(zlib.Z_SYNC_FLUSH))
        heard = b""
        while until not in heard:
            octets = self.imap.recv()
            heard += octets if self.into is None else self.into.decompress(octets)


def measure(a: argparse.Namespace, name: str, port: int, *, tls: bool, deflate: bool) -> None:
    """Print what --more connections of a kind cost each."""
    def grown(count: int) -> list[Client]:
        found = [Client(port, f"u{n % a.users}@example.net", tls=tls, deflate=deflate) for n in range(count)]
        time.sleep(QUIET_SECONDS if deflate else 1)
        return found

    pids = B.parse_pids(a.pid)
    stand = grown(a.first)
    before = B.tree_mem(pids)["pss"]
    stand += grown(a.more)
    cost = (B.tree_mem(pids)["pss"] - before) / a.more / 1024
    print(f"{name:24} {cost:6.1f} KiB a connection, of {a.more}", flush=True)
    for client in stand:
        client.imap.s.close()


def main() -> None:
    """Measure all four."""
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--plain", type=int, required=True)
    ap.add_argument("--tls", type=int, required=True)
    ap.add_argument("--pid", required=True)
    ap.add_argument("--users", type=int, default=20)
    ap.add_argument("--first", type=int, default=300)
    ap.add_argument("--more", type=int, default=1000)
    a = ap.parse_args()
    B.raise_nofile()
    for deflate in (False, True):
        words = ", compressed" if deflate else ""
        measure(a, f"plain{words}", a.plain, tls=False, deflate=deflate)
        measure(a, f"TLS{words}", a.tls, tls=True, deflate=deflate)


if __name__ == "__main__":
    main()
