"""Whose name a message bears: the one domain of its From (RFC 9989 §5.3.1).

What two readers could read differently has no author (threat D7): DMARC cannot pass then, and what
is plainly wrong is refused.
"""

from attrs import frozen

from mailsuite.dns.answers import NoSuchName
from mailsuite.dns.names import a_labels
from mailsuite.message.address_lists import owned_addresses
from mailsuite.message.addresses import BadAddress
from mailsuite.message.header import fields, unfold

AMBIGUOUS = frozenset('@<>,;:"')


@frozen
class Author:
    """The author's domain, or why there is none.

    Attributes:
        domain: canonical; empty: DMARC has nothing to go by.
        reason: for people; empty with a domain.
        disposition: what follows without a domain: "reject" for none or several authors, which
            no mail program writes by mistake (RFC 5322 §3.6); "quarantine" for what cannot be
            read, as some honest senders write it.
    """

    domain: str = ""
    reason: str = ""
    disposition: str = "none"


UNREADABLE = Author(reason="the From field cannot be read in one way", disposition="quarantine")


def author(header: bytes) -> Author:
    """Find the author's domain in a header block. Never raises."""
    values = [unfold(value) for name, value in fields(header) if name == b"from"]
    if len(values) != 1:
        count = "no" if not values else str(len(values))
        return Author(reason=f"the message has {count} From fields", disposition="reject")
    try:
        addresses = owned_addresses(values[0])
        domains = {a_labels(address.domain) for address in addresses}
    except (BadAddress, NoSuchName):
        return UNREADABLE
    # Legal in quotes, but careless readers end an address there.
    if any(AMBIGUOUS.intersection(address.localpart) for address in addresses):
        return UNREADABLE
    if len(domains) != 1:
        which = "authors of several domains" if domains else "no address"
        return Author(reason=f"the From field has {which}", disposition="reject")
    (domain,) = domains
    if domain.startswith("[") or "." not in domain:
        return Author(reason=f"{domain} is no domain of an author", disposition="quarantine")
    return Author(domain)
