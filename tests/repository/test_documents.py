"""The documents tell of every setting and command."""

import argparse
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from attrs import fields

from mailsuite.cli.main import parser
from tests.config.test_reading import TABLES

ROOT = Path(__file__).parents[2]
OPERATING = (ROOT / "docs" / "operating.md").read_text()


def commands() -> list[str]:
    """Every noun with its verbs, from the parser itself."""
    found = []
    for noun, about in _choices(parser()).items():
        verbs = _choices(about)
        found += [f"{noun} {verb}" for verb in verbs] or [noun]
    return found


def _choices(of: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in of._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


@pytest.mark.parametrize("command", commands())
def test_each_command_is_documented(command):
    assert re.search(rf"`(mailsuite )?{command}[ `]", OPERATING)


@pytest.mark.parametrize("table", TABLES)
def test_each_setting_is_documented(table):
    section = OPERATING.partition(f"### `[{table}]`")[2].partition("\n### ")[0]
    missing = [a.name for a in fields(TABLES[table]) if f"| `{a.name}` |" not in section]
    assert not missing


def test_the_readme_opens_with_the_two_commands():
    assert (ROOT / "README.md").read_text().splitlines()[2:4] == ["    make serve", "    make test"]


def test_every_document_that_is_linked_is_there():
    for document in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_systemd_accepts_the_units():
    """`make test` installs systemd's tools where they are missing and that is possible."""
    program = shutil.which("systemd-analyze")
    assert program, "systemd-analyze is missing: install the package systemd"
    units = [str(ROOT / "etc" / name) for name in ("mailsuite.service", "mailsuite.socket")]
    done = subprocess.run(
        [program, "verify", *units], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
