"""A disk that loses power: what a recorded run leaves when unsynced writes are lost or torn.

The run is recorded by strace with every octet it wrote. At any moment of it the disk may hold
everything that was synced, and of what came later any part: each write whole, torn at a sector,
or not at all; each new name or not. The hardest rules are taken, not those of one file system:
a name is certain only after an fsync of its folder.
"""

import random
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from attrs import define, field, frozen

from tests.crash.injection import ROOT, strace

SECTOR = 512
CALLS = "pwrite64,write,fdatasync,fsync,ftruncate,rename,unlink,openat,mkdir"
# A process id under 10,000 is filled up to five places.
LINE = re.compile(r"^\d+ +(\w+)\((.*)\) += (-?\d+)")
UNFINISHED = re.compile(r" *<unfinished \.\.\.>$")
RESUMED = re.compile(r" *<\.\.\. \w+ resumed>")
DESCRIPTOR = re.compile(r"^\d+<([^>]*)>(?:\(deleted\))?")
STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


@frozen
class Call:
    """One system call that went well."""

    name: str
    path: str
    octets: bytes = b""
    at: int = -1  # offset, or size for ftruncate; -1: at the end
    target: str = ""


def record(data_dir: Path, jobs: int) -> tuple[list[Call], str]:
    """Run the scenario; its calls in order, and what it said."""
    log = data_dir.parent / "power.log"
    traced = [strace(), "-f", "-qq", "-y", "-xx", "-s", "1000000", "-o", str(log)]
    program = [sys.executable, "-m", "tests.crash.scenario", str(data_dir), str(jobs)]
    command = [*traced, "-e", f"trace={CALLS}", *program]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    with log.open() as lines:
        calls = list(calls_of(lines, str(data_dir)))
    said = b"".join(call.octets for call in calls if call.path == "stdout")
    assert said.decode() == ran.stdout, "strace did not see all of the run"
    return calls, ran.stdout


def calls_of(lines: Iterable[str], root: str) -> Iterator[Call]:
    """The calls in strace's log that went well and touch the folder, or tell something."""
    begun: dict[str, str] = {}  # by process: a call that another thread's line has cut in two
    for line in lines:
        process, _, rest = line.partition(" ")
        whole = line
        if (cut := UNFINISHED.search(line)) is not None:
            begun[process] = line[: cut.start()]
            continue
        if (resumed := RESUMED.match(rest)) is not None:
            whole = begun.pop(process) + rest[resumed.end() :]
        found = LINE.match(whole)
        if found is None or int(found[3]) < 0:
            continue
        call = _call(found[1], found[2], int(found[3]))
        if call.path.startswith(root) or call.path == "stdout":
            yield call


def _call(name: str, arguments: str, result: int) -> Call:
    strings = [bytes.fromhex(text.replace("\\x", "")) for text in STRING.findall(arguments)]
    if name in {"rename", "unlink", "mkdir"}:
        target = strings[1].decode() if len(strings) > 1 else ""
        return Call(name, strings[0].decode(), target=target)
    if name == "openat":
        made = "O_CREAT" in arguments
        return Call("create" if made else "open", strings[0].decode())
    descriptor = DESCRIPTOR.match(arguments)
    path = _plain(descriptor[1]) if descriptor else ""
    if name == "write":
        where = "stdout" if arguments.startswith("1<") else path
        return Call(name, where, strings[0][:result])
    if name == "pwrite64":
        return Call(name, path, strings[0][:result], int(arguments.rsplit(", ", 1)[1]))
    if name == "ftruncate":
        return Call(name, path, at=int(arguments.rsplit(", ", 1)[1]))
    return Call(name, path)


def _plain(path: str) -> str:
    if "\\x" in path:
        return bytes.fromhex(path.replace("\\x", "")).decode()
    return path


@define(eq=False)
class _File:
    durable: bytearray = field(factory=bytearray)
    pending: list[Call] = field(factory=list)
    size: int = 0  # with everything that is pending


