"""House rules that no linter knows."""

import re
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from tests.repository.capabilities import advertised, places_tested, rfcs_of
from tests.repository.protocols import page
from tests.repository.registered import DOORS, modules, registered

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "mailsuite"
TEXT = {".py", ".md", ".toml", ".txt", ".service", ".socket", ""}


def tracked() -> list[Path]:
    told = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout
    listed = [ROOT / name for name in told.splitlines()] or list(ROOT.rglob("*.py"))
    return [path for path in listed if path.suffix in TEXT and path.is_file()]


@pytest.mark.parametrize("door", DOORS)
def test_each_registered_name_cites_its_rfc_and_stands_in_one_module(door):
    places = defaultdict(set)
    for one in registered(door):
        places[one.kind, one.name].add(one.module.name)
        assert one.rfcs or "draft-" in one.words + one.about, f"{one.module}: {one.function}"
    assert places
    assert not {key: found for key, found in places.items() if len(found) > 1}


@pytest.mark.parametrize("door", DOORS)
def test_each_module_of_commands_and_extensions_cites_an_rfc(door):
    for path in modules(door):
        assert re.search(r"RFC \d{3,5}|draft-", path.read_text()), path


def test_the_table_of_protocols_is_that_of_the_registries():
    """`make docs` writes it anew."""
    assert (ROOT / "docs" / "protocols.md").read_text() == page()


def test_each_capability_has_its_rfc_and_its_test():
    found = advertised()
    assert {"IDLE", "CONDSTORE", "THREAD=REFERENCES"} <= set(found)
    for name, module in found.items():
        assert rfcs_of(module), name
        assert places_tested(name, module), name


def test_no_module_is_named_for_nothing():
    empty = {"manager", "handler", "helper", "util", "utils", "common", "misc", "base", "server_"}
    for path in PACKAGE.rglob("*.py"):
        assert path.stem not in empty, path


def test_no_machine_path_and_no_registry_is_in_the_tree():
    # Where this checkout lies, and whose home it is, stands nowhere in it.
    places = "|".join(re.escape(f"{place}/") for place in (ROOT, Path.home()))
    around = re.compile(rf"{places}|--(?:extra-)?index-url\s+\S|--find-links\s+\S")
    for path in tracked():
        if path != Path(__file__):
            found = around.search(path.read_text(errors="replace"))
            assert found is None, f"{path}: {found and found.group()}"


def test_nothing_is_left_to_do_in_the_code():
    left = re.compile(
        r"\b(?:TODO|FIXME|XXX)\b|pytest\.(?:mark\.)?(?:skip|xfail)|\b(?:skipif|importorskip|skipTest|SkipTest)\b"
    )
    for path in tracked():
        if path.suffix == ".py" and path != Path(__file__):
            found = left.search(path.read_text())
            assert found is None, f"{path}: {found and found.group()}"


@pytest.mark.threat("O5")
def test_every_locked_dependency_has_its_hashes():
    lock = (ROOT / "requirements.txt").read_text()
    pinned = re.findall(
        r"^([a-z0-9.-]+)==\S+ \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)",
        lock,
        re.MULTILINE,
    )
    assert len(pinned) == lock.count("==")
    assert "http" not in lock
