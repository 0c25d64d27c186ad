"""Repeats of one event are counted instead of told, once they have had their share (threat R11).

Whoever makes the host log something can do it a million times: the disk must not fill up, and
the lines about everybody else must not drown. Each kind of event has a share of a minute's log,
and within it each network that it is about. What is over is told in one line at the next minute.
"""

import threading
import time
from collections.abc import Callable, Iterator
from math import inf

from attrs import define, field
from twisted.logger import LogEvent, LogLevel

from mailsuite.wire.link import Peer

WINDOW_SECONDS = 60.0
# A hundred lines a second of each kind: more than a busy host has deliveries.
KIND_OCTETS = 1024 * 1024
NETWORK_OCTETS = 64 * 1024
NETWORKS = 4_096  # whose shares are kept apart; all others have one together
OTHERS = "others"


@define
class Share:
    """What is left of a minute's log, in octets, and how many events came after it was used up."""

    left: int
    folded: int = 0


@define
class Folding:
    """Decides which events are told. Safe from every thread; bounded whatever comes.

    Args:
        clock: seconds that never go back.
    """

    clock: Callable[[], float] = time.monotonic
    _until: float = field(default=-inf, init=False)
    _kinds: dict[str, Share] = field(factory=dict, init=False)
    _networks: dict[tuple[str, str], Share] = field(factory=dict, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False, repr=False)

    def told(self, event: LogEvent, line: Callable[[LogEvent], str]) -> Iterator[str]:
        """Return the lines that are to be written now: the event's, and what was folded before.

        `line` makes an event a line; it is not called for one that is only counted.
        """
        with self._lock:
            lines = [line(summary) for summary in self._turned(event)]
            shares = self._shares(event)
            if all(share.left > 0 for share in shares):
                told = line(event)
                lines.append(told)
                for share in shares:
                    share.left -= len(told)
            else:
                # Of the nearest cause alone: who is loud, else what.
                shares[-1 if shares[-1].left <= 0 else 0].folded += 1
        return iter(lines)

    def rest(self) -> list[LogEvent]:
        """What was folded and not yet told; afterwards nothing is."""
        with self._lock:
            return self._summaries(time.time())

    def _turned(self, event: LogEvent) -> list[LogEvent]:
        now = self.clock()
        if now < self._until:
            return []
        self._until = now + WINDOW_SECONDS
        return self._summaries(event.get("log_time", 0.0))

    def _summaries(self, when: float) -> list[LogEvent]:
        of_networks: dict[str, Share] = {}
        for (kind, _), share in self._networks.items():
            if share.folded:
                total = of_networks.setdefault(kind, Share(0))
                total.left += 1
                total.folded += share.folded
        found = [
            _summary(when, kind, share.folded, 0)
            for kind, share in self._kinds.items()
            if share.folded
        ]
        found += [_summary(when, kind, s.folded, s.left) for kind, s in of_networks.items()]
        self._kinds.clear()
        self._networks.clear()
        return found

    def _shares(self, event: LogEvent) -> list[Share]:
        kind = f"{event.get('log_namespace', '-')}: {event.get('log_format') or '-'}"
        shares = [self._kinds.setdefault(kind, Share(KIND_OCTETS))]
        peer = event.get("peer")
        if isinstance(peer, str):
            key = (kind, Peer(peer).network)
            if key not in self._networks and len(self._networks) >= NETWORKS:
                key = (kind, OTHERS)
            shares.append(self._networks.setdefault(key, Share(NETWORK_OCTETS)))
        return shares


def _summary(when: float, kind: str, count: int, networks: int) -> LogEvent:
    words = "{count} more in a minute of: {kind}"
    return {
        "log_time": when,
        "log_level": LogLevel.warn,
        "log_namespace": __name__,
        "log_format": words + (" (from {networks} networks)" if networks else ""),
        "count": count,
        "kind": kind,
        **({"networks": networks} if networks else {}),
    }
