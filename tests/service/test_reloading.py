"""A changed configuration is taken whole or not at all."""

from pathlib import Path

import pytest
from attrs import evolve

from mailsuite.config import ConfigError, load
from mailsuite.service.certificates import wanted_pairs
from mailsuite.service.footing import Unfit
from mailsuite.service.reloading import in_force, need_restart, read_again

TEXT = 'hostname = "mail.example.test"\ndata_dir = "var"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mailsuite.toml"
    path.write_text(TEXT)
    return path


def test_what_needs_a_restart_is_named_and_stays(file):
    old = load(file)
    file.write_text(
        TEXT.replace("mail.", "mx.")
        + '[listen]\nimap = ["tcp:143"]\n[limits]\nhops = 7\n[relay]\nport = 26\n'
    )
    new = read_again(old)
    assert need_restart(old, new) == ["hostname", "[listen] imap"]
    now = in_force(old, new)
    assert (now.hostname, now.listen) == (old.hostname, old.listen)
    assert (now.limits.hops, now.relay.port) == (7, 26)
    assert need_restart(old, now) == []


@pytest.mark.threat("O8")
def test_a_wrong_file_leaves_everything_as_it_was(file):
    old = load(file)
    file.write_text(TEXT + "[limits]\nhops = 'x'\n")
    with pytest.raises(ConfigError, match=r"line 4: \[limits\] hops must be"):
        read_again(old)
    file.unlink()
    with pytest.raises(ConfigError, match="cannot be read"):
        read_again(old)


@pytest.mark.threat("O8")
def test_a_pair_that_cannot_be_used_refuses_the_whole(file, tmp_path):
    old = load(file)
    (pair,) = wanted_pairs(old)
    (tmp_path / "other").mkdir()
    (other,) = wanted_pairs(evolve(old, data_dir=tmp_path / "other"))
    file.write_text(TEXT + f'[tls]\ncertificate = "{pair.certificate}"\nkey = "{other.key}"\n')
    with pytest.raises(Unfit, match=r"\[tls\] .* is not the key of"):
        read_again(old)


def test_the_self_signed_pair_is_its_owners_alone(file):
    (pair,) = wanted_pairs(load(file))
    assert pair.key.stat().st_mode & 0o777 == 0o600
