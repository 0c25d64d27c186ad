"""The kill -9 drill against this suite: nothing acknowledged may be lost, doubled, torn or undone.

    python bench/drill.py [--kills 50] [--dir DIR] [--base 13000] [--start serve|twistd]
                          [--workers N] [--relay mx|smarthost] [--seed N] [durability.py's options ...]

Makes a host in DIR (a new temporary folder unless named), with a DNS zone of its own, and lets
durability.py load it, kill every process of it and start it again (of several workers every second
time one alone, without a restart). One client submits mail for
`far.example` all the time: by MX through that zone, or by a smarthost; both lead to the sink of
durability.py, so that mail on its way out is counted as well.

A host that was killed between the 250 of another host and its own record of it sends the message
again: nobody can tell that from a loss. So `relay-doubled` is allowed, for each kill as often as
there are connections to one destination. Every other fault ends with exit 1.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import shlex
import subprocess
import sys
import tempfile

import ours

HERE = pathlib.Path(__file__).resolve().parent
DNS, SINK = 53, 26  # added to --base
CONNECTIONS = 10  # [limits] relay_connections_per_destination
ZONE = {
    "far.example": {"MX": ["10 mx.far.example."]},
    "mx.far.example": {"A": ["127.0.0.1"]},
}
DNS_OF_ITS_OWN = """
[dns]
servers = ["127.0.0.1:%d"]
"""
RELAY = """
[relay]
port = %d
allow_private = true
retry = ["1s"]
smarthost = "%s"
"""


def main() -> int:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--kills", type=int, default=50)
    ap.add_argument("--dir")
    ap.add_argument("--base", type=int, default=13000)
    ap.add_argument("--users", type=int, default=5)
    ap.add_argument("--start", choices=["serve", "twistd"], default="serve")
    ap.add_argument("--workers", type=int, default=1)
    ap.add_argument("--relay", choices=["mx", "smarthost"], default="mx")
    a, more = ap.parse_known_args()
    folder = a.dir or tempfile.mkdtemp(prefix="drill-")
    dns, sink = a.base + DNS, a.base + SINK
    smarthost = f"127.0.0.1:{sink}" if a.relay == "smarthost" else ""
    a.more = DNS_OF_ITS_OWN % dns + RELAY % (sink, smarthost)
    a.dir = folder
    host = ours.host(a)
    words = host.twistd() if a.start == "twistd" else [sys.executable, "-m", "mailsuite.cli.main"]
    words += ["--config", str(host.config)]
    if a.start == "serve":
        words.append("serve")
    zone = host.folder / "zone.json"
    zone.write_text(json.dumps(ZONE))
    print(f"{folder}: {shlex.join(words)}", flush=True)
    names = subprocess.Popen([sys.executable, "-m", "tests.nameserver", str(zone), str(dns)], cwd=ours.ROOT)
    try:
        return drill(a, host, words, sink, more)
    finally:
        names.terminate()
        names.wait()


def drill(a: argparse.Namespace, host: ours.Host, words: list[str], sink: int, more: list[str]) -> int:
    """Run durability.py and judge what it found."""
    start = f"cd {shlex.quote(str(host.folder))} && exec {shlex.join(words)} >> {shlex.quote(str(host.log))} 2>&1"
    if a.workers > 1:
        more = ["--one", "mailsuite.service.worker", *more]
    load = subprocess.Popen(
        [sys.executable, str(HERE / "durability.py"), "--start", start, "--kills", str(a.kills),
         "--users", str(a.users), "--smtp", str(host.ports["smtp"]), "--imap", str(host.ports["imap"]),
         "--relay-port", str(host.ports["submission"]), "--relay-auth", "--relay-rcpt", "somebody@far.example",
         "--sink-port", str(sink), "--log", str(host.folder / "acknowledged"), "--json", *more],
        stdout=subprocess.PIPE, text=True,
    )
    last = ""
    for line in load.stdout:
        print(line, end="", flush=True)
        last = line
    load.wait()
    if not last.startswith("{"):
        return load.returncode or 1
    found = json.loads(last)
    faults = dict(found["faults"])
    again = faults.pop("relay-doubled", 0)
    whole = found["acked"] and found["relayed"] and not faults and again <= a.kills * CONNECTIONS
    print(f"{a.kills} kills: {'nothing lost, doubled, torn or undone' if whole else f'FAULTS {faults}'}"
          f"; {again} of {found['relayed']} relayed messages sent twice")
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
