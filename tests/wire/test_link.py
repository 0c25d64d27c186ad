"""Ends of a connection, and the networks that they stand in."""

from ipaddress import ip_network

import pytest

from mailsuite.wire.link import Peer

HERE = [ip_network("192.0.2.0/24"), ip_network("2001:db8::/32")]


@pytest.mark.parametrize(
    ("address", "network", "within", "local"),
    [
        ("192.0.2.7", "192.0.2.0/24", True, False),
        ("198.51.100.1", "198.51.100.0/24", False, False),
        ("2001:db8:0:1:2::3", "2001:db8:0:1::/64", True, False),
        ("2001:db9::1", "2001:db9::/64", False, False),
        ("/run/mail", "/run/mail", False, True),
        ("", "", False, True),  # a local socket without a name
    ],
)
def test_an_end_knows_its_networks(address: str, network: str, within: bool, local: bool) -> None:
    peer = Peer(address)
    assert (peer.network, peer.within(HERE), peer.local) == (network, within, local)
    assert not peer.within([])
