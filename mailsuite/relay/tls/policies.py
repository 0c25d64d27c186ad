"""MTA-STS policies of recipients' domains: found, fetched, kept, asked for again (RFC 8461 §3, §5).

A policy is the recipient's domain's, whatever host its MX records name (threat T2). Once fetched
it holds until its max_age is over, whether the domain still tells of it or not (threat T1).
"""

from collections.abc import Callable
from typing import Protocol

from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from mailsuite.dns.answers import NoAnswer
from mailsuite.relay.ports import Policy
from mailsuite.relay.tls.dane import Asks
from mailsuite.relay.tls.mta_sts import (
    LARGEST_POLICY,
    BadPolicy,
    Mode,
    StsPolicy,
    find_id,
    parse_policy,
)
from mailsuite.store.opening import Store
from mailsuite.store.sts_policies import (
    DAY,
    KeptPolicy,
    find_policy,
    forget_over,
    keep_policy,
    note_use,
    take_old,
)
from mailsuite.wire.fetching import Fetched, FetchFailed, NotTrusted

FETCH_SECONDS = 60.0  # §3.3
AGAIN_SECONDS = 300.0  # after a fetch that failed (§3.3)
FAILED_NAMES = 10_000  # remembered as failed
UNUSED_SECONDS = 30 * DAY  # without mail for so long, a policy is not asked for again
AT_ONCE = 50  # asked for again in one go

FETCH_ERROR = "sts-policy-fetch-error"  # RFC 8460 §4.3.2.2
INVALID, WEBPKI_INVALID = "sts-policy-invalid", "sts-webpki-invalid"


class Fetches(Protocol):
    """The HTTPS client (`mailsuite.wire.fetching.Fetcher`)."""

    async def get(self, url: str, *, most_octets: int, seconds: float) -> Fetched:
        """Fetch a document. Raises `FetchFailed`."""
        ...


class NotFetched(Exception):  # noqa: N818 - an outcome
    """There is a record, and no policy to it; `result` is how RFC 8460 §4.3.2.2 calls it."""

    def __init__(self, result: str, words: str) -> None:
        super().__init__(words)
        self.result = result


@frozen
class Found:
    """What is known of a domain, and what went wrong when it was asked for."""

    policy: StsPolicy | None = None
    result: str = ""  # a type of RFC 8460 §4.3.2.2; "": nothing went wrong
    reason: str = ""

    def told(self, domain: str) -> Policy:
        """As a TLS report tells it."""
        if self.policy is None:
            return Policy(domain)
        return Policy(domain, "sts", self.policy.lines, self.policy.patterns)


class Policies:
    """The policies of the process. Everything is on the reactor thread.

    Args:
        seconds: a clock, for pauses after failures.
    """

    log = Logger()

    def __init__(
        self, store: Store, dns: Asks, fetches: Fetches, seconds: Callable[[], float]
    ) -> None:
        self._store = store
        self._dns = dns
        self._fetches = fetches
        self._seconds = seconds
        self._failed: dict[tuple[str, str], tuple[float, NotFetched]] = {}
        self._fetching: dict[str, list[Deferred[None]]] = {}

    async def find(self, domain: str) -> Found:
        """The policy that holds for a recipient's domain now. Never raises."""
        announced = await self._announced(domain)
        kept = await self._store.readers.run(find_policy, domain)
        if kept is not None and announced in {"", kept.policy_id}:
            await self._note_use(kept)
            return Found(_parsed(kept))
        if not announced:
            return Found()
        try:
            policy = await self._fetched_once(domain, announced)
        except NotFetched as failed:
            # The old one holds for as long as it said (§3.3).
            old = None if kept is None else _parsed(kept)
            return Found(old, failed.result, str(failed))
        return Found(None if policy is None or policy.mode is Mode.NONE else policy)

    async def refresh(self) -> None:
        """Ask again for policies that are in use, once a day each, whatever DNS says (§3.3, §10.2).

        Whoever drops the record just before a policy ends has won nothing by it.
        """
        while await self._store.writer.run(forget_over):
            pass
        for kept in await self._store.writer.run(take_old, DAY, UNUSED_SECONDS, AT_ONCE):
            try:
                announced = await self._announced(kept.domain) or kept.policy_id
                await self._fetch(kept.domain, announced, used=kept.used)
            except NotFetched as failed:
                if kept.mode != Mode.NONE.value:
                    self.log.warn(
                        "the MTA-STS policy of {domain} cannot be fetched again: {why}",
                        domain=kept.domain,
                        why=str(failed),
                    )

    # Inside.

    async def _announced(self, domain: str) -> str:
        try:
            answer = await self._dns.query(f"_mta-sts.{domain}", "TXT")
        except NoAnswer:
            return ""
        return find_id(answer.records)

    async def _note_use(self, kept: KeptPolicy) -> None:
        if self._store.clock() - kept.used > DAY:
            await self._store.writer.run(note_use, kept.domain)

    async def _fetched_once(self, domain: str, announced: str) -> StsPolicy | None:
        """Fetch, or wait for whoever does already. Raises `NotFetched`."""
        until, failure = self._failed.get((domain, announced), (0.0, None))
        if failure is not None and until > self._seconds():
            raise failure
        if domain in self._fetching:
            waiting: Deferred[None] = Deferred()
            self._fetching[domain].append(waiting)
            await waiting
            kept = await self._store.readers.run(find_policy, domain)
            return None if kept is None else _parsed(kept)
        self._fetching[domain] = []
        try:
            return await self._fetch(domain, announced)
        except NotFetched as failed:
            self._remember(domain, announced, failed)
            raise
        finally:
            for waiter in self._fetching.pop(domain):
                waiter.callback(None)

    def _remember(self, domain: str, announced: str, failed: NotFetched) -> None:
        now = self._seconds()
        if len(self._failed) >= FAILED_NAMES:
            self._failed = {n: f for n, f in self._failed.items() if f[0] > now}
        if len(self._failed) < FAILED_NAMES:
            self._failed[domain, announced] = (now + AGAIN_SECONDS, failed)

    async def _fetch(self, domain: str, announced: str, used: int = 0) -> StsPolicy:
        policy = await self._get(domain)
        kept = KeptPolicy(
            domain,
            announced,
            policy.mode.value,
            policy.patterns,
            policy.max_age,
            int(self._store.clock()),
            used,
        )
        await self._store.writer.run(keep_policy, kept)
        return policy

    async def _get(self, domain: str) -> StsPolicy:
        url = f"https://mta-sts.{domain}/.well-known/mta-sts.txt"
        try:
            answer = await self._fetches.get(url, most_octets=LARGEST_POLICY, seconds=FETCH_SECONDS)
        except NotTrusted as error:
            raise NotFetched(WEBPKI_INVALID, str(error)) from error
        except FetchFailed as error:
            raise NotFetched(FETCH_ERROR, str(error)) from error
        if answer.status != 200:
            raise NotFetched(FETCH_ERROR, f"answered with {answer.status}")
        if answer.media_type != "text/plain":
            # Not what some user of that host may have put there (§3.2).
            raise NotFetched(INVALID, f"is {answer.media_type or 'nothing'}, not text/plain")
        try:
            return parse_policy(answer.body)
        except BadPolicy as bad:
            raise NotFetched(INVALID, str(bad)) from bad


def _parsed(kept: KeptPolicy) -> StsPolicy | None:
    if kept.mode == Mode.NONE.value:
        return None
    return StsPolicy(Mode(kept.mode), kept.max_age, kept.patterns)
