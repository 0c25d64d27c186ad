"""How fast a filled queue leaves, and what it costs, beside Postfix in the same run.

    python bench/queue_load.py [--messages 20000] [--domains 0,100] [--peer/--no-peer]
                               [--memory 100000] [--dir DIR] [--base 15000] [--json]

Rows, each with messages a second, CPU of the host for a message and its memory at the end:

- `ours smarthost`, `ours N domains`: so many messages are put into the store of a host that is
  off; it is started, and the clock runs from the first message that the sink takes to the last.
  With `--domains 0` all goes through one smarthost, else by MX to N domains of a zone of its own.
- `postfix smarthost`: smtp-source hands the same number to a Postfix that defers all of them; the
  clock runs from `postqueue -f` (only then does it look at them) to the last that the sink takes.
- `ours memory`: PSS of a host that has so many messages queued for a host that is down, beside the
  same host with an empty queue, and how long a message for another domain takes beside them.

The sink is Debian's `smtp-sink` (package postfix, as the peer), so that what is measured is not the
sink. Everything is on loopback, nothing needs a network. Postfix has to be started by root.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import pwd
import re
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import benchlib  # noqa: E402
import ours  # noqa: E402

from mailsuite.message.scan import scan  # noqa: E402
from mailsuite.store.blobs import prepare  # noqa: E402
from mailsuite.store.delivery import Delivery, Onward, OnwardRecipient, deliver  # noqa: E402
from mailsuite.store.opening import open_store  # noqa: E402
from mailsuite.store.transaction import Transaction  # noqa: E402

DNS, SINK, PEER = 53, 26, 1025  # added to --base
DAYS = 86_400
AT_ONCE = 1000
CONFIG = """
[dns]
servers = ["127.0.0.1:%d"]
[relay]
port = %d
allow_private = true
smarthost = "%s"
"""


class Sink:
    """smtp-sink with its counters."""

    def __init__(self, port: int) -> None:
        self.out = tempfile.TemporaryFile()
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        words = ["smtp-sink", "-c", *user, f"127.0.0.1:{port}", "1000"]
        self.process = subprocess.Popen(words, stdout=self.out, stderr=subprocess.DEVNULL)

    def taken(self) -> int:
        self.out.seek(0)
        found = re.findall(rb"mesg=(\d+)", self.out.read()[-400:])
        return int(found[-1]) if found else 0

    def wait(self, count: int, seconds: float) -> tuple[float, float]:
        """When the first and the last of so many were taken."""
        end, first = time.monotonic() + seconds, 0.0
        while time.monotonic() < end:
            taken = self.taken()
            if taken and not first:
                first = time.monotonic()
            if taken >= count:
                return first, time.monotonic()
            time.sleep(0.02)
        raise SystemExit(f"the sink has {self.taken()} of {count} messages after {seconds:.0f} s")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def fill(folder: pathlib.Path, count: int, domains: int) -> None:
    """Queue so many messages in a store that nobody serves; not durable, since not measured."""
    store = open_store(folder / "var", synchronous=0)
    bodies = benchlib.pool("small", n=200)
    now = int(time.time())

    def some(tx: Transaction, first: int, last: int) -> None:
        for n in range(first, last):
            domain = f"d{n % max(domains, 1)}.example"
            octets = b"Message-ID: <%d@example.net>\r\n" % n + bodies[n % len(bodies)]
            person = OnwardRecipient(f"somebody{n}@{domain}", domain)
            onward = Onward(
                (person,), now + 5 * DAYS, reverse_path="ann@example.net",
                prefix=b"Received: from here (here [127.0.0.1])\r\n\tby mail.example.net with ESMTPSA\r\n",
            )
            deliver(tx, Delivery(prepare(octets, scan(octets), store.large), (), (onward,), f"t{n}"))

    failed: list[object] = []
    for first in range(0, count, AT_ONCE):
        store.writer.run(some, first, min(first + AT_ONCE, count)).addErrback(failed.append)
    store.close()
    if failed:
        raise SystemExit(str(failed[0]))


def zone(folder: pathlib.Path, domains: int) -> pathlib.Path:
    path = folder / "zone.json"
    names: dict[str, dict[str, list[str]]] = {"mx.example": {"A": ["127.0.0.1"]}}
    names |= {f"d{n}.example": {"MX": ["10 mx.example."]} for n in range(domains)}
    path.write_text(json.dumps(names))
    return path


def begin(a: argparse.Namespace, folder: pathlib.Path, domains: int) -> subprocess.Popen[bytes]:
    """Configure a host of ours in the folder, with a nameserver beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    where = "" if domains else f"127.0.0.1:{a.base + SINK}"
    a.dir, a.workers, a.users = str(folder), 1, 1
    a.more = CONFIG % (a.base + DNS, a.base + SINK, where) + a.config
    ours.host(a)
    words = [sys.executable, "-m", "tests.nameserver", str(zone(folder, domains or 1)), str(a.base + DNS)]
    return subprocess.Popen(words, cwd=ours.ROOT)


