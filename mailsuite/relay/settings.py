"""What the operator decides about the queue; the front door fills it from the configuration."""

from attrs import field, frozen

from mailsuite.wire.limits import Limits


@frozen
class Smarthost:
    """The host that takes all outgoing mail."""

    host: str  # a name or an IP address
    port: int
    user: str = ""  # "": it wants no sign-in
    password: str = field(default="", repr=False)


@frozen
class RelaySettings:
    """`[relay]` and what goes with it. Times in seconds."""

    hostname: str
    port: int = 25
    allow_private: bool = False  # loopback and private addresses may be contacted
    smarthost: Smarthost | None = None
    retry: tuple[int, ...] = (300, 900, 1_800, 3_600)  # the last repeats
    delay_warning: int = 4 * 3_600  # 0: none
    own_addresses: frozenset[str] = frozenset()  # an MX at one of these is ourselves
    trust_ad: bool = False  # the resolver's word that an answer is authenticated counts
    limits: Limits = field(factory=Limits)
