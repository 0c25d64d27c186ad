"""Counts what was evaluated, for the reports."""

import json
from collections.abc import Callable
from typing import Any

from attrs import asdict, evolve

from mailsuite.store.day_counts import CountingDays
from mailsuite.store.dmarc_seen import SEEN
from mailsuite.store.opening import Store
from mailsuite.trust.results import DmarcRecord
from mailsuite.trust.seen import Seen

LOCAL_PARTS = frozenset({"dmarc-reports", "tls-reports"})  # where reports to us arrive


def facts_of(seen: Seen) -> str:
    """What messages that are counted together have in common, as JSON."""
    record = seen.record or DmarcRecord()
    policy = {name: getattr(record, name) for name in ("p", "sp", "np", "adkim", "aspf", "t")}
    kept = {
        "policy": policy,
        "header_from": seen.header_from,
        "envelope_from": seen.envelope_from,
        "source": seen.source,
        "disposition": seen.disposition,
        "overridden": seen.overridden,
        "dkim": seen.dkim,
        "spf": seen.spf,
        "spf_domain": seen.spf_domain,
        "spf_word": seen.spf_word,
        "signatures": [asdict(each) for each in seen.signatures],
    }
    return json.dumps(kept, sort_keys=True)


class Counting:
    """Who is told by the judge (`trust.judge.Trust.note`). On the reactor thread.

    Args:
        wanted: whether reports are sent at all.
    """

    def __init__(self, store: Store, reactor: Any, wanted: Callable[[], bool]) -> None:
        self._wanted = wanted
        self._counting: CountingDays[Seen] = CountingDays(
            store, reactor, SEEN, lambda seen: (seen.policy_domain, facts_of(seen))
        )
        self.flush = self._counting.flush

    def note(self, seen: Seen) -> None:
        """Count one message, unless nobody asked for reports or it is one (threat D13)."""
        if not self._wanted() or not seen.policy_domain or seen.is_report:
            return
        if seen.record is None or not seen.record.rua:
            return
        if any(to.partition("@")[0] in LOCAL_PARTS for to in seen.recipients):
            return
        self._counting.note(evolve(seen, recipients=()))
