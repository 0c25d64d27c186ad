"""What must hold before anything is opened."""

import os
import resource
from importlib import metadata

import pytest

from mailsuite.service import footing
from mailsuite.service.footing import Unfit, check_libraries, prepare_data_dir, restrain


@pytest.mark.threat("O5")
def test_the_libraries_here_are_new_enough():
    check_libraries()


@pytest.mark.threat("O5")
@pytest.mark.parametrize("name", footing.FLOORS)
def test_an_old_library_stops_the_start(name, monkeypatch):
    there = metadata.version
    monkeypatch.setattr(metadata, "version", lambda asked: "3.1" if asked == name else there(asked))
    with pytest.raises(Unfit, match=rf"^{name} 3\.1 has known holes; install .* or later\.$"):
        check_libraries()


@pytest.mark.threat("O4")
def test_data_dir_is_made_for_its_owner_alone(tmp_path):
    before = os.umask(0o022)
    try:
        prepare_data_dir(tmp_path / "a" / "var")
    finally:
        os.umask(before)
    assert (tmp_path / "a" / "var").stat().st_mode & 0o777 == 0o700


@pytest.mark.threat("O4")
@pytest.mark.parametrize("mode", [0o770, 0o702, 0o777])
def test_a_data_dir_that_others_may_write_stops_the_start(tmp_path, mode):
    tmp_path.chmod(mode)
    with pytest.raises(Unfit, match="may be written by others"):
        prepare_data_dir(tmp_path)


def test_a_data_dir_that_cannot_be_made_gets_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(Unfit, match="cannot be made"):
        prepare_data_dir(tmp_path / "file" / "var")


@pytest.mark.threat("O2")
def test_no_core_dumps_and_files_for_the_owner_alone():
    before = os.umask(0o022)
    limits = [resource.getrlimit(kind) for kind in (resource.RLIMIT_CORE, resource.RLIMIT_NOFILE)]
    try:
        restrain()
        assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
        assert os.umask(0o077) == 0o077
    finally:
        os.umask(before)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits[1])
