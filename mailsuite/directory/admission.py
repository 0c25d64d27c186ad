"""Before and after every sign-in, whatever its mechanism: throttle, log, and the wait of failures.

Where a limit is met, nothing is looked at (A1); what fails waits for its answer, alike for
everybody (A3).
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from twisted.logger import Logger

from mailsuite.directory.sasl.exchange import Caller
from mailsuite.directory.throttle import Attempt, Standing, Throttle
from mailsuite.errors import AuthenticationFailed, Busy, SignInThrottled
from mailsuite.message.addresses import Address, BadAddress
from mailsuite.wire.link import Network, Peer

T = TypeVar("T")
SHOWN = 200  # characters of a name in the log


@frozen
class Visit:
    """Somebody who wants to sign in."""

    name: str  # as given, canonical where it is an address
    address: Address | None  # None: the name is none, and nobody's
    door: str
    attempt: Attempt
    trusted: bool  # neither counted nor slowed


class Admission:
    """Counts, slows and logs sign-ins.

    Args:
        reactor: for the wait before a failure's answer.
        trusted: networks that are neither counted nor slowed.
    """

    log = Logger()

    def __init__(
        self, reactor: IReactorTime, throttle: Throttle, trusted: Sequence[Network] = ()
    ) -> None:
        self._reactor = reactor
        self._waiting: list[Deferred[None]] = []
        self.throttle = throttle
        self.trusted = tuple(trusted)

    def visit(self, user: str, caller: Caller) -> Visit:
        """Take note of somebody, by the name that they give."""
        try:
            address = Address.parse(user).canonical
        except BadAddress:
            address = None
        name = user.encode(errors="replace").decode() if address is None else str(address)
        attempt = Attempt(name, caller.peer)
        return Visit(name, address, caller.door, attempt, self._trusts(caller.peer))

    async def settle(self, visit: Visit, work: Awaitable[T]) -> T:
        """Await what decides on a visit: a failure is logged and waits for its answer."""
        try:
            return await work
        except (AuthenticationFailed, SignInThrottled) as error:
            self.tell("refused", visit, type(error).__name__)
            if not visit.trusted:
                await deferLater(self._reactor, self.throttle.delay(visit.attempt))
            raise

    def require(self, visit: Visit) -> None:
        """Raise `SignInThrottled` where a limit is met: nothing more is to be done for it."""
        if not visit.trusted and self.throttle.blocked(visit.attempt):
            raise SignInThrottled

    async def counted(self, visit: Visit, check: Callable[[], Awaitable[bool]]) -> bool:
        """Do one check of a credential, when there is a turn for it, and count how it ended.

        Raises:
            SignInThrottled: a limit is met; nothing was checked.
            Busy: too many wait for their turn.
        """
        if visit.trusted:
            return await check()
        attempt = visit.attempt
        while (standing := self.throttle.begin(attempt)) is not Standing.FREE:
            if standing is Standing.BLOCKED:
                raise SignInThrottled
            if len(self._waiting) >= self.throttle.limits.hash_waiting:
                raise Busy
            turn: Deferred[None] = Deferred()
            self._waiting.append(turn)
            await turn
        try:
            right = await check()
        except Exception:
            self.throttle.void(attempt)
            self.next()
            raise
        (self.throttle.succeeded if right else self.throttle.failed)(attempt)
        self.next()
        return right

    def succeeded(self, visit: Visit) -> None:
        """Somebody proved who they are without a check that costs: known here from now on."""
        if not visit.trusted and self.throttle.begin(visit.attempt) is Standing.FREE:
            self.throttle.succeeded(visit.attempt)

    def next(self) -> None:
        """Let those who wait for a check ask again."""
        waiting, self._waiting = self._waiting, []
        for turn in waiting:
            turn.callback(None)

    def tell(self, outcome: str, visit: Visit, why: str) -> None:
        """Write the line of the log."""
        self.log.info(
            "sign-in {outcome}: {name} at {door} from {peer}: {why}",
            outcome=outcome,
            name=visit.name[:SHOWN],
            door=visit.door,
            peer=visit.attempt.peer.address,
            why=why,
        )

    def _trusts(self, peer: Peer) -> bool:
        # Of a local socket the front door has checked the peer.
        return peer.local or peer.within(self.trusted)
