"""The hosts of one destination that are still to be tried, and what is demanded of them."""

from collections.abc import Sequence

from attrs import define, evolve, field

from mailsuite.message.terms import OPTIONAL, REQUIRED
from mailsuite.relay.ports import HostFailed, Reply, Security, Target

# RFC 8689 §4.2.1.
UNSURE = Reply(
    550,
    "5.7.10",
    "TLS was required, and the name of the domain's host is told by DNS alone, which may be forged",
)
NO_TLS = "5.7.10"
LACKING = "5.7.30"


class LacksTls(HostFailed):
    """The host took the connection, and does not promise TLS for the way after it."""


@define
class Hosts:
    """Targets in their order; the first is tried next."""

    demand: str = ""  # as in `mailsuite.message.terms`
    targets: list[Target] = field(factory=list)
    failed: list[Reply] = field(factory=list)

    def chosen(self, targets: Sequence[Target]) -> list[Target]:
        """Those that fulfil the demand, with the TLS that it asks for."""
        if self.demand == REQUIRED:
            return [_verified(target) for target in targets if target.vouched]
        if self.demand == OPTIONAL:
            return [_optional(target) for target in targets]
        return list(targets)

    def none_left(self) -> Reply:
        """Why none of the hosts that DNS named may be used."""
        return (
            self.verdict(UNSURE) if self.demand == REQUIRED or not self.failed else self.failed[-1]
        )

    def check(self, offered: frozenset[str]) -> None:
        """Look at what the host has offered. Raises `LacksTls`."""
        if self.demand == REQUIRED and "REQUIRETLS" not in offered:
            name = self.targets[0].name
            words = f"{name} does not require TLS of the hosts after it (REQUIRETLS)"
            raise LacksTls(Reply(550, LACKING, words))

    def verdict(self, last: Reply) -> Reply:
        """What none of the hosts being usable means, where TLS is required.

        One that could not be reached may be reached later; all others have said what they are.
        """
        reached = [_as_refusal(reply) for reply in (*self.failed, last)]
        return next((reply for reply in reached if not reply.is_permanent), reached[-1])


def _as_refusal(reply: Reply) -> Reply:
    """A handshake that fails does not fail for a while: the message goes back (§4.2.1)."""
    if (reply.code, reply.status) == (454, "4.7.0"):
        return evolve(reply, code=550, status=NO_TLS)
    return reply


def _verified(target: Target) -> Target:
    if target.security in {Security.IMPLICIT, Security.PINNED}:
        return target
    return evolve(target, security=Security.VERIFIED)


def _optional(target: Target) -> Target:
    """A password of ours is another matter; policies were not asked for, nothing is counted."""
    target = evolve(target, policy=None)
    if target.login is None and target.security is Security.VERIFIED:
        return evolve(target, security=Security.OPPORTUNISTIC)
    return target
