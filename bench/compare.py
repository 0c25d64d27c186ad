"""The suite beside Postfix + Dovecot (Maildir) in one run: who is faster, by how much, and who was the limit.

    python bench/compare.py [--dir var/bench] [--rounds 3] [--big 10000,100000] [--peer/--no-peer] [--groups smtp,imap,idle,memory] [--workers 1,2]

Starts both hosts itself (the peer needs Debian's postfix and dovecot packages), runs the load programs against them in
turn, round by round, and prints medians, ratios, and the goals of docs/performance.md that were met. DIR keeps the raw
lines (ours.jsonl, pd.jsonl). A row whose program did not exit 0 is marked `!` and is no number. Nothing here is a test:
the machine's noise decides a single run.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
OURS, PEER = 12000, 13000  # two thousand more for each further number of workers
IMAP_ROWS = "select,fetch-flags,fetch-env,fetch-bodies,fetch-one,store-all,store-one,sync"


def program(*words: object, check: bool = True) -> str:
    done = subprocess.run([sys.executable, *map(str, words)], capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise SystemExit(f"{' '.join(map(str, words))}: {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


class Host:
    """One host under test and the file that its lines go to."""

    def __init__(self, name: str, base: int, folder: pathlib.Path, workers: int = 0) -> None:
        self.name, self.base, self.dir = name, base, folder / name
        self.out = folder / f"{name}.jsonl"
        self.out.unlink(missing_ok=True)
        self.workers = workers  # of ours; 0: the peer

    def start(self) -> str:
        if self.workers:
            return program(HERE / "ours.py", "start", "--dir", self.dir, "--base", self.base, "--workers", self.workers).strip()
        self.dir.mkdir(parents=True, exist_ok=True)
        program(HERE / "peers/postfix_dovecot.py", "start", "--dir", self.dir, "--base", self.base)
        pids = program(HERE / "peers/postfix_dovecot.py", "pids", "--dir", self.dir).split()
        return ",".join(pids)

    def stop(self) -> None:
        place = HERE / ("ours.py" if self.workers else "peers/postfix_dovecot.py")
        program(place, "stop", "--dir", self.dir, check=False)

    def suite(self, pid: str, groups: str, *more: object) -> None:
        words = [HERE / "suite.py", "run", "--name", self.name, "--out", self.out, "--pid", pid, "--rounds", 1]
        words += ["--smtp", self.base + 25, "--imap", self.base + 43, "--imaps", self.base + 93, "--pop", self.base + 10]
        words += ["--submission", self.base + 87, "--groups", groups, *more]
        print(program(*words), end="", flush=True)

    def tls_idle(self, pid: str, rnd: int, count: int) -> None:
        said = program(
            HERE / "imap_load.py", "--port", self.base + 93, "--tls", "--users", 20, "--idlers", count, "--sources", 64,
            "--pid", pid, "--json", "idle-conns", check=False,
        )
        with self.out.open("a") as out:
            for line in said.splitlines():
                if line.startswith("{"):
                    row = {**json.loads(line), "peer": self.name, "round": rnd, "label": f"TLS n{count} idle-conns", "rc": 0}
                    out.write(json.dumps(row) + "\n")
                    print(self.name, row["label"], row.get("pss_per_conn_KiB"), "KiB a connection", flush=True)


def rows(path: pathlib.Path) -> dict[str, list[dict[str, float]]]:
    found: dict[str, list[dict[str, float]]] = {}
    for line in path.read_text().splitlines() if path.exists() else []:
        row = json.loads(line)
        if "scenario" in row:
            found.setdefault(row["label"], []).append(row)
    return found


def figure(lines: list[dict[str, float]], *names: str) -> float | None:
    for name in names:
        values = sorted(float(line[name]) for line in lines if line.get(name) is not None)
        if values:
            return values[len(values) // 2]
    return None


def summary(ours: pathlib.Path, peer: pathlib.Path) -> None:
    """What the issue asks for, as ratios of this run."""
    we, they = rows(ours), rows(peer)
    print("\n| row | figure | ours | Postfix + Dovecot | ratio (over 1: ours is better) | limit: cpu of ours, of the program |\n|---|---|---|---|---|---|")
    for label, lines in we.items():
        rate = ("visible_per_s",) if label.startswith(("smtp", "submission")) else ()
        time_names = ("cmd_p50_ms", "ms", "p50_ms")
        if "idle-conns" in label:
            names: tuple[str, ...] = ("pss_per_conn_KiB",)
        else:
            names = rate or time_names
        a, b = figure(lines, *names), figure(they.get(label, []), *names)
        if a is None:
            continue
        better = None if not a or not b else (a / b if rate else b / a)
        bad = "!" if any(line.get("rc") for line in lines) else ""
        cpu = f"{figure(lines, 'srv_cpu_pct') or 0:.0f} %, {figure(lines, 'gen_cpu_pct') or 0:.0f} %"
        print(f"| {label}{bad} | {names[0]} | {a:.4g} | {'-' if b is None else f'{b:.4g}'} | {'-' if better is None else f'{better:.2f}'} | {cpu} |")


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--dir", type=pathlib.Path, default=HERE.parent / "var" / "bench")
    ap.add_argument("--rounds", type=int, default=3)
    ap.add_argument("--big", default="10000,100000", help="sizes of the mailboxes to fill, comma-separated")
    ap.add_argument("--peer", action=argparse.BooleanOptionalAction, default=True)
    ap.add_argument("--groups", default="smtp,imap,idle,memory")
    ap.add_argument("--messages", type=int, default=2000)
    ap.add_argument("--idlers", type=int, default=1000)
    ap.add_argument("--corpus")
    ap.add_argument("--rows", default=IMAP_ROWS)
    ap.add_argument("--workers", default="1", help="processes of ours, comma-separated: a host for each")
    a = ap.parse_args()
    a.dir.mkdir(parents=True, exist_ok=True)
    counts = list(map(int, a.workers.split(",")))
    hosts = [
        Host("ours" if count == counts[0] else f"ours{count}", OURS + 2000 * n, a.dir, count)
        for n, count in enumerate(counts)
    ]
    hosts += [Host("pd", PEER, a.dir)] if a.peer else []
    pids = {host.name: host.start() for host in hosts}
    try:
        for rnd in range(1, a.rounds + 1):
            for host in hosts:
                pid = pids[host.name]
                for group in a.groups.split(","):
                    if group == "imap":
                        for size in map(int, filter(None, a.big.split(","))):
                            more: list[object] = ["--big", f"Big{size}", "--fill-n", size, "--scenarios", a.rows]
                            if rnd == 1:
                                more += ["--fill", size, *(["--corpus", a.corpus] if a.corpus else [])]
                            host.suite(pid, "imap", *more)
                    elif group == "memory":
                        host.suite(pid, "memory", "--idlers", a.idlers)
                        host.tls_idle(pid, rnd, a.idlers)
                    else:
                        host.suite(pid, group, "--messages", a.messages)
    finally:
        for host in hosts:
            host.stop()
    for host in hosts:
        if host.workers:
            print(f"\n{host.name}: {host.workers} worker(s)")
            summary(host.out, a.dir / "pd.jsonl")
    held = re.findall(r"event=reactor-held.*", (a.dir / "ours" / "log").read_text())
    print(f"\nreactor held over 50 ms: {len(held)} times" + "".join(f"\n  {line[:160]}" for line in held[:20]))


if __name__ == "__main__":
    main()