def stop(folder: pathlib.Path) -> None:
    pid = int((folder / "pid").read_text())
    os.kill(pid, signal.SIGTERM)
    os.waitpid(pid, 0)


def mebibytes(pids: list[int]) -> float:
    return round(benchlib.tree_mem(benchlib.tree(pids))["pss"] / 2**20, 1)


def row(name: str, count: int, took: float, cpu: float, pids: list[int], first: float = 0.0) -> dict[str, object]:
    return {
        "row": name, "messages": count, "per_s": round(count / took), "cpu_us": round(cpu / count * 1e6),
        "seconds": round(took, 2), "first_s": round(first, 2),
        "pss_MiB": mebibytes(pids),
    }


def relay_ours(a: argparse.Namespace, folder: pathlib.Path, domains: int) -> dict[str, object]:
    names = begin(a, folder, domains)
    sink = None
    try:
        fill(folder, a.messages, domains)
        sink = Sink(a.base + SINK)
        started = time.monotonic()
        ours.start(a)
        pid = int((folder / "pid").read_text())
        before = benchlib.tree_cpu([pid])
        first, last = sink.wait(a.messages, 600)
        # Until the last outcome is written: what is in the queue file would be tried again.
        time.sleep(0.5)
        cpu = benchlib.tree_cpu([pid]) - before
        name = f"ours {domains} domains" if domains else "ours smarthost"
        return row(name, a.messages, last - first, cpu, [pid], first - started)
    finally:
        names.terminate()
        if sink is not None:
            sink.stop()
        stop(folder)


MAIN_CF = """
compatibility_level = 3.6
queue_directory = {d}/queue
data_directory = {d}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {d}/log
maillog_file_prefixes = {d}
myhostname = mail.example.net
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
in_flow_delay = 0
relayhost = [127.0.0.1]:{sink}
defer_transports = {deferred}
"""
MASTER_CF = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""


