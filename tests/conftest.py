"""What tests share: a store of their own, copied from a template."""

import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from mailsuite.store.opening import Store, open_store

SYNCHRONOUS_OFF = 0

# No assertion is timed: a busy machine makes no test fail. CI tries the same examples each time,
# so that it says the same of the same tree; everybody else tries new ones.
settings.register_profile("untimed", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("untimed")


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


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Undo pytest-twisted's wrapping of a property test, or its next parameter is wrapped twice."""
    tested = getattr(pyfuncitem.obj, "hypothesis", None)
    inner = getattr(tested, "inner_test", None)
    try:
        return (yield)
    finally:
        if tested is not None:
            tested.inner_test = inner
