"""The control socket: where it is, and how long a line on it may be."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = "control.sock"
LINE_OCTETS = 16 * 1024 * 1024  # an answer lists the whole queue
REQUEST_OCTETS = 1024 * 1024
ADDRESS_OCTETS = 100  # a socket's path takes 107 (unix(7))


@contextmanager
def address(data_dir: Path) -> Iterator[str]:
    """The socket's path, short enough for the kernel however deep `data_dir` lies."""
    path = str(data_dir / NAME)
    if len(os.fsencode(path)) <= ADDRESS_OCTETS:
        yield path
        return
    folder = os.open(data_dir, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{NAME}"
    finally:
        os.close(folder)
