"""Counts what was evaluated, for the reports: in memory, written together once in a while.

A message costs no transaction of its own; what a crash takes is a minute of figures.
"""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from attrs import asdict, define, evolve, field
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from mailsuite.store.dmarc_seen import SeenCount, count_seen
from mailsuite.store.opening import Store
from mailsuite.trust.results import DmarcRecord
from mailsuite.trust.seen import Seen

DAY = 86_400
FLUSH_SECONDS = 60.0
KINDS = 5_000  # held at once; then they are written
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


@define(eq=False)
class Counting:
    """Who is told by the judge (`trust.judge.Trust.note`). On the reactor thread."""

    store: Store
    reactor: Any
    wanted: Callable[[], bool]  # whether reports are sent at all
    _held: Counter[tuple[int, Seen]] = field(factory=Counter, init=False)
    _timer: Any = field(default=None, init=False)
    log = Logger()

    def note(self, seen: Seen) -> None:
        """Count one message, unless nobody asked for reports or it is one (threat D13)."""
        if not self.wanted() or not seen.policy_domain or seen.is_report:
            return
        if seen.record is None or not seen.record.rua:
            return
        if any(to.partition("@")[0] in LOCAL_PARTS for to in seen.recipients):
            return
        kind = evolve(seen, recipients=())
        self._held[int(self.store.clock()) // DAY, kind] += 1
        if len(self._held) >= KINDS:
            self._spawn()
        elif self._timer is None:
            self._timer = self.reactor.callLater(FLUSH_SECONDS, self._spawn)

    async def flush(self) -> None:
        """Write what was counted."""
        held, self._held = self._held, Counter()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
        if held:
            counted = [
                SeenCount(day, kind.policy_domain, facts_of(kind), count)
                for (day, kind), count in held.items()
            ]
            await self.store.writer.run(count_seen, counted)

    def _spawn(self) -> None:
        writing = Deferred.fromCoroutine(self.flush())
        writing.addErrback(lambda failure: self.log.failure("counts of DMARC", failure))
