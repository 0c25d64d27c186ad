"""How many connections may stand."""

from twisted.internet.task import Clock

from mailsuite.wire.census import Census
from mailsuite.wire.limits import Limits
from mailsuite.wire.link import Peer
from mailsuite.wire.tallies import LocalTallies


def test_networks_are_counted_beside_addresses() -> None:
    tallies = LocalTallies(Clock().seconds)
    census = Census(
        Limits(connections=5, connections_per_network=3, connections_per_address=2), tallies
    )
    peers = [Peer(f"2001:db8::{n}", 1) for n in range(5)]
    for peer in peers[:3]:
        assert census.refuses(peer) is None
        census.came(peer)
    assert census.refuses(peers[3]) == "Too many connections from your network"
    for n in range(2):
        census.came(Peer(f"192.0.2.{n}", 1))
    assert census.refuses(Peer("203.0.113.1", 1)) == "Too many connections"
    for peer in peers[:3]:
        census.went(peer)
    assert census.total == tallies.standing(("near", "192.0.2.0/24")) == 2
    assert len(tallies._standing) == 4, "nothing is kept of who went"
