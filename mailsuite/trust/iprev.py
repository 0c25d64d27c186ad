"""iprev: whether an address leads to a name that leads back to it (RFC 8601 §3)."""

from ipaddress import IPv4Address, IPv6Address, ip_address

from mailsuite.dns.answers import NoAnswer, TemporaryFailure
from mailsuite.trust.ports import Asks
from mailsuite.trust.results import IprevResult

NAMES = 5  # of PTR records whose addresses are asked for; who has more confirms one of these


async def confirm(asks: Asks, ip: str) -> IprevResult:
    """Look the name up and back (RFC 8601 §3, §2.7.3). Never raises."""
    try:
        address = ip_address(ip)
    except ValueError:
        return IprevResult("permerror", ip, reason="no IP address")
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return await confirm(asks, str(address.ipv4_mapped))
    try:
        names = (await asks.query(address.reverse_pointer, "PTR")).records[:NAMES]
    except TemporaryFailure:
        return IprevResult("temperror", ip, reason="DNS has no answer about the address")
    except NoAnswer:
        # No PTR is "permerror" by the letter of §2.7.3, for there is nothing to confirm.
        return IprevResult("permerror", ip, reason="the address has no name")
    return await _confirmed(asks, address, [str(name) for name in names])


async def _confirmed(
    asks: Asks, address: IPv4Address | IPv6Address, names: list[str]
) -> IprevResult:
    kind, ip = "A" if address.version == 4 else "AAAA", str(address)
    troubled = False
    for name in names:
        try:
            found = (await asks.query(name, kind)).records
        except NoAnswer as error:
            troubled |= isinstance(error, TemporaryFailure)
            continue
        if any(ip_address(str(each)) == address for each in found):
            return IprevResult("pass", ip, name, f"{name} has this address")
    if troubled:
        return IprevResult("temperror", ip, reason="DNS has no answer about the address's name")
    return IprevResult("fail", ip, reason=f"{names[0]} does not have this address")
