"""The configuration as records: every key with its default.

`mailsuite.config.reading` fills them; the names are the keys, the classes the tables.
"""

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from attrs import field, frozen

from mailsuite.config.filtering import Filter
from mailsuite.config.smarthost import Smarthost
from mailsuite.config.sources import Sources
from mailsuite.directory.tokens import Rules
from mailsuite.repute.rates import Rates
from mailsuite.repute.settings import Repute
from mailsuite.wire.limits import Limits
from mailsuite.wire.link import Network


@frozen
class StoreSettings:
    """`[store]`: which database."""

    url: str = field(default="", repr=False)  # may hold a password


@frozen
class Listen:
    """`[listen]`: endpoint descriptions for each door; an empty list closes it."""

    smtp: tuple[str, ...] = ()
    submission: tuple[str, ...] = ()
    submissions: tuple[str, ...] = ()
    lmtp: tuple[str, ...] = ()
    imap: tuple[str, ...] = ()
    imaps: tuple[str, ...] = ()
    pop3: tuple[str, ...] = ()
    pop3s: tuple[str, ...] = ()


@frozen
class TlsFiles:
    """`[tls]`: pairs of PEM files, the first the default, the others chosen by name (SNI)."""

    certificate: tuple[Path, ...] = ()
    key: tuple[Path, ...] = ()
    ca_file: Path | None = None  # trusted roots for what the suite itself connects to

    @property
    def pairs(self) -> list[tuple[Path, Path]]:
        """Certificate and key files, in the order of the configuration."""
        return list(zip(self.certificate, self.key, strict=True))


@frozen
class Dns:
    """`[dns]`: whom to ask."""

    servers: tuple[tuple[str, int], ...] = ()  # empty: the system's resolver
    trust_ad: bool = False


@frozen
class Inbound:
    """`[inbound]`: who is not checked, and which proxies are believed."""

    trusted: tuple[Network, ...] = ()
    proxies: tuple[Network, ...] = ()


@frozen
class Trust:
    """`[trust]`: what other hosts bring is checked for who it is from."""

    check: bool = True
    dmarc: str = "enforce"  # | note
    unchecked: tuple[Network, ...] = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
    authserv_id: str = ""  # empty: the host's name
    arc_sealers: tuple[str, ...] = ()
    send_reports: bool = False


@frozen
class SignIn:
    """`[sign_in]`: from where a password may come without TLS; whose certificates are asked for."""

    plaintext_from: tuple[Network, ...] = ()
    client_ca_file: Path | None = None
    scram: bool = True


@frozen
class OAuth:
    """`[oauth]`: whose tokens sign people in; without an issuer nobody's do."""

    issuer: str = ""
    audience: tuple[str, ...] = ()
    keys_file: Path | None = None
    keys_url: str = ""
    introspection_url: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    claim: str = "email"
    scope: tuple[str, ...] = ()
    discovery_url: str = ""

    @property
    def rules(self) -> Rules:
        """What tokens have to say."""
        return Rules(self.issuer, self.audience, self.claim, self.scope)


@frozen
class Relay:
    """`[relay]`: how mail leaves. Times in seconds."""

    port: int = 25
    allow_private: bool = False
    smarthost: Smarthost | None = None
    routes: Mapping[str, Smarthost] = field(factory=dict)
    source: tuple[str, ...] = ()
    suppress_bounced: int = 0  # 0: off
    retry: tuple[int, ...] = (300, 900, 1_800, 3_600)  # the last repeats until `expire`
    expire: int = 5 * 86_400
    delay_warning: int = 4 * 3_600  # 0: none
    srs: bool = True


@frozen
class Dkim:
    """`[dkim]`: how what leaves is signed; with which keys, `mailsuite domain dkim` says."""

    expire: int = 10 * 86_400  # seconds
    keep: int = 14 * 86_400  # of a record whose key signs no more
    feedback: str = ""  # local part of CFBL-Address


@frozen
class Quota:
    """`[quota]`: when people are told that their mailbox fills up."""

    warn_at: tuple[int, ...] = (80, 95)  # percent; none: never


@frozen
class Fetch:
    """`[fetch]`: what is fetched by HTTPS at the word of others: policies, reports."""

    port: int = 443  # of URLs that name none
    allow_private: bool = False


@frozen
class Log:
    """`[log]`: how events are written to standard error."""

    format: str = "logfmt"
    level: str = "info"


@frozen
class Config:
    """One whole, checked configuration. Paths are absolute."""

    file: Path
    hostname: str
    data_dir: Path
    workers: int = 1
    user: str = ""  # empty: whoever starts it
    store: StoreSettings = StoreSettings()
    listen: Listen = Listen()
    tls: TlsFiles = TlsFiles()
    dns: Dns = Dns()
    inbound: Inbound = Inbound()
    trust: Trust = Trust()
    sign_in: SignIn = SignIn()
    oauth: OAuth = OAuth()
    relay: Relay = Relay()
    dkim: Dkim = Dkim()
    directory: Sources = field(factory=Sources)
    quota: Quota = Quota()
    fetch: Fetch = Fetch()
    log: Log = Log()
    limits: Limits = field(factory=Limits)
    repute: Repute = field(factory=Repute)
    spam: Filter = field(factory=Filter)
    rates: Rates = field(factory=Rates)
