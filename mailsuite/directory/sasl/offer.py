"""Which mechanisms there are, and which of them are offered on a connection."""

from collections.abc import Callable, Mapping

from attrs import field, frozen

from mailsuite.directory.sasl import scram
from mailsuite.directory.sasl.bearer import OAuthBearer, Tokens, XOAuth2
from mailsuite.directory.sasl.exchange import Caller, Checks, Exchange
from mailsuite.directory.sasl.external import External, Vouches
from mailsuite.directory.sasl.password import Login, Plain
from mailsuite.directory.sasl.scram_exchange import Gate, Scram
from mailsuite.wire.link import Tls

PLUS = "-PLUS"
# The best first: most clients take the first that they know.
MECHANISMS = (
    *(name + PLUS for name in scram.NAMES),
    *scram.NAMES,
    "OAUTHBEARER",
    "XOAUTH2",
    "EXTERNAL",
    "PLAIN",
    "LOGIN",
)
Makes = Callable[[Caller], Exchange]


def binds(tls: Tls | None) -> bool:
    """Whether -PLUS can be offered: only where there is a channel to bind to."""
    return tls is not None and bool(tls.bindings)


def is_vouched(tls: Tls | None) -> bool:
    """Whether EXTERNAL can be offered: the client has shown a certificate with an address."""
    return (
        tls is not None
        and tls.peer_certificate is not None
        and bool(tls.peer_certificate.addresses)
    )


@frozen
class Offer:
    """What is offered, by name, best first; doors do so under TLS only.

    Attributes:
        makes: an exchange of each mechanism that the host can do.
        needs: what a connection must have besides.
    """

    makes: Mapping[str, Makes] = field(factory=dict)
    needs: Mapping[str, Callable[[Tls | None], bool]] = field(factory=dict)
    _names: dict[tuple[bool, bool], tuple[str, ...]] = field(factory=dict, init=False)

    def names(self, tls: Tls | None) -> tuple[str, ...]:
        """The names of the mechanisms, the best first."""
        # Asked several times for each connection: there are few kinds of them.
        kind = binds(tls), is_vouched(tls)
        found = self._names.get(kind)
        if found is None:
            found = tuple(name for name in MECHANISMS if self.offers(name, tls))
            self._names[kind] = found
        return found

    def offers(self, name: str, tls: Tls | None) -> bool:
        """Whether one of them is offered there."""
        needed = self.needs.get(name)
        return name in self.makes and (needed is None or needed(tls))

    def begin(self, name: str, caller: Caller) -> Exchange | None:
        """A new exchange of the mechanism, named in any case; None: not offered."""
        name = name.upper()
        return self.makes[name](caller) if self.offers(name, caller.tls) else None


def by_password(checks: Callable[[Caller], Checks]) -> dict[str, Makes]:
    """PLAIN and LOGIN."""
    return {
        "PLAIN": lambda caller: Plain(checks(caller)),
        "LOGIN": lambda caller: Login(checks(caller)),
    }


def by_proof(gate: Gate) -> dict[str, Makes]:
    """All of SCRAM."""
    return {
        name + suffix: _scram(gate, algorithm, plus=bool(suffix))
        for name, algorithm in scram.NAMES.items()
        for suffix in ("", PLUS)
    }


def _scram(gate: Gate, algorithm: str, *, plus: bool) -> Makes:
    return lambda caller: Scram(gate, caller, algorithm, plus=plus, plus_offered=binds(caller.tls))


def by_token(tokens: Tokens) -> dict[str, Makes]:
    """OAUTHBEARER and XOAUTH2."""
    return {
        "OAUTHBEARER": lambda caller: OAuthBearer(tokens, caller),
        "XOAUTH2": lambda caller: XOAuth2(tokens, caller),
    }


def by_certificate(vouches: Vouches) -> dict[str, Makes]:
    """EXTERNAL."""
    return {"EXTERNAL": lambda caller: External(vouches, caller)}
