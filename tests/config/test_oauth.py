"""`[oauth]`: what does not fit together is told in a sentence."""

from pathlib import Path

import pytest

from mailsuite.config import ConfigError
from mailsuite.config.reading import parse
from tests.directory.tokens import published

LEAST = 'hostname = "mail.example.org"\ndata_dir = "var"\n[oauth]\n'
ISSUER = 'issuer = "https://i.test"\naudience = ["mail"]\n'


def told(tmp_path: Path, keys: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(LEAST + keys, tmp_path / "x.toml")
    return str(caught.value)


def test_an_issuer_with_its_keys(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_bytes(published("ec"))
    config = parse(
        LEAST + ISSUER + 'keys_file = "keys.json"\nscope = ["mail"]', tmp_path / "x.toml"
    )
    assert config.oauth.keys_file == tmp_path / "keys.json"
    rules = config.oauth.rules
    assert (rules.issuer, rules.audience, rules.claim) == ("https://i.test", ("mail",), "email")
    assert rules.scope == ("mail",)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ('keys_url = "https://i.test/k"', "line 4: [oauth] keys_url needs issuer"),
        (ISSUER, "line 4: [oauth] issuer needs one of keys_file, keys_url"),
        (
            ISSUER + 'keys_url = "https://i.test/k"\nintrospection_url = "https://i.test/i"',
            "line 7: [oauth] issuer needs one of",
        ),
        ('issuer = "i"\nkeys_url = "https://i.test/k"', "audience is missing"),
        (ISSUER + 'introspection_url = "https://i.test/i"', "needs client_id"),
        (ISSUER + 'keys_url = "http://i.test/k"', 'a URL that begins with "https://"'),
        (ISSUER + 'keys_url = "https://i.test/k"\nclaim = ""', "claim must be the name of a claim"),
        (ISSUER + 'keys_file = "missing"', "cannot be read: No such file"),
        (ISSUER + 'keys_file = "x.json"', "is no set of keys (RFC 7517 §5)"),
        (ISSUER + 'key_url = "https://i.test/k"', 'did you mean "keys_url"?'),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, keys: str, words: str) -> None:
    (tmp_path / "x.json").write_text("{}")
    assert words in told(tmp_path, keys)


def test_its_secret_is_not_shown(tmp_path: Path) -> None:
    keys = ISSUER + 'introspection_url = "https://i.test/i"\nclient_id = "me"\nclient_secret = "s3"'
    assert "s3" not in repr(parse(LEAST + keys, tmp_path / "x.toml"))
