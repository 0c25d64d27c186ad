"""How many connections stand, and when one more is too many."""

from mailsuite.wire.limits import Limits
from mailsuite.wire.link import Peer
from mailsuite.wire.tallies import Tallies

ALL = ("all",)  # every connection, for the tallies


class Census:
    """How many connections stand, in all and by source.

    Attributes:
        total: of this process; `tallies` may count those of other workers as well.
    """

    def __init__(self, limits: Limits, tallies: Tallies) -> None:
        self.limits = limits
        self.total = 0
        self._tallies = tallies

    def refuses(self, peer: Peer) -> str | None:
        """Return why one more from there is too many, or None."""
        standing = self._tallies.standing
        if standing(ALL) >= self.limits.connections:
            return "Too many connections"
        if not peer.port:
            return None  # a local socket: whoever may open it is trusted not to flood
        if standing(("from", peer.address)) >= self.limits.connections_per_address:
            return "Too many connections from your address"
        if standing(("near", peer.network)) >= self.limits.connections_per_network:
            return "Too many connections from your network"
        return None

    def came(self, peer: Peer) -> None:
        """Count one."""
        self.total += 1
        for key in (ALL, ("from", peer.address), ("near", peer.network)):
            self._tallies.begin(key)

    def went(self, peer: Peer) -> None:
        """Forget one, and its source with its last."""
        self.total -= 1
        for key in (ALL, ("from", peer.address), ("near", peer.network)):
            self._tallies.end(key)
