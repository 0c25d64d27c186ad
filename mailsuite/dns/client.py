"""The DNS client: asks our resolvers, remembers, and never asks the same thing twice at once.

A stub: recursion, and validation where there is any, are the resolver's.
"""

from collections.abc import Sequence
from typing import Any

from twisted.internet.defer import Deferred

from mailsuite.dns.answers import Answer, NoAnswer, TemporaryFailure
from mailsuite.dns.cache import Cache, Kept
from mailsuite.dns.exchange import Server, by_tcp, by_udp
from mailsuite.dns.names import a_labels
from mailsuite.dns.wire import Found, NoEdns, Question, Truncated, Useless, ask

# Each server is asked so often before the question is given up: with two servers 12 seconds.
ROUNDS = 2


class Dns:
    """The resolver client of the process.

    Args:
        servers: asked in this order (`mailsuite.dns.servers.choose_servers`).
        reactor: sockets and time-outs.
        clock: tells the seconds for the cache; a reactor or a test's `Clock`.
    """

    def __init__(self, servers: Sequence[Server], reactor: Any, clock: Any = None) -> None:
        self._servers = tuple(servers)
        self._reactor = reactor
        self._seconds = (clock or reactor).seconds
        self.cache = Cache(self._seconds)
        self._asking: dict[tuple[str, str], list[Deferred[Kept]]] = {}
        self.asked = 0  # questions that went out, for tests and figures

    async def query(self, name: str, kind: str) -> Answer:
        """The records of a name and type ("MX", "A", "AAAA", "TXT" …).

        Raises:
            NoSuchName, NoSuchRecord, TemporaryFailure: `mailsuite.dns.answers`.
        """
        name, kind = a_labels(name), kind.upper()
        kept = self.cache.find(name, kind) or await self._shared(name, kind)
        found = kept.found
        if not isinstance(found.outcome, tuple):
            raise found.outcome(f"{name} {kind}", authenticated=found.authenticated)
        ttl = max(0, int(kept.until - self._seconds()))
        return Answer(name, found.canonical, found.outcome, ttl, found.authenticated)

    def knows(self, name: str, kind: str) -> bool:
        """Whether `query` would ask nobody: the outcome is kept, or the name cannot exist."""
        try:
            return self.cache.find(a_labels(name), kind.upper()) is not None
        except NoAnswer:
            return True

    async def _shared(self, name: str, kind: str) -> Kept:
        """Ask, or wait for the one who asks already."""
        waiting = self._asking.get((name, kind))
        if waiting is not None:
            mine: Deferred[Kept] = Deferred()
            waiting.append(mine)
            return await mine
        self._asking[name, kind] = []
        try:
            kept = self.cache.keep(name, kind, await self._ask_all(name, kind))
        except BaseException as error:
            for other in self._asking.pop((name, kind)):
                other.errback(error if isinstance(error, NoAnswer) else TemporaryFailure(name))
            raise
        for other in self._asking.pop((name, kind)):
            other.callback(kept)
        return kept

    async def _ask_all(self, name: str, kind: str) -> Found:
        why = "no resolver is configured"
        for attempt in range(ROUNDS * len(self._servers)):
            server = self._servers[attempt % len(self._servers)]
            try:
                return await self._ask_one(server, name, kind)
            except (NoEdns, Useless) as useless:
                why = str(useless) or "the resolver refuses the question"
        raise TemporaryFailure(f"{name} {kind}: {why}")

    async def _ask_one(self, server: Server, name: str, kind: str) -> Found:
        try:
            return await self._exchange(server, ask(name, kind))
        except NoEdns:
            return await self._exchange(server, ask(name, kind, edns=False))

    async def _exchange(self, server: Server, question: Question) -> Found:
        self.asked += 1
        try:
            return await by_udp(self._reactor, server, question)
        except Truncated:
            return await by_tcp(self._reactor, server, question)
