"""What TLS must give for each host of a domain: DANE first, then MTA-STS, else what works.

| found for a host                                  | what follows                    |
|---------------------------------------------------|---------------------------------|
| TLSA records that can be used                     | PINNED                          |
| TLSA records of which none can be used            | ENCRYPTED                       |
| nobody can say whether there are TLSA records     | not this host, not now          |
| a policy in enforce that names the host           | VERIFIED                        |
| a policy in enforce that does not                 | not this host                   |
| a policy in testing                               | TESTED                          |
| nothing                                           | OPPORTUNISTIC, clear text too   |
"""

from collections.abc import Sequence

from attrs import evolve, frozen

from mailsuite.relay.ports import Outcomes, Policy, Reply, Security, Target
from mailsuite.relay.tls.dane import Asks, Bound, Unsure, find_bound, is_secure
from mailsuite.relay.tls.mta_sts import Mode
from mailsuite.relay.tls.policies import Found, Policies

OTHER_FAILURE = "validation-failure"  # RFC 8460 §4.3.1
NO_DNSSEC = "dnssec-invalid"  # §4.3.2.1
TLSA_INVALID = "tlsa-invalid"


@frozen
class Judged:
    """Hosts that may be used, and why the others may not: words for their sender."""

    targets: Sequence[Target]
    refused: tuple[Reply, ...] = ()


class PolicyJudge:
    """`mailsuite.relay.ports.TlsJudge`.

    Args:
        trust_ad: AD bits count (threat D2); without it nobody is asked for TLSA records.
        outcomes: hears of policies that do not hold.
    """

    def __init__(
        self, dns: Asks, policies: Policies, outcomes: Outcomes, *, trust_ad: bool
    ) -> None:
        self._dns = dns
        self._policies = policies
        self._outcomes = outcomes
        self._trust_ad = trust_ad

    async def judged(self, domain: str, targets: Sequence[Target]) -> Judged:
        """Look at the hosts that DNS named for a recipient's domain; others stay as they are."""
        if all(target.policy is None for target in targets):
            return Judged(targets)
        bound, unsure = await self._bound(domain, targets)
        asked = any(target.name not in {*bound, *unsure} for target in targets)
        found = await self._policies.find(domain) if asked else Found()
        if found.result:
            self._outcomes.note(
                evolve(targets[0], policy=found.told(domain)), found.result, found.reason
            )
        kept: list[Target] = []
        refused: list[Reply] = []
        for target in targets:
            if target.policy is None:
                kept.append(target)
            elif target.name in unsure:
                refused.append(Reply(451, "4.7.5", unsure[target.name]))
                noted = evolve(target, policy=Policy(domain, "tlsa"))
                self._outcomes.note(noted, NO_DNSSEC, unsure[target.name])
            elif target.name in bound:
                kept.append(self._pinned(domain, target, bound[target.name]))
            elif (by_policy := self._by_policy(domain, target, found)) is not None:
                kept.append(by_policy)
            else:
                refused.append(Reply(451, "4.7.5", _not_named(domain, target)))
        return Judged(kept, tuple(refused))

    async def _bound(
        self, domain: str, targets: Sequence[Target]
    ) -> tuple[dict[str, Bound], dict[str, str]]:
        bound: dict[str, Bound] = {}
        unsure: dict[str, str] = {}
        secure, canonical = await is_secure(self._dns, domain) if self._trust_ad else (False, "")
        if not secure:
            return bound, unsure
        names = tuple(dict.fromkeys((domain, canonical)))
        for name, port in dict.fromkeys((t.name, t.port) for t in targets if t.policy is not None):
            try:
                found = await find_bound(self._dns, name, port, names)
            except Unsure as failure:
                unsure[name] = str(failure)
            else:
                if found is not None:
                    bound[name] = found
        return bound, unsure

    def _pinned(self, domain: str, target: Target, bound: Bound) -> Target:
        policy = Policy(domain, "tlsa", bound.words)
        if not bound.pins:
            noted = evolve(target, policy=policy, security=Security.ENCRYPTED)
            self._outcomes.note(noted, TLSA_INVALID, f"no TLSA record of {bound.base} can be used")
            # Told once: that the session itself goes well is no success of the policy.
            return evolve(noted, policy=None)
        return evolve(
            target,
            security=Security.PINNED,
            pins=bound.pins,
            names=bound.names,
            tls_name=bound.base,
            policy=policy,
        )

    def _by_policy(self, domain: str, target: Target, found: Found) -> Target | None:
        policy = found.policy
        judged = evolve(target, policy=found.told(domain))
        if policy is None:
            return judged
        if not policy.covers(target.name):
            self._outcomes.note(judged, OTHER_FAILURE, _not_named(domain, target))
            # In testing nothing more is told of its session: it has failed already.
            return None if policy.mode is Mode.ENFORCE else evolve(target, policy=None)
        security = Security.VERIFIED if policy.mode is Mode.ENFORCE else Security.TESTED
        return evolve(judged, security=security, vouched=True)


def _not_named(domain: str, target: Target) -> str:
    return f"the MTA-STS policy of {domain} does not name its host {target.name}"
