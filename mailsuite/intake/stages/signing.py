"""DKIM signatures over what leaves (RFC 6376 §5; threats D6, D7, D10)."""

from mailsuite.intake.letter import Letter
from mailsuite.message.address_lists import owned_addresses
from mailsuite.message.addresses import BadAddress
from mailsuite.message.header import first


def sign(letter: Letter) -> None:
    """Sign with the keys of the author's domain: the last stage, when the header is final.

    The fields go above Received, into the prefix of each copy: the body stays one for all.
    A message that bears a signature already keeps it as it is.
    """
    signing = letter.signing
    if signing is None:
        return
    domain = _author_domain(letter.header)
    keys = signing.keys.get(domain)
    if keys is None:
        signing.missing = domain
    elif keys:
        made = signing.signer.sign(letter.header, letter.octets, letter.body_at, keys, letter.now)
        letter.received = made.fields + letter.received
        letter.body_hash = made.body_hash


def _author_domain(header: bytes) -> str:
    """The canonical domain of the first author; empty where From cannot be read in one way."""
    try:
        authors = owned_addresses(first(header, b"from") or b"")
    except BadAddress:
        return ""
    return authors[0].canonical.domain if authors else ""
