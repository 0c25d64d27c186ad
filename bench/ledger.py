"""The ledger over many messages: two suites, Postfix, hosts that fail, and kill -9 in between.

    python bench/ledger.py [--messages 500] [--kills 6] [--dir DIR] [--base 18000] [--seed 1]
                           [--seconds 280] [--peer/--no-peer]

Two suites have so many messages queued, each for one recipient at every host of the zoo (`zoo.py`:
hosts that refuse, put off, stall, reset after the dot, answer rubbish, or are reached only behind
one that is down), at Postfix and at the other suite; Postfix has as many for both suites. Names are
those of a nameserver of our own, everything is on loopback. While they work one suite or the other
is killed with all its processes (SIGKILL) and started again, at even parts of the way.

In the end every recipient is counted: a host has taken the message; or the store tells that it
was given up; or it still waits. Each must be in one column; the row names what is not. Exit 1 then.

Doubled, or both taken and refused, are only those that a host had taken when it, or we, broke off
before the answer was written: no more than the hosts' own cuts and one for each connection that a
killed suite may have had. Postfix has to be started by root.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import contextlib
import imaplib
import json
import os
import pathlib
import pwd
import random
import re
import shutil
import signal
import smtplib
import sqlite3
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import ours  # noqa: E402
import queue_load  # noqa: E402
import zoo  # noqa: E402

from mailsuite.message.scan import scan  # noqa: E402
from mailsuite.store.blobs import prepare  # noqa: E402
from mailsuite.store.delivery import Delivery, Onward, OnwardRecipient, deliver  # noqa: E402
from mailsuite.store.opening import open_store  # noqa: E402
from tests.interop.host import Host  # noqa: E402

SMTP = 26  # of every host, added to --base
CONNECTIONS = 10  # of ours to one destination; Postfix's own is 20
SUITES = {"one.example": "127.0.0.2", "two.example": "127.0.0.3"}
POSTFIX = "postfix.example"
# How often, with what, how often cut after the dot.
ZOO = {
    "mixed.example": (0.03, zoo.MIXED, 0.01),
    "refuses.example": (0.2, (zoo.LATER, zoo.NO, zoo.CLOSING), 0.0),
    "stalls.example": (0.01, (zoo.STALL,), 0.0),
    "resets.example": (0.02, (zoo.RESET,), 0.05),
    "rubbish.example": (0.03, (zoo.RUBBISH,), 0.0),
    "behind.example": (0.01, zoo.MIXED, 0.0),  # its first MX is down
}
CONFIG = """
[dns]
servers = ["127.0.0.1:%d"]
[relay]
port = %d
allow_private = true
retry = ["1s"]
delay_warning = 0
"""
LIMITS = "relay_delivery_seconds = 10\n"  # so long one transaction may take: what stalls costs this
VIRTUAL = """
virtual_mailbox_domains = postfix.example
virtual_mailbox_base = {d}
virtual_mailbox_maps = static:box/
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
transport_maps = inline:{{ one.example=smtp:[127.0.0.2]:{smtp}, two.example=smtp:[127.0.0.3]:{smtp} }}
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
disable_dns_lookups = yes
smtpd_peername_lookup = no
"""
DELIVERS = "virtual unix - n n - - virtual\n"

People = collections.Counter[tuple[str, str]]


class Suite(Host):
    """One of the two; `kills` are counted."""

    kills = 0

    def begin(self) -> None:
        """As `start`, after a kill too."""
        (self.folder / "twistd.pid").unlink(missing_ok=True)
        self.start()

    def crash(self) -> None:
        self.kills += 1
        self.kill()
        self.begin()

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        with contextlib.closing(sqlite3.connect(f"file:{self.folder}/var/mailsuite.db?mode=ro", uri=True)) as db:
            return db.execute(statement).fetchall()

    def waiting(self) -> People:
        found = self.rows("SELECT m.trace, r.address FROM queue_recipient r JOIN queue_message m ON m.id = r.queue_id "
                          "WHERE r.finished = 0")
        return collections.Counter((str(trace), str(address)) for trace, address in found)

    def failed(self) -> People:
        found = self.rows("SELECT trace, words FROM event WHERE kind IN ('failed', 'expired')")
        return collections.Counter((str(trace), str(words).partition(":")[0]) for trace, words in found)

    def taken(self) -> People:
        with imaplib.IMAP4(self.address, self.ports["imap"]) as door:
            door.login(f"u0@{self.domain}", "secret")
            door.select("INBOX", readonly=True)
            _, told = door.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (X-Number)])")
        return numbers((part[1] for part in told if isinstance(part, tuple)), f"u0@{self.domain}")


class Postfix:
    """The third host: a mailbox for everything at its domain, and mail of its own for the suites."""

    def __init__(self, folder: pathlib.Path, base: int) -> None:
        self.folder, self.etc, self.port = folder, folder / "etc", base + SMTP
        nobody, owner = pwd.getpwnam("nobody"), pwd.getpwnam("postfix").pw_uid
        for sub in ("etc", "queue", "data", "box"):
            (folder / sub).mkdir(parents=True, exist_ok=True)
        os.chown(folder / "data", owner, -1)
        os.chown(folder / "box", nobody.pw_uid, nobody.pw_gid)
        main = queue_load.MAIN_CF.format(d=folder, sink=1, deferred="").replace("relayhost = [127.0.0.1]:1\n", "")
        main += VIRTUAL.format(d=folder, uid=nobody.pw_uid, gid=nobody.pw_gid, smtp=self.port)
        master = queue_load.MASTER_CF.format(port=self.port).replace("127.0.0.1:", "127.0.0.4:") + DELIVERS
        (self.etc / "main.cf").write_text(main)
        (self.etc / "master.cf").write_text(master)

    def order(self, word: str) -> None:
        with (self.folder / "said").open("ab") as said:
            subprocess.run(["postfix", "-c", str(self.etc), word], check=True, stdin=subprocess.DEVNULL, stdout=said, stderr=said)

    def begin(self) -> None:
        self.order("start")
        for _ in range(100):
            with contextlib.suppress(OSError), smtplib.SMTP("127.0.0.4", self.port):
                return
            time.sleep(0.1)

    def hand(self, count: int) -> None:
        with smtplib.SMTP("127.0.0.4", self.port) as door:
            for n in range(count):
                words = b"From: ann@postfix.example\r\nX-Number: p%d\r\n\r\nthe text\r\n" % n
                door.sendmail("ann@postfix.example", [f"u0@{domain}" for domain in SUITES], words)

    def queued(self) -> int:
        return sum(len(files) for name in ("incoming", "active", "deferred")
                   for _, _, files in os.walk(self.folder / "queue" / name))

    def taken(self) -> People:
        found = [path.read_bytes() for path in (self.folder / "box" / "new").iterdir()] if (self.folder / "box/new").exists() else []
        return numbers(found, f"u0@{POSTFIX}")


def numbers(messages: object, person: str) -> People:
    found = (re.search(rb"X-Number: (\w+)", octets) for octets in messages)  # type: ignore[attr-defined]
    return collections.Counter((one[1].decode(), person) for one in found if one)


def people_of(a: argparse.Namespace, origin: str, letter: str, n: int) -> list[str]:
    """To whom a suite's n-th message goes."""
    zoo_people = [f"{letter}{n}@{domain}" for domain in ZOO]
    others = [f"u0@{domain}" for domain in SUITES if domain != origin]
    return zoo_people + others + [f"u0@{POSTFIX}"] * a.peer


