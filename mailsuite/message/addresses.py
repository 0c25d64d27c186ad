"""Addresses of mail: the one strict parser and the one canonical form (RFC 5321 §4.1.2).

Every decision about who somebody is goes through here, so that no two places can disagree
(threat S4). Addresses in header fields, where anything may stand, are read by
`mailsuite.message.address_lists`.
"""

import re
import unicodedata
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address

import idna
from attrs import frozen

# RFC 5321 §4.5.3.1.1 asks for 64 and for no limit where possible: senders that put a
# recipient into the reverse-path (VERP) go beyond 64.
LOCALPART_OCTETS = 255
DOMAIN_OCTETS = 253  # RFC 1035 §3.1: 255 in wire form
LABEL_OCTETS = 63
LITERAL_OCTETS = 50  # [IPv6:…] at its longest
SEPARATOR = "+"  # of a subaddress (RFC 5233 §1)

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u0080-\U0010ffff]++"
# The group is not possessive: before Python 3.11.5 one that fails half-way eats what it tried.
_DOT_STRING = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_QUOTED = re.compile(r'"((?:[ !#-\[\]-~\u0080-\U0010ffff]++|\\[ -~])*+)"')
_PAIR = re.compile(r"\\(.)", re.DOTALL)
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9\-]*[A-Za-z0-9])?")
_IPV6_TAG = "ipv6:"


class BadAddress(ValueError):  # noqa: N818 - named for what happened (style.md, section 5)
    """The text is no address that RFC 5321 and RFC 6531 allow."""


@frozen
class Address:
    """A mailbox's name: what stands before and after the last `@`.

    `localpart` is what is meant: without quotes, with quoted pairs undone. `domain` stands as
    it was written: A-labels, U-labels, or an address literal in its brackets.
    """

    localpart: str
    domain: str

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read a Mailbox (RFC 5321 §4.1.2, RFC 6531 §3.3): no brackets, spaces or comments.

        Raises:
            BadAddress: it is anything else, a route or a trailing dot included.
        """
        # The text is as long as its sender likes: nothing but the lengths before they are known.
        if len(text) > LOCALPART_OCTETS * 2 + DOMAIN_OCTETS:
            raise BadAddress("too long")
        return _parsed(text)

    @property
    def canonical(self) -> "Address":
        """The form for comparing and storing: A-labels, all in lower case, NFC."""
        return Address(_folded(self.localpart), _canonical_domain(self.domain))

    @property
    def is_ascii(self) -> bool:
        """Whether the next host needs no SMTPUTF8 for it once its domain is in A-labels."""
        return self.localpart.isascii()

    @property
    def subaddress(self) -> str:
        """What follows the first `+` of the local part; empty without one (RFC 5233 §1)."""
        before, _, detail = self.localpart.partition(SEPARATOR)
        return detail if before else ""

    @property
    def without_subaddress(self) -> "Address":
        """The same address without `+` and what follows it."""
        before = self.localpart.partition(SEPARATOR)[0]
        return Address(before, self.domain) if before else self

    def __str__(self) -> str:
        """The address as `parse` takes it, quoted where it must be."""
        if _DOT_STRING.fullmatch(self.localpart):
            return f"{self.localpart}@{self.domain}"
        quoted = self.localpart.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}"@{self.domain}'


def parse_domain(text: str) -> str:
    """Read a domain without an address; returns it in its canonical form.

    Raises:
        BadAddress: no domain name (RFC 5321 §2.3.5), or an address literal.
    """
    if text.startswith("["):
        raise BadAddress("an address literal, not a domain")
    return _canonical_domain(_domain(text))


@lru_cache(maxsize=4096)  # the same few are named again and again, in three places a message
def _parsed(text: str) -> Address:
    local, at, domain = text.rpartition("@")
    if not at:
        raise BadAddress("no @ in it")
    return Address(_localpart(local), _domain(domain))


def _localpart(text: str) -> str:
    if _DOT_STRING.fullmatch(text):
        local = text
    else:
        quoted = _QUOTED.fullmatch(text)
        if quoted is None:
            raise BadAddress("no local part that the grammar allows")
        local = _PAIR.sub(r"\1", quoted[1])
        if not local:
            # Legal as `""@x`; but an empty local part means "everybody" in tables of addresses.
            raise BadAddress("empty local part")
    if not local.isascii() and not local.isprintable():
        # Controls, separators, surrogates, invisible format characters: never shown, never equal.
        raise BadAddress("unprintable characters in the local part")
    if len(local.encode("utf-8")) > LOCALPART_OCTETS:
        raise BadAddress("local part too long")
    return local


def _domain(text: str) -> str:
    if text.startswith("["):
        return _literal(text)
    _ascii_domain(text)
    return text


def _ascii_domain(text: str) -> str:
    # Lengths first: IDNA's work grows with the square of a label (CVE-2024-3651).
    if not 0 < len(text) <= DOMAIN_OCTETS:
        raise BadAddress("domain empty or too long")
    labels = text.split(".")
    if any(not 0 < len(label) <= LABEL_OCTETS for label in labels):
        raise BadAddress("label empty or too long")
    if not text.isascii():
        try:
            text = idna.encode(text, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError) as error:
            raise BadAddress("no domain that IDNA allows") from error
        labels = text.split(".")
        if len(text) > DOMAIN_OCTETS:
            raise BadAddress("domain too long")
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise BadAddress("no label that the grammar allows")
    return text.lower()


def _canonical_domain(domain: str) -> str:
    return domain.lower() if domain.startswith("[") else _ascii_domain(domain)


def _literal(text: str) -> str:
    # RFC 5321 §4.1.3. No other tag than IPv6 was ever registered.
    if len(text) > LITERAL_OCTETS or not text.endswith("]") or not text.isascii():
        raise BadAddress("no address literal")
    inside = text[1:-1]
    try:
        if inside.lower().startswith(_IPV6_TAG):
            number = inside[len(_IPV6_TAG) :]
            if "%" in number:
                raise BadAddress("a zone in an address literal")
            return f"[IPv6:{IPv6Address(number)}]"
        return f"[{IPv4Address(inside)}]"
    except ValueError as error:
        raise BadAddress("no address literal") from error


def _folded(local: str) -> str:
    if local.isascii():
        return local.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", local).lower())
