"""The strict parser and the tolerant one against any octets."""

import contextlib

from mailsuite.message.address_lists import owned_addresses, parse_list
from mailsuite.message.addresses import Address, BadAddress


def one_input(octets: bytes) -> None:
    """Nothing else than `BadAddress` comes out, and what is accepted is one line that returns."""
    parse_list(octets)
    with contextlib.suppress(BadAddress):
        for address in owned_addresses(octets):
            assert Address.parse(str(address)) == address
    with contextlib.suppress(BadAddress):
        address = Address.parse(octets.decode("utf-8", "replace"))
        assert Address.parse(str(address)) == address
        assert not set("\r\n\0") & set(str(address))
