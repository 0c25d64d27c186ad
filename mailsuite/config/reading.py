"""From a TOML file to a `Config`, or to one sentence that says what is wrong."""

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from attrs import define, fields

from mailsuite.config import filtering, oauth, reputing, routing, sources, values
from mailsuite.config.records import (
    Config,
    Dkim,
    Dns,
    Fetch,
    Inbound,
    Listen,
    Log,
    OAuth,
    Quota,
    Relay,
    SignIn,
    StoreSettings,
    TlsFiles,
    Trust,
)
from mailsuite.config.values import Reads
from mailsuite.repute.rates import Rates
from mailsuite.repute.settings import Repute
from mailsuite.wire.limits import Limits

R = TypeVar("R")

DEFAULT_FILES = (Path("etc/mailsuite.toml"), Path("/etc/mailsuite/mailsuite.toml"))
LARGEST_FILE = 1 << 20
# Doors of the design that this version does not have: opening one deserves a better answer than
# "unknown key".
NOT_YET = ("sieve", "http", "https")


class ConfigError(Exception):
    """One plain sentence about a configuration that nothing was started with."""


@define
class _File:
    """The file being read: it knows where its paths begin and on which line a key stands."""

    path: Path
    source: str

    def wrong(self, words: str, table: str = "", key: str = "") -> ConfigError:
        line = self._line(table, key)
        where = f"{self.path}, line {line}" if line else str(self.path)
        end = "" if words.endswith("?") else "."
        return ConfigError(f"{where}: {words}{end}")

    def _line(self, table: str, key: str) -> int:
        """The line of the key, or of the table that lacks it; 0 where there is none."""
        within, found = "", 0
        for number, line in enumerate(self.source.splitlines(), 1):
            if header := re.match(r"\s*\[+\s*\"?([A-Za-z0-9_.-]+)", line):
                within = header[1]
                if within == table:
                    found = number
            elif within == table and re.match(rf"\s*\"?{re.escape(key)}\"?\s*=", line):
                return number
        return found

    def place(self, value: Any) -> Path:
        text = values.text(value)
        if not text:
            raise values.Misfit("a path, absolute or relative to this file's folder")
        return Path(os.path.normpath(self.path.absolute().parent / text))

    def places(self, value: Any) -> tuple[Path, ...]:
        return tuple(self.place(item) for item in values.texts(value) if item)

    def place_or_none(self, value: Any) -> Path | None:
        return self.place(value) if value != "" else None


def locate(given: str | None) -> Path:
    """The file to read: the one given, else the first of the two defaults that exists."""
    if given is not None:
        return Path(given)
    for path in DEFAULT_FILES:
        if path.exists():
            return path
    looked = " nor ".join(map(str, DEFAULT_FILES))
    raise ConfigError(f"There is no configuration: neither {looked} exists; name one by --config.")


def load(path: Path) -> Config:
    """Read and check the file. Raises `ConfigError`."""
    try:
        with path.open("rb") as file:
            octets = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}.") from None
    if len(octets) > LARGEST_FILE:
        raise ConfigError(f"{path}: is larger than 1 MiB, which no configuration is.")
    try:
        return parse(octets.decode(), path)
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}, line {line}: is not UTF-8, which TOML must be.") from None


def parse(source: str, path: Path) -> Config:
    """Check the text of a configuration; `path` is where its relative paths begin."""
    file = _File(path, source)
    try:
        document = tomllib.loads(source)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: is not TOML: {error}.") from None
    listen = _table(file, document, "listen", Listen, dict.fromkeys(_names(Listen), _endpoints))
    tables: dict[str, Any] = {
        "store": _table(file, document, "store", StoreSettings, {"url": _store_url}),
        "listen": listen,
        "tls": _tls(file, document),
        "dns": _table(file, document, "dns", Dns, DNS),
        "inbound": _table(file, document, "inbound", Inbound, INBOUND),
        "trust": _table(file, document, "trust", Trust, TRUST),
        "sign_in": _table(
            file, document, "sign_in", SignIn, {**SIGN_IN, "client_ca_file": file.place_or_none}
        ),
        "oauth": _table(file, document, "oauth", OAuth, oauth.reads(file.place_or_none)),
        "relay": _table(
            file,
            document,
            "relay",
            Relay,
            {**RELAY, "routes": lambda value: routing.routes(value, file.place)},
        ),
        "dkim": _table(file, document, "dkim", Dkim, DKIM),
        "directory": _directory(file, document),
        "quota": _table(file, document, "quota", Quota, QUOTA),
        "fetch": _table(file, document, "fetch", Fetch, FETCH),
        "log": _table(file, document, "log", Log, LOG),
        "limits": _table(file, document, "limits", Limits, _limits()),
        "repute": _table(file, document, "repute", Repute, reputing.REPUTE),
        "spam": _table(file, document, "spam", filtering.Filter, filtering.READS),
        "rates": _table(file, document, "rates", Rates, reputing.RATES),
    }
    top = {name: value for name, value in document.items() if name not in tables}
    reads: dict[str, Reads] = {
        "hostname": values.host_name,
        "data_dir": file.place,
        "workers": values.workers,
        "user": values.user,
    }
    read = _read(file, "", top, reads, known=[*reads, *tables])
    for key, example in (("hostname", "mail.example.org"), ("data_dir", "var")):
        if key not in read:
            raise file.wrong(f'{key} is missing; write {key} = "{example}" or the like')
    config = Config(file=path.absolute(), **read, **tables)
    _check_together(file, config)
    return config


