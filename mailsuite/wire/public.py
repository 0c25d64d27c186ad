"""Addresses that are hosts on the internet, and all others."""

from ipaddress import IPv6Address, IPv6Network, ip_address

# RFC 4291 §2.4: all that is given out. What lies beside it is this host, this link, this site, or
# an IPv4 address in one of the disguises that only translators read (mapped, NAT64).
UNICAST = IPv6Network("2000::/3")


def is_public(address: str) -> bool:
    """Whether an address is a host on the internet, in whatever form it is written.

    An IPv4 address in an IPv6 one (6to4, Teredo) is none: nobody's mail or policy stands there.
    """
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        tunnelled = ip.sixtofour is not None or ip.teredo is not None
        return ip in UNICAST and ip.is_global and not tunnelled and ip.scope_id is None
    return ip.is_global and not ip.is_multicast
