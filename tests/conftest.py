"""What tests share: a store of their own, copied from a template."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailsuite.store.opening import Store, open_store

SYNCHRONOUS_OFF = 0


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store that has its tables and nothing in them."""
    folder = tmp_path_factory.mktemp("template")
    open_store(folder, synchronous=SYNCHRONOUS_OFF, reserve_octets=0).close()
    return folder


@pytest.fixture
def store(empty_store: Path, tmp_path: Path) -> Iterator[Store]:
    """A store of the test's own; every job runs at once, in the test's thread."""
    data_dir = tmp_path / "var"
    shutil.copytree(empty_store, data_dir)
    opened = open_store(
        data_dir, synchronous=SYNCHRONOUS_OFF, clock=lambda: 1_800_000_000, reserve_octets=0
    )
    yield opened
    opened.close()