def relay_postfix(a: argparse.Namespace, folder: pathlib.Path) -> dict[str, object]:
    etc = folder / "etc"
    owner = pwd.getpwnam("postfix").pw_uid
    for sub in ("etc", "queue", "data"):
        (folder / sub).mkdir(parents=True, exist_ok=True)
    os.chown(folder / "data", owner, -1)
    folder.chmod(0o755)
    port = a.base + PEER

    def configure(deferred: str) -> None:
        (etc / "main.cf").write_text(MAIN_CF.format(d=folder, sink=a.base + SINK, deferred=deferred))
        (etc / "master.cf").write_text(MASTER_CF.format(port=port))

    def postfix(*words: str) -> None:
        with (folder / "said").open("ab") as said:
            subprocess.run(words, check=True, stdin=subprocess.DEVNULL, stdout=said, stderr=said)

    configure("smtp relay")
    sink = Sink(a.base + SINK)
    postfix("postfix", "-c", str(etc), "start")
    try:
        time.sleep(1)
        postfix("smtp-source", "-s", "20", "-l", "2500", "-m", str(a.messages), "-f", "ann@example.net",
                "-t", "somebody@d0.example", f"127.0.0.1:{port}")
        # All are looked at once, and put aside.
        for _ in range(1200):
            waiting = sum(len(files) for _, _, files in os.walk(folder / "queue" / "deferred"))
            if waiting >= a.messages:
                break
            time.sleep(0.25)
        configure("")
        postfix("postfix", "-c", str(etc), "reload")
        time.sleep(2)
        master = int((folder / "queue/pid/master.pid").read_text())
        before = benchlib.tree_cpu([master])
        begun = time.monotonic()
        postfix("postqueue", "-c", str(etc), "-f")
        first, last = sink.wait(a.messages, 600)
        time.sleep(0.5)
        cpu = benchlib.tree_cpu([master]) - before
        return row("postfix smarthost", a.messages, last - first, cpu, [master], first - begun)
    finally:
        postfix("postfix", "-c", str(etc), "stop")
        sink.stop()


def memory(a: argparse.Namespace, folder: pathlib.Path) -> dict[str, object]:
    """A host that is down has 100,000 messages; another domain's message passes them by."""
    names = begin(a, folder, 2)
    sink = None
    try:
        # d0.example's host is a port where nobody listens until the sink starts; then d1's is up.
        ours.start(a)
        time.sleep(3)
        empty = mebibytes([int((folder / "pid").read_text())])
        stop(folder)
        fill(folder, a.memory, 1)
        ours.start(a)
        pid = int((folder / "pid").read_text())
        time.sleep(8)
        before = benchlib.tree_cpu([pid])
        time.sleep(10)
        idle_cpu = benchlib.tree_cpu([pid]) - before
        full = mebibytes([pid])
        sink = Sink(a.base + SINK)
        begun = time.monotonic()
        submit(a, "somebody@d1.example")
        _, last = sink.wait(1, 60)
        return {
            "row": "ours memory", "messages": a.memory, "pss_empty_MiB": empty,
            "pss_MiB": full, "cpu_per_minute_s": round(idle_cpu * 6, 2),
            "other_domain_s": round(last - begun, 3),
        }
    finally:
        names.terminate()
        if sink is not None:
            sink.stop()
        stop(folder)


def submit(a: argparse.Namespace, recipient: str) -> None:
    import smtplib

    with smtplib.SMTP("127.0.0.1", a.base + ours.OFFSETS["submission"]) as door:
        door.login("u0@example.net", "secret")
        door.sendmail("u0@example.net", [recipient], b"From: u0@example.net\r\nSubject: x\r\n\r\nx\r\n")


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--messages", type=int, default=20_000)
    ap.add_argument("--domains", default="0,100", help="comma-separated; 0: a smarthost")
    ap.add_argument("--peer", action=argparse.BooleanOptionalAction, default=True)
    ap.add_argument("--memory", type=int, default=100_000, help="0: leave it out")
    ap.add_argument("--dir")
    ap.add_argument("--base", type=int, default=15_000)
    ap.add_argument("--config", default="", help="more TOML for ours, tables only")
    ap.add_argument("--json", action="store_true")
    a = ap.parse_args()
    top = pathlib.Path(a.dir or tempfile.mkdtemp(prefix="queue-"))
    top.mkdir(parents=True, exist_ok=True)
    top.chmod(0o755)

    def told(found: dict[str, object]) -> None:
        print(json.dumps(found) if a.json else "  ".join(f"{k} {v}" for k, v in found.items()), flush=True)

    for n, domains in enumerate(filter(None, a.domains.split(","))):
        told(relay_ours(a, top / f"ours{n}", int(domains)))
    if a.peer:
        told(relay_postfix(a, top / "postfix"))
    if a.memory:
        told(memory(a, top / "memory"))


if __name__ == "__main__":
    main()
