"""Messages to read: the shared corpus when it is beside the checkout, else the small ones here."""

import functools
import tarfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
SMALL = ROOT / "tests" / "data" / "mime"
SHARED = ROOT.parent / "shared" / "corpus"
REAL = 400  # of the real ones; enough for every kind, quick enough for every run


def crlf(octets: bytes) -> bytes:
    """The message as a loader sends it."""
    return octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


@functools.cache
def messages() -> tuple[tuple[str, bytes], ...]:
    """Name and octets of each."""
    folders = [SMALL] + ([SHARED / "mime"] if (SHARED / "mime").is_dir() else [])
    found = [(p.name, crlf(p.read_bytes())) for f in folders for p in sorted(f.glob("*.eml"))]
    archive = SHARED / "real" / "mail-1.tar.gz"
    if archive.exists():
        with tarfile.open(archive) as tar:
            members = [m for m in tar.getmembers() if m.isfile()]
            for member in members[:: max(1, len(members) // REAL)]:
                file = tar.extractfile(member)
                assert file is not None
                found.append((member.name, crlf(file.read())))
    return tuple(found)