DNS: dict[str, Reads] = {"servers": values.resolvers, "trust_ad": values.truth}
INBOUND: dict[str, Reads] = {"trusted": values.networks, "proxies": values.networks}
TRUST: dict[str, Reads] = {
    "check": values.truth,
    "dmarc": values.one_of("enforce", "note"),
    "unchecked": values.networks,
    "authserv_id": values.host_name_or_none,
    "arc_sealers": values.domains,
    "send_reports": values.truth,
}
SIGN_IN: dict[str, Reads] = {"plaintext_from": values.networks, "scram": values.truth}
RELAY: dict[str, Reads] = {
    "port": values.port,
    "allow_private": values.truth,
    "smarthost": values.smarthost,
    "source": routing.sources,
    "suppress_bounced": values.seconds,
    "retry": values.durations,
    "expire": values.seconds,
    "delay_warning": values.seconds,
    "srs": values.truth,
}
DKIM: dict[str, Reads] = {
    "expire": values.seconds,
    "keep": values.seconds,
    "feedback": values.local_part,
}
QUOTA: dict[str, Reads] = {"warn_at": values.percents}
FETCH: dict[str, Reads] = {"port": values.port, "allow_private": values.truth}
LOG: dict[str, Reads] = {
    "format": values.one_of("logfmt", "json"),
    "level": values.one_of("debug", "info", "warn", "error"),
}
_endpoints = values.endpoints


def _store_url(value: Any) -> str:
    url = values.text(value)
    if url and not url.startswith("postgresql+psycopg://"):
        raise values.Misfit('empty (SQLite under data_dir), or "postgresql+psycopg://…"')
    return url


def _limits() -> dict[str, Reads]:
    """How each limit is written: by the unit at the end of its name."""
    units = {"octets": values.octets, "seconds": values.seconds}
    return {name: units.get(name.rsplit("_", 1)[-1], values.number) for name in _names(Limits)}


def _tls(file: _File, document: Mapping[str, Any]) -> TlsFiles:
    reads: dict[str, Reads] = {
        "certificate": file.places,
        "key": file.places,
        "ca_file": file.place_or_none,
    }
    tls = _table(file, document, "tls", TlsFiles, reads)
    if len(tls.certificate) != len(tls.key):
        raise file.wrong(
            f"[tls] names {len(tls.certificate)} certificates and {len(tls.key)} keys; "
            "each certificate needs its key, at the same place of the list",
            "tls",
            "certificate" if tls.certificate else "key",
        )
    return tls


def _table(
    file: _File, document: Mapping[str, Any], name: str, record: type[R], reads: dict[str, Reads]
) -> R:
    table = document.get(name, {})
    if not isinstance(table, dict):
        raise file.wrong(f"{name} must be a table; write [{name}] on a line of its own", "", name)
    return record(**_read(file, name, table, reads, known=list(reads)))


def _read(
    file: _File, table: str, given: Mapping[str, Any], reads: dict[str, Reads], known: list[str]
) -> dict[str, Any]:
    result: dict[str, Any] = {}
    prefix = f"[{table}] " if table else ""
    for key, value in given.items():
        if key not in reads:
            raise file.wrong(_unknown(prefix, table, key, known), table, key)
        try:
            result[key] = reads[key](value)
        except values.Misfit as error:
            raise file.wrong(f"{prefix}{key} must be {error}", table, key) from None
    return result


def _unknown(prefix: str, table: str, key: str, known: list[str]) -> str:
    shown = "".join(c if c.isprintable() else "?" for c in key)[:60]
    if table == "listen" and key in NOT_YET:
        return f"{prefix}{key} is a door that this version does not have; remove the line"
    near = difflib.get_close_matches(key, known, n=1)
    right = f'did you mean "{near[0]}"?' if near else f"known here: {', '.join(sorted(known))}"
    return f"{prefix}{shown} is not a known key; {right}"


def _directory(file: _File, document: Mapping[str, Any]) -> sources.Sources:
    """The tables in a table: `[directory.sql]`, `[directory.ldap]`."""
    given = document.get("directory", {})
    if not isinstance(given, dict):
        raise file.wrong("directory must be a table; write [directory.sql]", "", "directory")
    for key in given.keys() - {"sql", "ldap"}:
        raise file.wrong(_unknown("[directory] ", "directory", key, ["sql", "ldap"]))
    named = {f"directory.{key}": table for key, table in given.items()}
    found = sources.Sources(
        _table(file, named, "directory.sql", sources.SqlTable, sources.SQL),
        _table(file, named, "directory.ldap", sources.LdapTree, sources.ldap(file.place_or_none)),
    )
    if (words := sources.wrong(found)) is not None:
        raise file.wrong(words, "directory.sql" if found.sql.url else "directory.ldap", "url")
    return found


def _check_together(file: _File, config: Config) -> None:
    """What two keys must agree on."""
    for door in _names(Listen):
        for description in getattr(config.listen, door):
            if description.startswith("haproxy:") and not config.inbound.proxies:
                raise file.wrong(
                    f'[listen] {door} uses "haproxy:", which is believed only from the networks '
                    'of [inbound] proxies; name them there, like proxies = ["192.0.2.7"]',
                    "listen",
                    door,
                )
    if config.relay.smarthost is not None and "*" in config.relay.routes:
        raise file.wrong('[relay] smarthost and the route "*" are the same', "relay", "routes")
    if (misfit := oauth.wrong(config.oauth)) is not None:
        raise file.wrong(misfit[0], "oauth", misfit[1])
    if config.relay.expire < min(config.relay.retry):
        raise file.wrong("[relay] expire must be longer than the first retry", "relay", "expire")
    if config.limits.message_octets < 64 * 1024:
        # RFC 5321 §4.5.3.1.7: at least 64K octets must be taken.
        raise file.wrong(
            '[limits] message_octets must be at least "64K" (RFC 5321)', "limits", "message_octets"
        )


def _names(record: type[Any]) -> list[str]:
    return [attribute.name for attribute in fields(record)]
