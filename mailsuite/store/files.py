"""Bodies too large for a row: immutable files under `data_dir/blobs`, named by their content.

A file is complete, fsynced and its directory entry too, before any transaction names it. What a
crash leaves is at worst an orphan, which `mailsuite.store.upkeep` sweeps after a day.
"""

import contextlib
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from attrs import frozen

TEMPORARY = "tmp"
SUFFIXES = ("", ".zst")  # by codec: 0 plain, 1 zstd


@frozen
class LargeFiles:
    """The folder of large bodies."""

    root: Path

    def path(self, digest: bytes, codec: int) -> Path:
        """Where the body of this SHA-256 lies; the codec is part of the name."""
        name = digest.hex()
        return self.root / name[:2] / name[2:4] / f"{name}{SUFFIXES[codec]}"

    def holds(self, digest: bytes, codec: int) -> bool:
        """Whether the file is there."""
        return self.path(digest, codec).exists()

    def write(self, chunks: Iterable[bytes]) -> Path:
        """Write a temporary file; `keep` or `drop` it. Removed again when writing fails."""
        folder = self.root / TEMPORARY
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / secrets.token_hex(16)
        try:
            with open(path, "xb", opener=_private) as file:
                file.writelines(chunks)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return path

    def keep(self, temporary: Path, digest: bytes, codec: int) -> None:
        """Give a temporary file its name; it survives a power cut when this returns.

        Written anew even where the name exists: that heals a damaged copy, and the fresh time
        keeps it from the sweeper until its row is committed.
        """
        try:
            sync(temporary)
            path = self.path(digest, codec)
            made = _folders(self.root, path.parent)
            temporary.rename(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        for folder in (path.parent, *made):
            sync(folder)

    def read(self, digest: bytes, codec: int) -> bytes:
        """The stored octets. Raises `OSError`."""
        return self.path(digest, codec).read_bytes()

    def open(self, digest: bytes, codec: int) -> BinaryIO:
        """The stored octets, to be read in pieces. Raises `OSError`."""
        return self.path(digest, codec).open("rb")

    def remove(self, digest: bytes, codec: int) -> None:
        """Delete the file, if it is there."""
        self.path(digest, codec).unlink(missing_ok=True)

    def listing(self) -> Iterator[tuple[Path, bytes | None, int]]:
        """Every file with the SHA-256 and codec that its name says; None for temporary ones."""
        for path in self.root.rglob("*"):
            if not path.is_file():
                continue
            digest = None
            if path.parent.name != TEMPORARY:
                with contextlib.suppress(ValueError):
                    digest = bytes.fromhex(path.stem)
            yield path, digest, int(path.suffix == SUFFIXES[1])


def sync(path: Path) -> None:
    """Put a file, or the entries of a folder, on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _folders(root: Path, folder: Path) -> list[Path]:
    """Make the folder; return the folders whose entries changed by that."""
    if folder.is_dir():
        return []
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return [folder.parent, root, root.parent]
