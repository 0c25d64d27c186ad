"""Rows of the story for what no transaction carries: what the door refused, and why.

They wait a moment and are written together. Whoever makes the door refuse can do it a million
times: a network has so many rows a minute and the host so many in all; what is over is counted, and
told in one row when the minute is over (threats R11, S17).
"""

from collections.abc import Sequence
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from mailsuite.store.events import Event, record_events
from mailsuite.store.opening import Store
from mailsuite.wire.link import Peer

WRITE_SECONDS = 1.0  # that rows wait for each other
TURN_SECONDS = 60.0
OF_NETWORK = 60  # rows a minute
OF_ALL = 3_000
NETWORKS = 4_096  # whose rows are counted apart; all others have one share together
OTHERS = "others"

Row = tuple[str, Event]


@define(eq=False)
class Telling:
    """Collects rows and writes them; bounded whatever comes.

    Args:
        reactor: `callLater` and `seconds`; a `Clock` in tests.
    """

    store: Store
    reactor: Any
    _waiting: list[Row] = field(factory=list, init=False)
    _told: dict[str, int] = field(factory=dict, init=False)  # rows of this minute, by network
    _all: int = field(default=0, init=False)
    _since: float = field(default=0.0, init=False)
    _next: Any = field(default=None, init=False)
    log = Logger()

    def tell(self, trace: str, peer: Peer, told: Event) -> None:
        """Add a sentence to the story of a connection or message, if its share allows."""
        self._turn()
        network = peer.network
        if network not in self._told and len(self._told) >= NETWORKS:
            network = OTHERS
        count = self._told[network] = self._told.get(network, 0) + 1
        if count > OF_NETWORK or self._all >= OF_ALL:
            return
        self._all += 1
        self._waiting.append((trace, told))
        if self._next is None:
            self._next = self.reactor.callLater(WRITE_SECONDS, self._due)

    def flush(self) -> None:
        """Write what waits, and what was only counted: the host is stopping."""
        self._since = -TURN_SECONDS
        self._turn()
        self._write()

    def _due(self) -> None:
        self._next = None
        self._turn()
        self._write()

    def _turn(self) -> None:
        now = self.reactor.seconds()
        if now - self._since < TURN_SECONDS:
            return
        for network, count in self._told.items():
            if count > OF_NETWORK and len(self._waiting) < OF_ALL:
                words = f"{count - OF_NETWORK} more refusals within a minute"
                self._waiting.append(("", Event("refused", network, words)))
        self._told.clear()
        self._all, self._since = 0, now
        if self._waiting and self._next is None:
            self._next = self.reactor.callLater(WRITE_SECONDS, self._due)

    def _write(self) -> None:
        rows: Sequence[Row] = self._waiting
        if not rows:
            return
        self._waiting = []
        writing: Deferred[Any] = self.store.writer.run(record_events, rows)
        # A story that could not be written is in the log as well.
        writing.addErrback(lambda failure: self.log.warn("{why}", why=str(failure.value)))
