"""Root's rights are given up before anything is opened."""

import json
import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from mailsuite.cli.commands import Refused
from mailsuite.cli.main import run
from mailsuite.service.footing import Unfit
from mailsuite.service.rights import become

NOBODY = pwd.getpwnam("nobody")
BIND = 1 << 10
# What the process is, from the kernel: after becoming the user, and after the doors are open.
PROGRAM = """
import json, os, sys
from pathlib import Path
from mailsuite.service.rights import become, bind_no_more

def told():
    lines = dict(line.split(":\\t", 1) for line in open("/proc/self/status") if ":\\t" in line)
    return {
        "uids": sorted(set(map(int, lines["Uid"].split()))),
        "gids": sorted(set(map(int, lines["Gid"].split()))),
        "permitted": int(lines["CapPrm"], 16),
        "effective": int(lines["CapEff"], 16),
        "no_new_privileges": int(lines["NoNewPrivs"]),
    }

data_dir = Path(sys.argv[2])
try:
    become(sys.argv[1], data_dir)
except Exception as error:
    print(json.dumps(str(error)))
    raise SystemExit
first = told()
try:
    os.setuid(0)
except OSError:
    pass
bind_no_more()
print(json.dumps([first, told()]))
"""


def became(user: str, data_dir: Path):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, user, str(data_dir)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.threat("O4")
def test_root_goes_for_good_and_so_does_the_right_to_bind(tmp_path: Path) -> None:
    """Who is not root cannot become anybody else, and hears it in one sentence."""
    told = became("nobody", tmp_path / "var")
    if os.geteuid() != 0:
        assert told == 'user = "nobody": only root can become that user; start it as root or as he.'
        return
    bound, after = told
    assert bound["uids"] == after["uids"] == [NOBODY.pw_uid]
    assert bound["gids"] == after["gids"] == [NOBODY.pw_gid]
    # A container may lack even this one.
    assert bound["permitted"] == bound["effective"]
    assert bound["permitted"] in (BIND, 0)
    assert after["permitted"] == after["effective"] == 0
    assert bound["no_new_privileges"] == 1
    found = (tmp_path / "var").stat()
    assert (found.st_uid, found.st_mode & 0o777) == (NOBODY.pw_uid, 0o700)


def test_an_unknown_user_starts_nothing(tmp_path: Path) -> None:
    with pytest.raises(Unfit, match="no such user"):
        become("nobody-of-that-name", tmp_path / "var")
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("user", ["", pwd.getpwuid(os.geteuid()).pw_name])
def test_who_is_that_user_already_changes_nothing(user: str, tmp_path: Path) -> None:
    become(user, tmp_path / "var")
    assert not (tmp_path / "var").exists()


def test_serving_as_an_unknown_user_is_refused_in_a_sentence(tmp_path: Path, capsys) -> None:
    file = tmp_path / "mailsuite.toml"
    file.write_text('hostname = "mail.example.test"\ndata_dir = "var"\nuser = "not-here"\n')
    assert run(["--config", str(file), "serve"]) == 78
    assert capsys.readouterr().err == 'user = "not-here": there is no such user on this machine.\n'
    if os.geteuid() == 0:
        with pytest.raises(Refused, match="no such user"):
            run(["--config", str(file), "domain", "list"])
