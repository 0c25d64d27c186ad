"""The configuration is taken whole, or answered with one sentence."""

import tomllib
from pathlib import Path

import pytest
from attrs import fields

from mailsuite.config import Config, ConfigError, load, locate, parse
from mailsuite.config import records as rows
from mailsuite.config.smarthost import Smarthost
from mailsuite.wire.limits import Limits

EXAMPLE = Path(__file__).parents[2] / "etc" / "mailsuite.toml"
LEAST = 'hostname = "mail.example.org"\ndata_dir = "var"\n'
FILE = Path("/srv/mail/mailsuite.toml")
TABLES = {
    "store": rows.StoreSettings,
    "listen": rows.Listen,
    "tls": rows.TlsFiles,
    "dns": rows.Dns,
    "inbound": rows.Inbound,
    "sign_in": rows.SignIn,
    "oauth": rows.OAuth,
    "relay": rows.Relay,
    "log": rows.Log,
    "limits": Limits,
}


def names(record: type) -> set[str]:
    return {attribute.name for attribute in fields(record)}


def test_the_example_has_every_key_and_no_other():
    document = tomllib.loads(EXAMPLE.read_text())
    assert set(document) == names(Config) - {"file"}
    for table, record in TABLES.items():
        assert set(document[table]) == names(record), table


def test_the_example_is_what_stands_without_it_but_for_its_doors():
    config = load(EXAMPLE)
    assert (config.limits, config.relay, config.dns) == (Limits(), rows.Relay(), rows.Dns())
    assert (config.inbound, config.sign_in, config.log) == (
        rows.Inbound(),
        rows.SignIn(),
        rows.Log(),
    )
    assert config.listen.imaps == ("tcp:993",)


def test_each_key_of_the_example_is_explained():
    for line in EXAMPLE.read_text().splitlines():
        assert not line or line.startswith(("#", "[")) or "# " in line, line


def test_relative_paths_begin_at_the_files_folder():
    config = parse(LEAST + '[tls]\ncertificate = "a.pem"\nkey = "../k.pem"\n', FILE)
    assert config.data_dir == Path("/srv/mail/var")
    assert config.tls.pairs == [(Path("/srv/mail/a.pem"), Path("/srv/k.pem"))]


def test_sizes_and_durations_are_written_as_people_do():
    config = parse(
        LEAST + '[relay]\nretry = ["5m", 90, "2h"]\nexpire = "1w"\n[limits]\nmessage_octets = "1G"',
        FILE,
    )
    assert config.relay.retry == (300, 90, 7200)
    assert (config.relay.expire, config.limits.message_octets) == (604_800, 1 << 30)


def test_a_smarthost_has_its_password_apart_and_out_of_sight():
    config = parse(LEAST + '[relay]\nsmarthost = "me@a.org:p@ss:w@smtp.a.org:587"', FILE)
    host = config.relay.smarthost
    assert host == Smarthost("smtp.a.org", 587, "me@a.org", "p@ss:w")
    assert "p@ss" not in repr(config)


@pytest.mark.threat("O2")
def test_passwords_of_the_configuration_are_in_no_repr():
    config = parse(LEAST + '[store]\nurl = "postgresql+psycopg://u:marker-secret@h/d"', FILE)
    assert "marker-secret" in config.store.url
    assert "marker-secret" not in repr(config)


WRONG = [
    ("hostname = 1\n", 1, "hostname must be"),
    ('hostname = "a b"\n', 1, "hostname must be"),
    ('data_dir = "var"\n', 0, "hostname is missing"),
    ('hostname = "a.b"\n', 0, "data_dir is missing"),
    (LEAST + "worker = 1\n", 3, 'did you mean "workers"?'),
    (LEAST + "workers = 0\n", 3, "workers must be a number from 1 to 16"),
    (LEAST + "listen = 1\n", 3, "must be a table"),
    (LEAST + '[listen]\nsmtp = "tcp:25"\n', 4, "must be a list of endpoint descriptions"),
    (LEAST + '[listen]\nimaps = ["tls:993"]\n', 4, "TLS is added by the suite itself"),
    (LEAST + '[listen]\nsieve = ["tcp:4190"]\n', 4, "does not have"),
    (LEAST + '[listen]\nsmpt = ["tcp:25"]\n', 4, 'did you mean "smtp"?'),
    (LEAST + '[listen]\nsmtp = ["tcp:port"]\n', 4, "with a port"),
    (LEAST + '[listen]\nsmtp = ["udp:25"]\n', 4, "that begin with one of"),
    (LEAST + '[listen]\nsmtp = ["haproxy:tcp:25"]\n', 4, "[inbound] proxies"),
    (LEAST + '[tls]\ncertificate = "a.pem"\n', 4, "each certificate needs its key"),
    (LEAST + '[dns]\nservers = ["localhost"]\n', 4, '"address:port"'),
    (LEAST + '[dns]\ntrust_ad = "yes"\n', 4, "true or false"),
    (LEAST + '[inbound]\ntrusted = ["10.0.0.0/40"]\n', 4, "addresses or networks"),
    (LEAST + "[relay]\nport = 0\n", 4, "1 to 65535"),
    (LEAST + "[relay]\nretry = []\n", 4, "a list of durations"),
    (LEAST + '[relay]\nexpire = "1m"\n', 4, "longer than the first retry"),
    (LEAST + '[relay]\nsmarthost = "smtp.a.org"\n', 4, "host:port"),
    (LEAST + '[log]\nformat = "xml"\n', 4, '"logfmt" or "json"'),
    (LEAST + "[limits]\nhops = -1\n", 4, "a whole number"),
    (LEAST + '[limits]\nmessage_octets = "50X"\n', 4, "a size"),
    (LEAST + '[limits]\nmessage_octets = "1K"\n', 4, "RFC 5321"),
    (LEAST + '[store]\nurl = "mysql://x"\n', 4, "postgresql+psycopg"),
    (LEAST + "x y\n", 0, "line 3"),
]


@pytest.mark.threat("O8")
@pytest.mark.parametrize(("source", "line", "words"), WRONG)
def test_a_wrong_key_gets_one_sentence_with_file_line_and_what_would_be_right(source, line, words):
    with pytest.raises(ConfigError) as caught:
        parse(source, FILE)
    sentence = str(caught.value)
    where = f"{FILE}, line {line}: " if line else f"{FILE}: "
    assert sentence.startswith(where)
    assert words in sentence
    assert "\n" not in sentence
    assert sentence[-1] in ".?"


@pytest.mark.threat("O8")
@pytest.mark.parametrize("table", TABLES)
def test_every_key_with_a_value_of_the_wrong_kind_is_named(table):
    for key in names(TABLES[table]):
        with pytest.raises(ConfigError, match=rf"line 4: \[{table}\] {key} "):
            parse(f"{LEAST}[{table}]\n{key} = [{{}}]\n", FILE)


def test_a_file_that_cannot_be_read_gets_a_sentence(tmp_path):
    with pytest.raises(ConfigError, match=r"cannot be read: No such file or directory\.$"):
        load(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b"# ok\nhostname = '\xe9'")
    with pytest.raises(ConfigError, match=r"line 2: is not UTF-8"):
        load(tmp_path / "latin.toml")


def test_the_file_named_is_taken_before_the_defaults(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="name one by --config"):
        locate(None)
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "mailsuite.toml").write_text(LEAST)
    assert locate(None) == Path("etc/mailsuite.toml")
    assert locate("other.toml") == Path("other.toml")
