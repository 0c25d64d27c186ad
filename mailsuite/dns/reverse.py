"""The name that an address says it has, believed where the name says the same (RFC 8601 §3)."""

from ipaddress import ip_address
from typing import Protocol

from attrs import frozen

from mailsuite.dns.answers import Answer, NoAnswer, NoSuchName, NoSuchRecord, TemporaryFailure

# PTR records that are looked at: more is a shared host's or an attack (RFC 7208 §4.6.4 says 10).
NAMES = 5
PASS, FAIL, TEMPERROR, PERMERROR = "pass", "fail", "temperror", "permerror"


class Asks(Protocol):
    """Who answers questions: `Dns`, or one message's `Budget`."""

    async def query(self, name: str, kind: str) -> Answer:
        """The records. Raises `mailsuite.dns.answers.NoAnswer`."""
        ...


@frozen
class Confirmed:
    """What iprev found out (RFC 8601 §2.7.3).

    Attributes:
        word: pass | fail (names, and none of them leads back) | permerror (no name) | temperror.
        name: the first that leads back; with `fail` the first of all.
    """

    word: str
    name: str = ""


async def confirm(asks: Asks, address: str) -> Confirmed:
    """Look up an address's names, and whether one of them has the address. Never raises."""
    kind = "A" if ip_address(address).version == 4 else "AAAA"
    try:
        names = [str(name) for name in await _records(asks, ip_address(address).reverse_pointer)]
    except (NoSuchName, NoSuchRecord):
        return Confirmed(PERMERROR)
    except NoAnswer:
        return Confirmed(TEMPERROR)
    word = FAIL
    for name in names[:NAMES]:
        try:
            found = (await asks.query(name, kind)).records
        except TemporaryFailure:
            word = TEMPERROR
        except NoAnswer:
            continue
        else:
            if any(ip_address(str(one)) == ip_address(address) for one in found):
                return Confirmed(PASS, name)
    return Confirmed(word, names[0] if names else "")


async def _records(asks: Asks, name: str) -> tuple[object, ...]:
    return (await asks.query(name, "PTR")).records
