"""What must hold before anything is opened: libraries, the folder, the rights of the process."""

import os
import re
import resource
import stat
from importlib import metadata
from pathlib import Path

# The oldest releases without a known hole in what a mail host leans on (threat O5).
FLOORS = {
    "Twisted": (26, 4),
    "pyOpenSSL": (26, 0),
    "cryptography": (46, 0, 6),
    "idna": (3, 15),
}


class Unfit(Exception):  # noqa: N818 - a state, not a mistake
    """Why the suite does not start here: one sentence."""


def check_libraries() -> None:
    """Refuse to run on a library with known holes. Raises `Unfit`."""
    for name, floor in FLOORS.items():
        there = metadata.version(name)
        numbers = tuple(int(part) for part in re.findall(r"\d+", there)[: len(floor)])
        if numbers < floor:
            wanted = ".".join(map(str, floor))
            raise Unfit(f"{name} {there} has known holes; install {wanted} or later.")


def restrain() -> None:
    """Keep what the process makes to its owner: files, and no core dumps with passwords (O2, O4).

    Descriptors are the other way round: a connection costs one, so all that may be had are.
    """
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def prepare_data_dir(data_dir: Path) -> None:
    """Make the folder, or refuse one that others may write to. Raises `Unfit`."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = data_dir.stat()
    except OSError as error:
        raise Unfit(f"data_dir {data_dir} cannot be made: {error.strerror}.") from None
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise Unfit(
            f"data_dir {data_dir} may be written by others than its owner; "
            f"run chmod 700 {data_dir}."
        )
    if found.st_uid != os.geteuid():
        raise Unfit(f"data_dir {data_dir} belongs to another user than the one who starts this.")
