"""Counts how TLS to other hosts went, for the reports to their domains (RFC 8460 §4.2)."""

import json
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from mailsuite.relay.ports import Policy, Target
from mailsuite.store.day_counts import CountingDays
from mailsuite.store.opening import Store
from mailsuite.store.tls_sessions import SESSIONS

LINES = 50  # of a policy that a report shows
WORDS = 300  # characters of one of them, or of a reason


@frozen
class Kind:
    """What sessions that are counted together have in common."""

    policy: Policy
    result: str = ""  # a type of RFC 8460 §4.3; "": all was well
    reason: str = ""
    sending_ip: str = ""
    host: str = ""
    receiving_ip: str = ""

    @property
    def facts(self) -> str:
        """As it is kept: JSON."""
        policy = self.policy
        return json.dumps(
            {
                "kind": policy.kind,
                "words": [line[:WORDS] for line in policy.words[:LINES]],
                "patterns": [line[:WORDS] for line in policy.patterns[:LINES]],
                "result": self.result,
                "reason": self.reason[:WORDS],
                "sending_ip": self.sending_ip,
                "host": self.host,
                "receiving_ip": self.receiving_ip,
            },
            sort_keys=True,
        )


def kind_of(domain: str, facts: str) -> Kind:
    """What `Kind.facts` was made of; of "{}" (more than are told apart) nothing is left."""
    told: Mapping[str, Any] = json.loads(facts)
    return Kind(
        Policy(
            domain,
            told.get("kind", "no-policy-found"),
            tuple(told.get("words", ())),
            tuple(told.get("patterns", ())),
        ),
        told.get("result", "validation-failure"),
        told.get("reason", "more kinds of failures than are told apart"),
        told.get("sending_ip", ""),
        told.get("host", ""),
        told.get("receiving_ip", ""),
    )


class TlsOutcomes:
    """`mailsuite.relay.ports.Outcomes`. Everything is on the reactor thread.

    Args:
        reactor: calls it when it is time to write.
    """

    def __init__(self, store: Store, reactor: Any) -> None:
        self._counting: CountingDays[Kind] = CountingDays(
            store, reactor, SESSIONS, lambda kind: (kind.policy.domain, kind.facts)
        )
        self.flush = self._counting.flush

    def note(self, target: Target, result: str = "", reason: str = "", *, local: str = "") -> None:
        """See `Outcomes.note`."""
        if target.policy is None:
            return
        kind = Kind(target.policy)
        if result:
            # Successes are one number; of failures it counts where they were.
            kind = Kind(target.policy, result, reason, local, target.name, target.address)
        self._counting.note(kind)
