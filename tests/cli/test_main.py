"""The command line: what people type, and what they are told."""

import io
import json
import re
import shutil

import pytest

from mailsuite.cli.main import main, parser

HOST = 'hostname = "mail.example.test"\ndata_dir = "var"\n'


@pytest.fixture
def command(tmp_path, monkeypatch, capsys, empty_store):
    """Run the command over a host on which no server runs; its code, output and errors."""
    shutil.copytree(empty_store, tmp_path / "var")
    (tmp_path / "var").chmod(0o700)
    (tmp_path / "mailsuite.toml").write_text(HOST)
    monkeypatch.chdir(tmp_path)

    def run(*words, given=""):
        monkeypatch.setattr("sys.stdin", io.StringIO(given))
        code = main(["--config", "mailsuite.toml", *words])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def test_a_host_is_set_up_without_a_server(command):
    assert command("domain", "add", "example.test")[0] == 0
    code, out, _ = command(
        "account", "add", "me@example.test", "--password-stdin", "--name", "Me", "--quota", "1G",
        given="secret\n",
    )  # fmt: skip
    assert (code, out.splitlines()[0]) == (0, "me@example.test (user, active)")
    assert "of 1.0 GiB" in command("account", "list")[1]
    assert command("alias", "add", "all@example.test", "me@example.test")[1] == (
        "all@example.test -> me@example.test\n"
    )
    assert command("queue", "list")[1] == "The queue is empty.\n"
    assert command("queue", "retry")[1] == "0 entries to be tried now.\n"
    assert command("status")[1] == "No server runs.\n"
    assert command("account", "role", "me@example.test", "admin")[0] == 0
    assert command("account", "quota", "me@example.test", "--messages", "5")[0] == 0
    assert "of 5 messages" in command("account", "show", "me@example.test")[1]
    assert command("search", "status", "me@example.test")[1] == "The index is whole (0 octets).\n"
    assert command("search", "rebuild", "me@example.test")[0] == 0
    assert command("account", "remove", "me@example.test")[1] == "The account is gone.\n"


def test_a_domains_keys_are_made_shown_and_changed(command):
    out = command("domain", "add", "example.test")[1]
    assert '._domainkey.example.test. IN TXT ("v=DKIM1; k=rsa; t=s; p=MII' in out
    assert all(len(piece) <= 255 for piece in re.findall(r'"([^"]*)"', out))
    dkim = ("domain", "dkim")
    assert command(*dkim, "list", "example.test")[1].count("waits for its record") == 2
    assert command(*dkim, "rotate", "example.test", "--now")[1].count("signs") == 2
    found = json.loads(command("--json", *dkim, "records", "example.test")[1])
    assert [key["algorithm"] for key in found] == ["rsa", "ed25519"]
    selector = found[0]["selector"]
    assert (
        "signs no more; its record is needed until"
        in (command(*dkim, "retire", "example.test", selector)[1])
    )
    assert command(*dkim, "list", "other.example")[2] == (
        "other.example is not a domain of this host.\n"
    )


def test_a_mailbox_is_shared_and_the_list_shows_it(command):
    command("domain", "add", "example.test")
    for name in ("ann", "bob"):
        address = f"{name}@example.test"
        assert command("account", "add", address, "--password-stdin", given="secret\n")[0] == 0
    assert command("mailbox", "list", "shared")[1] == "There is no mailbox.\n"
    assert command("mailbox", "create", "shared", "Team")[1] == "The mailbox is there.\n"
    shared = ("ann@example.test", "Drafts", "bob@example.test")
    assert command("mailbox", "share", *shared, "lrs")[1].splitlines()[1:] == [
        "ann@example.test  lrswipkxteacd",
        "bob@example.test  lrs",
    ]
    withheld = ("ann@example.test", "Drafts", "-bob@example.test", "s")
    assert command("mailbox", "share", "--", *withheld)[0] == 0
    listed = command("mailbox", "list", "ann@example.test")[1].splitlines()
    assert "Drafts   0         0       0 octets  Drafts   -bob@example.test s, " in listed[2]
    assert listed[2].endswith("bob@example.test lrs")
    assert "bob@example.test  lrs" not in command("mailbox", "unshare", *shared)[1]
    assert command("mailbox", "share", *shared, "lrZ")[2].count("\n") == 1


