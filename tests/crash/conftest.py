"""Folders with a store in them, to be hurt."""

import shutil
from pathlib import Path

import pytest

from tests.crash.injection import run_scenario


@pytest.fixture(scope="session")
def one_account(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data_dir with one account and no mail, closed in good order."""
    data_dir = tmp_path_factory.mktemp("crash") / "var"
    assert run_scenario(data_dir, jobs=0).told.closed
    return data_dir


@pytest.fixture
def data_dir(one_account: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(one_account, tmp_path / "var"))
