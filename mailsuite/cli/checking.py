"""`mailsuite check`: what is wrong with this host, in plain words."""

import argparse
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from attrs import define, field

from mailsuite.cli.asking import carry_out
from mailsuite.cli.commands import Refused, counted
from mailsuite.config import Config
from mailsuite.dns.answers import NoAnswer, NoSuchName, NoSuchRecord
from mailsuite.dns.client import Dns
from mailsuite.dns.servers import choose_servers
from mailsuite.service.certificates import wanted_pairs
from mailsuite.service.footing import Unfit, check_libraries, prepare_data_dir
from mailsuite.store.checking import risk_of_version
from mailsuite.trust.dkim.admin import holds
from mailsuite.wire.tls import BadPair, Loaded, load

SOON_DAYS = 14
FAR_BEHIND = 20_000  # messages that wait for the search index: half a minute of its work
OPEN_TO_OTHERS = 0o077
PUBLISH = "publish what this prints: mailsuite domain dkim records"

Keys = Mapping[str, Sequence[Any]]  # by domain, as `dkim records` tells them


@define
class Findings:
    """What was looked at, in order: `ok`, `note` or `wrong`."""

    lines: list[tuple[str, str]] = field(factory=list)

    def ok(self, words: str) -> None:
        """Nothing to do."""
        self.lines.append(("ok", words))

    def note(self, words: str) -> None:
        """Good to know; the host works."""
        self.lines.append(("note", words))

    def wrong(self, words: str) -> None:
        """To be mended."""
        self.lines.append(("wrong", words))

    @property
    def code(self) -> int:
        """The exit code."""
        return 1 if any(kind == "wrong" for kind, _ in self.lines) else 0


def check(config: Config, given: argparse.Namespace) -> int:
    """Look at everything, and tell it."""
    found = Findings()
    found.ok(f"configuration: {config.file} is well-formed")
    there = config.data_dir.exists()
    _footing(config, found, there=there)
    domains = _store(config, found) if there else []
    if there or config.tls.pairs:
        _certificates(config, found)
    if not given.no_dns:
        keys = _keys(config, domains)
        _with_reactor(lambda reactor: _dns(config, domains, keys, reactor, found))
    if given.json:
        print(json.dumps([{"finding": kind, "words": words} for kind, words in found.lines]))
    else:
        for kind, words in found.lines:
            print(f"{kind:5}  {words}")
    return found.code


def _footing(config: Config, found: Findings, *, there: bool) -> None:
    try:
        check_libraries()
        if there:
            prepare_data_dir(config.data_dir)
    except Unfit as unfit:
        found.wrong(str(unfit))
    else:
        found.ok(f"libraries and {config.data_dir}" if there else "libraries")
    if not there:
        # Looking makes nothing: it may be another user's to make.
        found.note(f"{config.data_dir} is not there yet: the first start makes it, and its store")
    if not config.store.url and (risk := risk_of_version()):
        found.note(risk)
    if not any(getattr(config.listen, door) for door in ("smtp", "submission", "submissions")):
        found.note("no door for mail is open: [listen] names none of smtp, submission, submissions")


def _store(config: Config, found: Findings) -> list[str]:
    """The domains, when the store can be read."""
    try:
        damage = carry_out(config, "store check", {})
        domains = [domain["name"] for domain in carry_out(config, "domain list", {})]
        accounts = carry_out(config, "account list", {})
    except Refused as refused:
        found.wrong(f"store: {refused}")
        return []
    for words in damage:
        found.wrong(f"store: damaged ({words}); restore a backup")
    if not damage:
        people = counted(len(accounts), "account")
        found.ok(f"store: sound, {counted(len(domains), 'domain')}, {people}")
    if not domains:
        found.note("no domain yet: mailsuite domain add NAME")
    _indexes(config, found)
    return domains


def _keys(config: Config, domains: list[str]) -> Keys:
    """The keys of each domain; those of backup domains are their own host's."""
    found: dict[str, list[Any]] = {}
    for domain in domains:
        with suppress(Refused):
            found[domain] = carry_out(config, "dkim records", {"name": domain})
    return found


def _indexes(config: Config, found: Findings) -> None:
    try:
        told = carry_out(config, "search check", {})
    except Refused as refused:
        found.note(f"search indexes: {refused}")
        return
    if told["damaged"]:
        files = counted(told["damaged"], "search index is damaged", "search indexes are damaged")
        found.note(f"{files}; made anew while the server runs")
    if told["waiting"] > FAR_BEHIND:
        waiting = counted(told["waiting"], "message")
        found.note(f"search indexes: {waiting} not in them yet, searches there are slow")


