"""Hosts that outgoing mail goes to by the operator's word, as TOML gives them."""

from collections.abc import Callable, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from mailsuite.config import values
from mailsuite.config.smarthost import Smarthost
from mailsuite.message.addresses import BadAddress, parse_domain

SUBMISSIONS = 465  # TLS from the first octet (RFC 8314 §3.3)
TLS = ("none", "opportunistic", "verified", "implicit")
VERIFIED = frozenset({"", "verified", "implicit"})
WRONG = (
    'a table of domains and their hosts, like "example.net" = "mx.example.net:25" or '
    '"*.example.net" = { host = "mx.example.net", port = 25, tls = "verified" }'
)
KEYS = frozenset({"host", "port", "tls", "user", "password", "token_file", "source"})

Place = Callable[[Any], Path]


def routes(value: Any, place: Place) -> Mapping[str, Smarthost]:
    """Canonical domains, `*.domain` for those below it, `*` for all others, and their hosts."""
    if not isinstance(value, dict):
        raise values.Misfit(WRONG)
    return {_domain(domain): _host(host, place) for domain, host in value.items()}


def sources(value: Any) -> tuple[str, ...]:
    """Addresses of this host, at most one a family."""
    wrong = 'at most one address a family, like ["192.0.2.1", "2001:db8::1"]'
    try:
        found = tuple(str(ip_address(item)) for item in values.texts(value))
    except ValueError:
        raise values.Misfit(wrong) from None
    if len({":" in address for address in found}) != len(found):
        raise values.Misfit(wrong)
    return found


def _domain(name: str) -> str:
    if name == "*":
        return name
    star = "*." if name.startswith("*.") else ""
    try:
        return star + parse_domain(name.removeprefix(star).lower())
    except BadAddress:
        raise values.Misfit(WRONG) from None


def _host(value: Any, place: Place) -> Smarthost:
    if isinstance(value, str):
        named = values.smarthost(value)
        if named is None:
            raise values.Misfit(WRONG)
        return named
    if not isinstance(value, dict) or not KEYS.issuperset(value) or "host" not in value:
        raise values.Misfit(WRONG)
    tls = values.one_of(*TLS)(value["tls"]) if "tls" in value else ""
    port = values.port(value.get("port", SUBMISSIONS if tls == "implicit" else 25))
    user, password = values.text(value.get("user", "")), values.text(value.get("password", ""))
    token = place(value["token_file"]) if "token_file" in value else None
    if bool(user) != (bool(password) != (token is not None)):
        raise values.Misfit(f"{WRONG}; with a user goes either a password or a token_file")
    if user and tls not in VERIFIED:
        raise values.Misfit(f'{WRONG}; a sign-in needs tls = "verified" or "implicit"')
    return Smarthost(
        _name(value["host"]), port, user, password, token, tls, sources(value.get("source", []))
    )


def _name(value: Any) -> str:
    try:
        return str(ip_address(values.text(value).strip("[]")))
    except ValueError:
        return values.host_name(value)