@define
class Disk:
    """Files and names as the run left them, synced or not yet. None stands for a folder."""

    root: str
    now: dict[str, _File | None] = field(factory=dict)  # as the run sees it
    certain: dict[str, _File | None] = field(factory=dict)
    unsure: list[tuple[str, _File | None, bool]] = field(factory=list)  # name, what, is there

    def load(self, data_dir: Path) -> None:
        """What is there before the run, long synced."""
        for path in sorted(data_dir.rglob("*")):
            name = f"{self.root}/{path.relative_to(data_dir)}"
            octets = path.read_bytes() if path.is_file() else b""
            file = _File(bytearray(octets), size=len(octets)) if path.is_file() else None
            self.now[name] = self.certain[name] = file

    def apply(self, call: Call) -> None:
        """One more call of the run."""
        if call.name in {"pwrite64", "write", "ftruncate"}:
            self._write(call)
        elif call.name in {"fsync", "fdatasync"}:
            self._sync(call.path)
        elif call.name == "rename":
            file = self.now[call.path]
            self._name(call.target, file, there=True)
            self._name(call.path, file, there=False)
        elif call.name == "unlink":
            self._name(call.path, self.now.get(call.path), there=False)
        elif call.name == "mkdir":
            self._name(call.path, None, there=True)
        elif call.name == "create" and call.path not in self.now:
            self._name(call.path, _File(), there=True)

    def _name(self, path: str, file: _File | None, *, there: bool) -> None:
        self.unsure.append((path, file, there))
        _settle(self.now, path, file, there=there)

    def _write(self, call: Call) -> None:
        file = self.now[call.path]
        assert file is not None
        if call.name == "ftruncate":
            file.size = call.at
        else:
            at = file.size if call.at < 0 else call.at
            call = Call(call.name, call.path, call.octets, at)
            file.size = max(file.size, at + len(call.octets))
        file.pending.append(call)

    def _sync(self, path: str) -> None:
        in_folder = [e for e in self.unsure if str(Path(e[0]).parent) == path]
        self.unsure = [e for e in self.unsure if str(Path(e[0]).parent) != path]
        for name, what, there in in_folder:
            _settle(self.certain, name, what, there=there)
        file = self.now.get(path)
        if file is not None:
            for call in file.pending:
                _put(file.durable, call)
            file.pending.clear()

    def cut(self, into: Path, chance: random.Random) -> None:
        """Write into a folder what the power cut leaves: chance decides on all that is unsynced."""
        names = dict(self.certain)
        for name, what, there in self.unsure:
            if chance.random() < 0.5:
                _settle(names, name, what, there=there)
        into.mkdir()
        for name, file in sorted(names.items(), key=lambda item: item[0]):
            parents = [str(p) for p in Path(name).parents if str(p).startswith(f"{self.root}/")]
            if not names.keys() >= set(parents):
                continue
            path = into / Path(name).relative_to(self.root)
            if file is None:
                path.mkdir(exist_ok=True)
            else:
                path.write_bytes(_left(file, chance))


def _settle(names: dict[str, _File | None], path: str, file: _File | None, *, there: bool) -> None:
    if there:
        names[path] = file
    else:
        names.pop(path, None)


def _left(file: _File, chance: random.Random) -> bytes:
    octets = bytearray(file.durable)
    rate = chance.choice((0.0, 0.5, 0.9, 1.0))
    for call in file.pending:
        if chance.random() > rate:
            continue
        if call.octets and chance.random() < 0.2:
            torn = SECTOR * chance.randrange(len(call.octets) // SECTOR + 1)
            call = Call(call.name, call.path, call.octets[:torn], call.at)  # noqa: PLW2901
        _put(octets, call)
    return bytes(octets)


def _put(octets: bytearray, call: Call) -> None:
    if call.name == "ftruncate":
        del octets[call.at :]
        octets.extend(bytes(call.at - len(octets)))
        return
    if len(octets) < call.at:
        octets.extend(bytes(call.at - len(octets)))
    octets[call.at : call.at + len(call.octets)] = call.octets
