"""Start and stop a suite in one directory, on loopback, on unprivileged ports, to be measured.

    python bench/ours.py start --dir DIR [--base 12000] [--users 20] [--workers 1] [--more TOML]
    python bench/ours.py stop --dir DIR

Ports from --base as peers/postfix_dovecot.py: +25 smtp, +87 submission, +65 submissions, +43 imap,
+93 imaps, +10 pop3, +95 pop3s. Users u0@example.net ... with password `secret`; signing in without
TLS is allowed from loopback (`[sign_in] plaintext_from`), and loopback is not counted or slowed.
The pid is in DIR/pid.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.interop.host import Host  # noqa: E402

OFFSETS = {"smtp": 25, "submission": 87, "submissions": 65, "imap": 43, "imaps": 93, "pop3": 10, "pop3s": 95}
MORE = """
[sign_in]
plaintext_from = ["127.0.0.0/8", "::1/128"]
[inbound]
trusted = ["127.0.0.0/8", "::1/128"]
[limits]
connections_per_address = 10000
connections_per_network = 10000
connections_per_account = 10000
submissions_per_minute = 1000000
submissions_burst = 1000000
submissions_per_hour = 100000000
"""


def host(a: argparse.Namespace) -> Host:
    ports = {door: a.base + offset for door, offset in OFFSETS.items()}
    folder = pathlib.Path(a.dir)
    fresh = not (folder / "var").exists()
    if not fresh:
        made = Host.__new__(Host)
        made.folder, made.domain, made.address, made.ports = folder, "example.net", "127.0.0.1", ports
        made.config, made.log, made.process = folder / "mailsuite.toml", folder / "log", None
        return made
    made = Host(folder, "example.net", ports=ports, more=f"workers = {a.workers}\n{MORE}{a.more}")
    for n in range(a.users):
        made.account(f"u{n}")
    return made


def start(a: argparse.Namespace) -> None:
    h = host(a)
    with h.log.open("ab") as log:
        h.process = subprocess.Popen(
            [*h.twistd(), "--config", str(h.config)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            cwd=h.folder, start_new_session=True,
        )
    (h.folder / "pid").write_text(str(h.process.pid))
    h.wait()
    print(h.process.pid)


def stop(a: argparse.Namespace) -> None:
    pid = int((pathlib.Path(a.dir) / "pid").read_text())
    os.kill(pid, signal.SIGTERM)
    for _ in range(400):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    raise SystemExit("the suite did not end within 40 s")


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("what", choices=["start", "stop"])
    ap.add_argument("--dir", required=True)
    ap.add_argument("--base", type=int, default=12000)
    ap.add_argument("--users", type=int, default=20)
    ap.add_argument("--workers", type=int, default=1)
    ap.add_argument("--more", default="")
    a = ap.parse_args()
    {"start": start, "stop": stop}[a.what](a)


if __name__ == "__main__":
    main()