def _certificates(config: Config, found: Findings) -> None:
    try:
        pairs = wanted_pairs(config)
    except OSError as error:
        found.wrong(f"certificate: {error}")
        return
    for pair in pairs:
        try:
            loaded = load(pair, datetime.now(UTC))
        except BadPair as bad:
            found.wrong(f"certificate: {bad}")
            continue
        _certificate(config, loaded, found)
        if pair.key.stat().st_mode & OPEN_TO_OTHERS:
            found.wrong(f"{pair.key} may be read by others; run chmod 600 {pair.key}")


def _certificate(config: Config, loaded: Loaded, found: Findings) -> None:
    path = loaded.pair.certificate
    days = (loaded.chain[0].not_valid_after_utc - datetime.now(UTC)).days
    if loaded.self_signed:
        found.note(f"{path} vouches for itself only: mail programs will ask before they trust it")
    elif len(loaded.chain) == 1:
        found.note(f"{path} holds no intermediate certificate; some hosts will not trust it")
    if days < SOON_DAYS:
        found.wrong(f"{path} ends in {counted(days, 'day')}; renew it now")
    else:
        found.ok(f"{path} is valid for {days} days, for {', '.join(loaded.names) or 'no name'}")
    parent = f"*.{config.hostname.partition('.')[2]}"
    if not {config.hostname, parent} & set(loaded.names):
        found.note(f"{path} is not for {config.hostname}")


def _with_reactor(look: Callable[[Any], Awaitable[None]]) -> None:
    """Run a coroutine under a reactor, to its end."""
    from twisted.internet import reactor  # noqa: PLC0415 - installs it: only where it is used
    from twisted.internet.defer import Deferred  # noqa: PLC0415 - as above

    running: Any = reactor

    def begin() -> None:
        looking: Deferred[None] = Deferred.fromCoroutine(look(running))  # type: ignore[arg-type]
        looking.addErrback(lambda failure: failure.printBriefTraceback())
        looking.addBoth(lambda _: running.stop())

    running.callWhenRunning(begin)
    running.run()


async def _dns(
    config: Config, domains: list[str], keys: Keys, reactor: Any, found: Findings
) -> None:
    dns = Dns(choose_servers(config.dns.servers), reactor)
    await look_up(dns, config.hostname, domains, found, keys)


async def look_up(
    dns: Dns, hostname: str, domains: list[str], found: Findings, keys: Keys | None = None
) -> None:
    """Tell what other hosts see of this one: its address, and where each domain's mail goes."""
    addresses: list[Any] = []
    answers = [await _records(dns, hostname, kind, found) for kind in ("A", "AAAA")]
    for records in answers:
        addresses += records or []
    if addresses:
        found.ok(f"DNS: {hostname} has {', '.join(map(str, addresses))}")
    elif None not in answers:
        found.wrong(f"DNS: {hostname} has no address; add an A or AAAA record for it")
    for domain in domains:
        await _mx(dns, domain, hostname, found)
        for key in (keys or {}).get(domain, ()):
            await _key(dns, domain, key, found)


async def _mx(dns: Dns, domain: str, hostname: str, found: Findings) -> None:
    records = await _records(dns, domain, "MX", found)
    if records is None:
        return
    hosts = [mx.exchange for mx in sorted(records, key=lambda mx: int(mx.preference))]
    if hosts[:1] == [hostname]:
        found.ok(f"DNS: mail for {domain} comes here")
    elif hostname in hosts:
        found.note(f"DNS: mail for {domain} comes here only when {hosts[0]} does not answer")
    elif hosts == [""]:
        found.wrong(f"DNS: {domain} says that it takes no mail (MX 0 .); let its MX be {hostname}")
    elif hosts:
        found.wrong(f"DNS: mail for {domain} goes to {', '.join(hosts)}, not to {hostname}")
    else:
        found.wrong(f"DNS: {domain} has no MX record; add one: {domain}. MX 10 {hostname}.")


async def _key(dns: Dns, domain: str, key: Any, found: Findings) -> None:
    """A record that does not fit is worse than none: all that was signed fails."""
    records = await _records(dns, key["record_name"], "TXT", found)
    if records is None:
        return
    published = any(holds(record, key["public"]) for record in records)
    name = key["record_name"]
    if published:
        found.ok(f"DNS: {name} is published")
    elif key["state"] == "signing":
        found.wrong(f"DNS: {name} has not the key that {domain} signs with; {PUBLISH} {domain}")
    elif key["state"] == "waiting":
        found.note(
            f"DNS: {name} is not there yet, and nothing is signed with it; {PUBLISH} {domain}"
        )


async def _records(dns: Dns, name: str, kind: str, found: Findings) -> list[Any] | None:
    """The records, perhaps none; None where nobody could say, which is told."""
    try:
        return list((await dns.query(name, kind)).records)
    except (NoSuchName, NoSuchRecord):
        return []
    except NoAnswer as failed:
        found.wrong(f"DNS: no answer about {failed}; is [dns] servers right?")
        return None
