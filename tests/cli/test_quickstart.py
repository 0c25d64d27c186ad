"""`make serve`: written once, the password shown once."""

import pytest

from mailsuite import config as configuration
from mailsuite.cli import quickstart
from mailsuite.cli.asking import carry_out
from mailsuite.cli.supervising import Supervisor


@pytest.fixture
def serve(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Supervisor, "run", lambda self: 0)

    def run(**environment):
        for name in ("HOST", "DOMAIN"):
            monkeypatch.setenv(name, environment.get(name, ""))
        assert quickstart.main() == 0
        return capsys.readouterr().out

    return run


def password(told):
    return told.partition("  password  ")[2].partition("\n")[0]


def test_the_second_start_works_and_shows_no_password(serve, tmp_path):
    first = serve()
    assert len(password(first)) == 16
    assert "curl -k -u me@example.test 'imaps://127.0.0.1:2993/INBOX'" in first
    assert "From a phone" not in first
    written = (tmp_path / "var" / "serve.toml").read_text()
    assert password(first) not in written
    second = serve()
    assert password(first) not in second
    assert (tmp_path / "var" / "serve.toml").read_text() == written
    config = configuration.load(quickstart.FILE)
    (account,) = carry_out(config, "account list", {})
    assert (account["name"], account["role"]) == ("me@example.test", "admin")
    (alias,) = carry_out(config, "alias list", {})
    assert alias == {"address": "postmaster@example.test", "targets": ["me@example.test"]}


def test_host_and_domain_are_honoured(serve):
    told = serve(HOST="0.0.0.0", DOMAIN="club.example")
    assert "me@club.example" in told
    assert "IMAP 127.0.0.1 port 2993" in told
    config = configuration.load(quickstart.FILE)
    assert config.hostname == "mail.club.example"
    assert config.listen.imaps == ("tcp:2993",)
    assert "change nothing" in serve(HOST="127.0.0.1")


def test_loopback_in_both_families_where_there_are_two(monkeypatch):
    monkeypatch.setattr(quickstart, "_has_ipv6", lambda: True)
    config = configuration.parse(quickstart.written("", "a.test"), quickstart.FILE)
    assert config.listen.smtp == (
        "tcp:2525:interface=127.0.0.1",
        r"tcp:2525:interface=\:\:1",
    )
    monkeypatch.setattr(quickstart, "_has_ipv6", lambda: False)
    assert quickstart.interfaces("") == ("127.0.0.1",)


def test_what_is_printed_names_the_address_that_is_listened_on(serve):
    told = serve(HOST="192.0.2.7")
    assert "IMAP 192.0.2.7 port 2993" in told
    assert "127.0.0.1" not in told
