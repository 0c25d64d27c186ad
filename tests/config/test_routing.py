"""Routes by domain, as the operator writes them."""

from pathlib import Path
from typing import Any

import pytest

from mailsuite.config.reading import ConfigError, parse
from mailsuite.config.records import Relay
from mailsuite.config.smarthost import Smarthost

FILE = Path("/somewhere/mailsuite.toml")


def relay(words: str) -> Relay:
    return parse(f'hostname = "a.test"\ndata_dir = "var"\n[relay]\n{words}\n', FILE).relay


def test_a_route_is_a_host_or_a_table() -> None:
    found = relay(
        """
        [relay.routes]
        "B\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.example" = "192.0.2.25:2525"
        "*.partner.example" = { host = "MX.partner.example", tls = "verified" }
        "*" = { host = "[2001:db8::1]", tls = "implicit", user = "me", token_file = "token" }
        """
    ).routes
    assert found == {
        "xn--bcher-kva.example": Smarthost("192.0.2.25", 2525),
        "*.partner.example": Smarthost("mx.partner.example", 25, tls="verified"),
        "*": Smarthost(
            "2001:db8::1", 465, "me", token_file=Path("/somewhere/token"), tls="implicit"
        ),
    }


def test_sources_are_one_a_family() -> None:
    assert relay('source = ["192.0.2.1", "2001:DB8::1"]').source == ("192.0.2.1", "2001:db8::1")


@pytest.mark.threat("T5")
@pytest.mark.parametrize("tls", ["none", "opportunistic"])
def test_a_sign_in_is_never_without_verified_tls(tls: str) -> None:
    with pytest.raises(ConfigError, match="a sign-in needs"):
        relay(
            f'routes = {{ "*" = {{ host = "h.test", tls = "{tls}", user = "u", password = "p" }} }}'
        )


@pytest.mark.parametrize(
    "words",
    [
        "routes = 1",
        'routes = { "a..b" = "h.test:25" }',
        'routes = { "a.test" = "" }',
        'routes = { "a.test" = { port = 25 } }',
        'routes = { "a.test" = { host = "h.test", prot = 25 } }',
        'routes = { "a.test" = { host = "h.test", user = "u" } }',
        'routes = { "a.test" = { host = "h.test", password = "p" } }',
        'routes = { "a.test" = { host = "h.test", tls = "maybe" } }',
        'source = ["192.0.2.1", "192.0.2.2"]',
        'source = ["mail.test"]',
        'smarthost = "h.test:25"\nroutes = { "*" = "h.test:25" }',
    ],
)
def test_what_is_wrong_gets_a_sentence(words: str) -> None:
    with pytest.raises(ConfigError, match=r"line \d+: "):
        relay(words)


def test_passwords_are_in_no_repr() -> None:
    found: Any = relay(
        'routes = { "*" = { host = "h.test", port = 465, user = "u", password = "sec" } }'
    )
    assert "sec'" not in repr(found)
