"""What the operator decides about the queue; the front door fills it from the configuration."""

from collections.abc import Mapping
from pathlib import Path

from attrs import field, frozen

from mailsuite.relay.ports import Security
from mailsuite.wire.limits import Limits


@frozen
class Smarthost:
    """A host that the operator named: for all outgoing mail, or for a domain's."""

    host: str  # a name or an IP address
    port: int
    user: str = ""  # "": it wants no sign-in
    password: str = field(default="", repr=False)
    token_file: Path | None = None  # an OAuth access token in place of the password
    security: Security | None = None  # None: what its port and the sign-in ask for
    source: tuple[str, ...] = ()  # addresses of ours to connect from; (): those of `[relay]`


@frozen
class RelaySettings:
    """`[relay]` and what goes with it. Times in seconds."""

    hostname: str
    port: int = 25
    allow_private: bool = False  # loopback and private addresses may be contacted
    smarthost: Smarthost | None = None
    # "example.org", or "*.example.org" for every domain below it -> the host for its mail.
    routes: Mapping[str, Smarthost] = field(factory=dict)
    source: tuple[str, ...] = ()  # addresses of ours to connect from, at most one a family
    suppress_bounced: int = 0  # so long nothing is sent to an address that does not exist; 0: off
    retry: tuple[int, ...] = (300, 900, 1_800, 3_600)  # the last repeats
    delay_warning: int = 4 * 3_600  # 0: none
    own_addresses: frozenset[str] = frozenset()  # an MX at one of these is ourselves
    trust_ad: bool = False  # the resolver's word that an answer is authenticated counts
    limits: Limits = field(factory=Limits)

    def route_of(self, domain: str) -> Smarthost | None:
        """The host named for a canonical domain: its own, else that of the nearest above it."""
        if not self.routes:
            return None
        found = self.routes.get(domain)
        while found is None and "." in domain:
            domain = domain.partition(".")[2]
            found = self.routes.get(f"*.{domain}")
        return found

    def is_routed(self, domain: str) -> bool:
        """Whether a host was named for the domain."""
        return self.route_of(domain) is not None
