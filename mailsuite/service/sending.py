"""The relay with all that it needs, by the configuration in force."""

import os
import re
import secrets
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar

from mailsuite.config import Config, smarthost
from mailsuite.dns.client import Dns
from mailsuite.intake.releasing import Releases
from mailsuite.intake.service import Intake
from mailsuite.relay.ports import Security
from mailsuite.relay.relay import Relay
from mailsuite.relay.reports import Reporter
from mailsuite.relay.routes import Router
from mailsuite.relay.settings import RelaySettings, Smarthost
from mailsuite.service.outbound_tls import OutboundTls
from mailsuite.smtp.client.sender import SmtpSender
from mailsuite.store.backups import find_primary
from mailsuite.store.opening import Store
from mailsuite.wire.client_tls import ClientTls

R = TypeVar("R")

ROUTES = Path("/proc/net/fib_trie")  # IPv4
INTERFACES = Path("/proc/net/if_inet6")


def own_addresses() -> frozenset[str]:
    """The addresses of this machine: an MX there is ourselves. Loopback has rules of its own."""
    try:
        local = re.findall(r"\|-- ([0-9.]+)\n\s+/32 host LOCAL", ROUTES.read_text())
        local += [
            ":".join(re.findall("....", line.split()[0]))
            for line in INTERFACES.read_text().splitlines()
        ]
    except OSError:
        return frozenset()
    found = {ip_address(address) for address in local}
    return frozenset(str(address) for address in found if not address.is_loopback)


def relay_settings(config: Config) -> RelaySettings:
    """`[relay]` as the relay takes it."""
    routes = {name: _named(host) for name, host in config.relay.routes.items()}
    every = routes.pop("*", None)
    one = config.relay.smarthost
    return RelaySettings(
        hostname=config.hostname,
        port=config.relay.port,
        allow_private=config.relay.allow_private,
        smarthost=every if one is None else _named(one),
        routes=routes,
        source=config.relay.source,
        suppress_bounced=config.relay.suppress_bounced,
        retry=config.relay.retry,
        delay_warning=config.relay.delay_warning,
        own_addresses=own_addresses(),
        trust_ad=config.dns.trust_ad,
        limits=config.limits,
    )


SECURITY = {
    "none": Security.CLEAR,
    "opportunistic": Security.OPPORTUNISTIC,
    "verified": Security.VERIFIED,
    "implicit": Security.IMPLICIT,
}


def _named(host: smarthost.Smarthost) -> Smarthost:
    return Smarthost(
        host.host,
        host.port,
        host.user,
        host.password,
        host.token_file,
        SECURITY.get(host.tls),
        host.source,
    )


def make_relay(
    config: Config, reactor: Any, store: Store, intake: Intake, dns: Dns, *, tls: OutboundTls
) -> Relay:
    """A relay that is not started yet. Raises `OSError` for a ca_file that cannot be read."""

    async def primary(domain: str) -> str:
        return await store.readers.run(find_primary, domain)

    def in_thread(work: Callable[[], R]) -> Awaitable[R]:
        return store.readers.run(lambda _: work())

    settings = relay_settings(config)
    contexts = ClientTls(config.tls.ca_file)
    sender = SmtpSender(
        config.hostname, reactor, contexts, config.limits, tls.outcomes, in_thread=in_thread
    )
    return Relay(
        store,
        sender,
        Router(dns, settings, primary, tls.judge),
        Reporter(store, intake, settings),
        settings,
        owner=f"{os.getpid()}-{secrets.token_hex(4)}",
        reactor=reactor,
        releases=Releases(store, intake),
    )
