"""How much each source, sender and account may do in a minute, an hour and a day.

`[rates]` of the configuration. What is counted lies in `mailsuite.wire.tallies`, over all workers
of a host; what an account does within a day is in the store, and outlives a restart.
"""

from collections.abc import Iterator

from attrs import define, frozen

from mailsuite.wire.link import Peer
from mailsuite.wire.tallies import DAY, HOUR, MINUTE, Key, Tallies, Window

Rate = tuple[tuple[Window, int], ...]  # so many in each window; (): any number

WORDS = {MINUTE: "a minute", HOUR: "an hour", DAY: "a day"}


@frozen
class Rates:
    """The rates in force; the defaults let a large provider's hosts through, and no flood."""

    connections_per_address: Rate = ((MINUTE, 120), (HOUR, 3_000))
    connections_per_network: Rate = ((MINUTE, 300), (HOUR, 9_000))
    messages_per_address: Rate = ((MINUTE, 600), (HOUR, 15_000))
    messages_per_network: Rate = ((MINUTE, 1_500), (HOUR, 40_000))
    messages_per_sender: Rate = ((HOUR, 3_000),)  # one reverse-path from one network
    recipients_per_address: Rate = ((MINUTE, 3_000), (HOUR, 50_000))
    recipients_per_network: Rate = ((MINUTE, 6_000), (HOUR, 100_000))
    recipients_per_sender: Rate = ((HOUR, 20_000),)
    unknown_per_address: Rate = ((HOUR, 30), (DAY, 200))
    unknown_per_network: Rate = ((HOUR, 100), (DAY, 600))
    messages_per_account: Rate = ((DAY, 20_000),)  # beside submissions_… of [limits]
    recipients_per_account: Rate = ((HOUR, 10_000), (DAY, 50_000))
    strangers_per_account: Rate = ((HOUR, 500), (DAY, 2_000))  # whom it had never written to
    questions_per_network: Rate = ((HOUR, 20_000),)  # DNS questions that its mail makes us ask


@frozen
class Over:
    """A rate that was met."""

    what: str  # "messages"
    of: str  # "your address"
    limit: int
    window: Window

    @property
    def words(self) -> str:
        """For the client: the reason, and when to come again."""
        span = WORDS[self.window]
        return f"Too many {self.what} from {self.of}: {self.limit} {span}, try again later"


@define
class Meter:
    """Counts, and says when something is too much."""

    tallies: Tallies

    def count(self, key: Key, rate: Rate, what: str, of: str) -> Over | None:
        """It happens once more: which limit that is beyond, or None."""
        over = None
        for window, limit in rate:
            if self.tallies.count(key, window) > limit:
                over = Over(what, of, limit, window)
        return over

    def met(self, key: Key, rate: Rate, what: str, of: str) -> Over | None:
        """Which limit has been met, without counting."""
        for window, limit in rate:
            if self.tallies.noted(key, window) >= limit:
                return Over(what, of, limit, window)
        return None

    def note(self, key: Key, rate: Rate) -> None:
        """It happened once more."""
        for window, _ in rate:
            self.tallies.note(key, window)


def address_of(peer: Peer) -> str:
    """What counts as one address: an IPv4 address, or an IPv6 /64, which one host fills alone."""
    return peer.network if ":" in peer.address else peer.address


def sources(peer: Peer) -> Iterator[tuple[str, str]]:
    """Whom a peer counts against: a word for the key and the limit, and the value."""
    yield "address", address_of(peer)
    yield "network", peer.network