def test_an_empty_list_says_what_comes_next(command):
    assert command("domain", "list")[1].startswith("There is no domain yet: mailsuite domain add")
    assert command("account", "list")[1].startswith("There is no account yet: mailsuite account")
    assert command("alias", "list")[1] == "There is no alias.\n"
    assert command("--json", "alias", "list")[1] == "[]\n"


def test_json_is_what_scripts_read(command):
    command("domain", "add", "example.test")
    code, out, _ = command("--json", "domain", "list")
    assert code == 0
    assert [domain["name"] for domain in json.loads(out)] == ["example.test"]


def test_a_refusal_is_one_sentence_on_standard_error(command):
    code, out, err = command("domain", "show", "nowhere.test")
    assert (code, out) == (1, "")
    assert err == "nowhere.test is not a domain of this host.\n"


def test_a_wrong_configuration_is_one_sentence(command, tmp_path):
    (tmp_path / "mailsuite.toml").write_text(HOST + "wrkers = 1\n")
    code, _, err = command("domain", "list")
    assert code == 1
    assert err == ('mailsuite.toml, line 3: wrkers is not a known key; did you mean "workers"?\n')


@pytest.mark.threat("O2")
def test_a_password_is_never_taken_from_the_command_line(command, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["account", "add", "me@example.test", "marker-secret"])
    assert ended.value.code == 2
    assert "password" not in parser().format_usage()
    capsys.readouterr()
    code, _, err = command("account", "password", "me@example.test")
    assert code == 1
    assert err == "There is no terminal to ask for the password; use --password-stdin.\n"


def test_a_wrong_command_line_is_one_sentence(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["account", "fly"])
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.threat("O4")
def test_a_data_dir_of_somebody_else_is_not_touched(command, monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 12_345)
    code, _, err = command("domain", "list")
    assert code == 1
    assert "belongs to another user" in err


def test_check_says_what_is_wrong_in_plain_words(command, tmp_path):
    code, out, _ = command("check", "--no-dns")
    assert code == 0
    assert "store: sound, 0 domains, 0 accounts" in out
    assert "vouches for itself only" in out
    assert "no door for mail is open" in out
    key = tmp_path / "var" / "tls" / "self-signed.key"
    key.chmod(0o644)
    (tmp_path / "var" / "mailsuite.db").write_bytes(b"no database at all" * 1000)
    code, out, _ = command("check", "--no-dns")
    assert code == 1
    assert f"chmod 600 {key}" in out
    assert "wrong  store: " in out


def test_check_makes_nothing(command, tmp_path):
    """Whoever looks, perhaps as root, makes no folder that the host cannot use."""
    shutil.rmtree(tmp_path / "var")
    code, out, _ = command("check", "--no-dns")
    assert code == 0
    assert "var is not there yet: the first start makes it" in out
    assert not (tmp_path / "var").exists()


@pytest.mark.threat("O4")
def test_a_data_dir_that_others_may_write_is_told(command, tmp_path):
    (tmp_path / "var").chmod(0o777)
    code, out, _ = command("check", "--no-dns")
    assert code == 1
    assert "may be written by others" in out


@pytest.mark.threat("K17")
def test_a_damaged_search_index_is_told_of(command, tmp_path):
    command("domain", "add", "example.test")
    command("account", "add", "me@example.test", "--password-stdin", given="secret\n")
    assert "search index" not in command("check", "--no-dns")[1]
    (tmp_path / "var" / "fts").mkdir(mode=0o700, exist_ok=True)
    for number in range(1, 300):  # whichever id the account has
        (tmp_path / "var" / "fts" / f"{number}.db").write_bytes(b"no index")
    told = command("check", "--no-dns")[1]
    assert "note   1 search index is damaged; made anew while the server runs" in told
