"""The ledger over many messages: hosts that fail at every step, and kill -9 in between.

    python bench/ledger.py [--messages 3000] [--kills 5] [--dir DIR] [--base 23000] [--seed 1]

A host of ours has so many messages queued, each for one recipient in each of three domains, whose
hosts refuse, put off, break off at any step (after the dot too) and answer rubbish, by the
dice. Every now and then all of ours is killed and started again. In the end nothing is in the
queue, and for each recipient either a host has taken the message, or the store tells that it was
given up, never both and never neither. Exit 1 where one does not balance.

Doubled are only those that a host had taken when it, or we, broke off before the answer was
written: their number is printed, and may be no more than the hosts' own cuts after the dot and
one a connection for each kill.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import json
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import ours  # noqa: E402

from mailsuite.message.scan import scan  # noqa: E402
from mailsuite.store.blobs import prepare  # noqa: E402
from mailsuite.store.delivery import Delivery, Onward, OnwardRecipient, deliver  # noqa: E402
from mailsuite.store.opening import open_store  # noqa: E402

DOMAINS = ("a.example", "b.example", "c.example")
CONNECTIONS = 10  # to one destination
CONFIG = """
[dns]
servers = ["127.0.0.1:%d"]
[relay]
port = %d
allow_private = true
retry = ["1s"]
delay_warning = 0
"""
GOOD, LATER, NO = b"250 2.0.0 ok\r\n", b"451 4.3.0 later\r\n", b"550 5.1.1 no such user\r\n"
BAD = (LATER, NO, b"", b"rubbish\r\n", b"421 4.3.2 closing\r\n")


class Hosts:
    """All three hosts on one port: what they took, and how often they broke off after the dot."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.taken: collections.Counter[tuple[str, str]] = collections.Counter()
        self.cuts = 0

    def says(self, good: bytes) -> bytes:
        return good if self.dice.random() < 0.97 else self.dice.choice(BAD)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self.conversation(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    async def conversation(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        people: list[str] = []

        async def answer(words: bytes) -> bool:
            """False: the connection is over."""
            if words:
                writer.write(words)
                await writer.drain()
            return bool(words) and not words.startswith(b"421")

        if not await answer(self.says(b"220 zoo.example\r\n")):
            return
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"EHLO":
                words = b"250-zoo.example\r\n250-8BITMIME\r\n250 PIPELINING\r\n"
            elif verb == b"MAIL":
                people, words = [], self.says(GOOD)
            elif verb == b"RCPT":
                words = self.says(GOOD)
                if words == GOOD:
                    people.append(line.partition(b"<")[2].partition(b">")[0].decode())
            elif verb == b"DATA":
                words = self.says(b"354 go on\r\n") if people else b"503 5.5.1 RCPT first\r\n"
                if words.startswith(b"354"):
                    await answer(words)
                    octets = await reader.readuntil(b"\r\n.\r\n")
                    words = self.end(octets, people)
            elif verb == b"QUIT":
                await answer(b"221 bye\r\n")
                return
            else:
                words = GOOD
            if not await answer(words):
                return

    def end(self, octets: bytes, people: list[str]) -> bytes:
        words = self.says(GOOD)
        cut = words == GOOD and self.dice.random() < 0.01
        if words == GOOD:
            number = octets.partition(b"X-Number: ")[2].partition(b"\r")[0].decode()
            self.taken.update((number, person) for person in people)
            self.cuts += len(people) * cut
        return b"" if cut else words


def fill(folder: pathlib.Path, count: int) -> None:
    store = open_store(folder / "var", synchronous=0)
    end = int(time.time()) + 5 * 86_400
    for n in range(count):
        octets = b"From: ann@example.net\r\nX-Number: %d\r\n\r\nthe text\r\n" % n
        people = tuple(OnwardRecipient(f"p{n}@{domain}", domain) for domain in DOMAINS)
        # From the null sender: reports would be mail to somebody else, and the story tells as well.
        onward = Onward(people, end, reverse_path="", prefix=b"Received: from here\r\n")
        store.writer.run(deliver, Delivery(prepare(octets, scan(octets), store.large), (), (onward,), f"t{n}"))
    store.close()


def waiting(folder: pathlib.Path) -> int:
    with sqlite3.connect(f"file:{folder}/var/mailsuite.db?mode=ro", uri=True) as db:
        return int(db.execute("SELECT count(*) FROM queue_recipient WHERE finished = 0").fetchone()[0])


def failed(folder: pathlib.Path) -> collections.Counter[tuple[str, str]]:
    with sqlite3.connect(f"file:{folder}/var/mailsuite.db?mode=ro", uri=True) as db:
        rows = db.execute("SELECT trace, words FROM event WHERE kind IN ('failed', 'expired')").fetchall()
    return collections.Counter((trace[1:], words.partition(":")[0]) for trace, words in rows)


def balance(a: argparse.Namespace, hosts: Hosts, told: collections.Counter[tuple[str, str]]) -> int:
    everybody = [(str(n), f"p{n}@{domain}") for n in range(a.messages) for domain in DOMAINS]
    lost = [one for one in everybody if not hosts.taken[one] and not told[one]]
    both = [one for one in everybody if hosts.taken[one] and told[one]]
    doubled = sum(count - 1 for count in hosts.taken.values() if count > 1)
    most = hosts.cuts + a.kills * CONNECTIONS * len(DOMAINS)
    delivered, bounced = len(hosts.taken), len(told)
    print(f"{len(everybody)} recipients: {delivered} delivered, {bounced} bounced, {len(lost)} lost, {len(both)} both; "
          f"{doubled} doubled ({hosts.cuts} were taken and cut off, {a.kills} kills)")
    # Whom a host took before it broke off may be refused at the second try.
    return int(bool(lost) or len(both) > hosts.cuts + a.kills * CONNECTIONS or doubled > most)


async def run(a: argparse.Namespace, folder: pathlib.Path) -> int:
    hosts = Hosts(a.seed)
    server = await asyncio.start_server(hosts.talk, "127.0.0.1", a.base + 26, limit=1 << 20)
    began, last_kill, kills = time.monotonic(), time.monotonic(), 0
    start(a, folder)
    while (left := await asyncio.to_thread(waiting, folder)) and time.monotonic() < began + a.seconds:
        await asyncio.sleep(0.3)
        if kills < a.kills and time.monotonic() > last_kill + 4:
            kills += 1
            end(folder, signal.SIGKILL)
            await asyncio.to_thread(start, a, folder)
            last_kill = time.monotonic()
    end(folder, signal.SIGTERM)
    server.close()
    a.kills = kills
    print(f"{time.monotonic() - began:.0f} s, {left} still wait")
    return 1 if left else balance(a, hosts, failed(folder))


def start(a: argparse.Namespace, folder: pathlib.Path) -> None:
    h = ours.host(a)
    with h.log.open("ab") as log:
        h.process = subprocess.Popen([*h.twistd(), "--config", str(h.config)], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=h.folder)
    (folder / "pid").write_text(str(h.process.pid))


def end(folder: pathlib.Path, how: signal.Signals) -> None:
    pid = int((folder / "pid").read_text())
    os.kill(pid, how)
    os.waitpid(pid, 0)
    (folder / "twistd.pid").unlink(missing_ok=True)


def main() -> int:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--messages", type=int, default=3_000)
    ap.add_argument("--kills", type=int, default=5)
    ap.add_argument("--dir")
    ap.add_argument("--base", type=int, default=23_000)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--seconds", type=int, default=3_600, help="give up then")
    a = ap.parse_args()
    folder = pathlib.Path(a.dir or tempfile.mkdtemp(prefix="ledger-"))
    a.dir, a.users, a.workers = str(folder), 1, 1
    a.more = CONFIG % (a.base + 53, a.base + 26)
    ours.host(a)
    names = folder / "zone.json"
    zone: dict[str, dict[str, list[str]]] = {"mx.example": {"A": ["127.0.0.1"]}}
    zone |= {domain: {"MX": ["10 mx.example."]} for domain in DOMAINS}
    names.write_text(json.dumps(zone))
    nameserver = subprocess.Popen([sys.executable, "-m", "tests.nameserver", str(names), str(a.base + 53)], cwd=ours.ROOT)
    try:
        fill(folder, a.messages)
        return asyncio.run(run(a, folder))
    finally:
        nameserver.terminate()


if __name__ == "__main__":
    sys.exit(main())