def fill(a: argparse.Namespace, suite: Suite, letter: str) -> None:
    store = open_store(suite.folder / "var", synchronous=0)
    end = int(time.time()) + 5 * 86_400
    for n in range(a.messages):
        octets = b"From: ann@%s\r\nX-Number: %s%d\r\n\r\nthe text\r\n" % (suite.domain.encode(), letter.encode(), n)
        people = tuple(OnwardRecipient(one, one.partition("@")[2]) for one in people_of(a, suite.domain, letter, n))
        # From the null sender: reports would be mail to somebody else, and the story tells as well.
        onward = Onward(people, end, reverse_path="", prefix=b"Received: from here\r\n")
        store.writer.run(deliver, Delivery(prepare(octets, scan(octets), store.large), (), (onward,), f"{letter}{n}"))
    store.close()


def zone() -> dict[str, dict[str, list[str]]]:
    names: dict[str, dict[str, list[str]]] = {"down.example": {"A": ["127.0.0.9"]}}
    hosts = SUITES | {POSTFIX: "127.0.0.4"} | {domain: f"127.0.0.{n}" for n, domain in enumerate(ZOO, 11)}
    for domain, address in hosts.items():
        names["mx." + domain] = {"A": [address]}
        names[domain] = {"MX": [f"10 mx.{domain}."]}
    names["behind.example"]["MX"].append("5 down.example.")
    return names


def row(name: str, wanted: set[tuple[str, str]], taken: People, failed: People, waiting: People, most: int) -> bool:
    """One line of the table; whether it balances."""
    delivered, bounced, queued = wanted & set(taken), wanted & set(failed), wanted & set(waiting)
    lost = wanted - delivered - bounced - queued
    both = (delivered & bounced) | (delivered & queued) | (bounced & queued)
    doubled = sum(taken[one] - 1 for one in delivered)
    good = not lost and doubled + len(both) <= most
    cells = (len(wanted), len(delivered), len(bounced), len(queued), len(both), doubled, most, len(lost))
    named = "" if not lost else "lost: " + ", ".join(" ".join(one) for one in sorted(lost)[:5])
    print(f"{name:32}" + "".join(f"{cell:>10}" for cell in cells) + ("" if good else f"  DOES NOT BALANCE {named}"))
    return good


def balance(a: argparse.Namespace, suites: dict[str, Suite], hosts: dict[str, zoo.Zoo], peer: Postfix | None) -> bool:
    print(f"{'from -> to':32}" + "".join(f"{word:>10}" for word in (
        "people", "delivered", "bounced", "queued", "in two", "doubled", "(at most)", "lost")))
    taken = {domain: host.taken for domain, host in hosts.items()}
    taken |= {suite.domain: suite.taken() for suite in suites.values()}
    if peer is not None:
        taken[POSTFIX] = peer.taken()
    good = True
    for letter, suite in suites.items():
        failed, waiting = suite.failed(), suite.waiting()
        everybody = {(f"{letter}{n}", one) for n in range(a.messages) for one in people_of(a, suite.domain, letter, n)}
        for domain in taken:
            wanted = {one for one in everybody if one[1].endswith("@" + domain)}
            if wanted:
                cuts = hosts[domain].cuts if domain in hosts else 0
                # A suite that is killed as the receiver leaves in doubt what it had just stored.
                kills = suite.kills + sum(s.kills for s in suites.values() if s.domain == domain)
                good &= row(f"{suite.domain} -> {domain}", wanted, taken[domain], failed, waiting, cuts + kills * CONNECTIONS)
    if peer is not None:
        for suite in suites.values():
            wanted = {(f"p{n}", f"u0@{suite.domain}") for n in range(a.messages)}
            left = wanted - set(taken[suite.domain]) if peer.queued() else set()
            good &= row(f"{POSTFIX} -> {suite.domain}", wanted, taken[suite.domain], People(), People(left), suite.kills * 20)
    return good


async def run(a: argparse.Namespace, suites: dict[str, Suite], hosts: dict[str, zoo.Zoo], peer: Postfix | None) -> bool:
    servers = [await asyncio.start_server(host.talk, f"127.0.0.{n}", a.base + SMTP, limit=1 << 20)
               for n, host in enumerate(hosts.values(), 11)]
    dice, began, kills = random.Random(a.seed), time.monotonic(), 0
    if peer is not None:
        await asyncio.to_thread(peer.begin)
        await asyncio.to_thread(peer.hand, a.messages)
    for suite in suites.values():
        await asyncio.to_thread(suite.begin)
    total = sum(suite.waiting().total() for suite in suites.values())
    while time.monotonic() < began + a.seconds:
        left = sum([(await asyncio.to_thread(suite.waiting)).total() for suite in suites.values()])
        if not left and not (peer and peer.queued()):
            break
        if kills < a.kills and left <= total * (1 - (kills + 1) / (a.kills + 1)):
            kills += 1
            suite = dice.choice(list(suites.values()))
            await asyncio.to_thread(suite.crash)
            print(f"{time.monotonic() - began:5.1f} s: {suite.domain} was killed with {left} of {total} waiting, and serves again", flush=True)
        await asyncio.sleep(0.3)
    print(f"{time.monotonic() - began:.0f} s, {kills} kills, {left} wait; the zoo failed {sum(h.failures for h in hosts.values())} times "
          f"and cut {sum(h.cuts for h in hosts.values())} after the dot, over {sum(h.connections for h in hosts.values())} connections")
    good = await asyncio.to_thread(balance, a, suites, hosts, peer)
    for suite in suites.values():
        await asyncio.to_thread(suite.stop)
    for server in servers:
        server.close()
    return good


def suite_of(a: argparse.Namespace, top: pathlib.Path, domain: str, address: str) -> Suite:
    ports = {door: a.base + (SMTP if door == "smtp" else offset) for door, offset in ours.OFFSETS.items()}
    more = ours.MORE + LIMITS + CONFIG % (a.base + 53, a.base + SMTP)
    suite = Suite(top / domain, domain, address=address, ports=ports, more=more)
    suite.account("u0")
    return suite


def main() -> int:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--messages", type=int, default=500, help="of each of the hosts")
    ap.add_argument("--kills", type=int, default=6)
    ap.add_argument("--dir")
    ap.add_argument("--base", type=int, default=18_000)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--seconds", type=int, default=280, help="count what there is then")
    ap.add_argument("--peer", action=argparse.BooleanOptionalAction, default=bool(shutil.which("postfix")) and not os.geteuid())
    a = ap.parse_args()
    top = pathlib.Path(a.dir or tempfile.mkdtemp(prefix="ledger-"))
    top.mkdir(parents=True, exist_ok=True)
    top.chmod(0o755)
    suites = {letter: suite_of(a, top, *named) for letter, named in zip("ab", SUITES.items(), strict=True)}
    for letter, suite in suites.items():
        fill(a, suite, letter)
    hosts = {domain: zoo.Zoo(f"{a.seed}{domain}", *what) for domain, what in ZOO.items()}
    peer = Postfix(top / "postfix", a.base) if a.peer else None
    (top / "zone.json").write_text(json.dumps(zone()))
    nameserver = subprocess.Popen([sys.executable, "-m", "tests.nameserver", str(top / "zone.json"), str(a.base + 53)], cwd=ours.ROOT)
    try:
        return 0 if asyncio.run(run(a, suites, hosts, peer)) else 1
    finally:
        nameserver.terminate()
        for suite in suites.values():
            if suite.process is not None and suite.process.poll() is None:
                suite.process.send_signal(signal.SIGKILL)
        if peer is not None:
            peer.order("stop")


if __name__ == "__main__":
    sys.exit(main())
