"""What a DNS question is answered with: records, or one of three ways of having none.

RFC 2308 §2 tells the ways apart: the name does not exist, the name has nothing of that type,
and nobody could say. Mail treats them differently: the first two are certain, the third waits.
"""

from attrs import frozen


class NoAnswer(Exception):  # noqa: N818 - an outcome, not a mistake
    """The question brought no records; `authenticated`: as in `Answer`, that there are none."""

    def __init__(self, words: str = "", *, authenticated: bool = False) -> None:
        super().__init__(words)
        self.authenticated = authenticated


class NoSuchName(NoAnswer):
    """NXDOMAIN: the name does not exist, for no type at all (RFC 2308 §2.1)."""


class NoSuchRecord(NoAnswer):
    """NODATA: the name exists, without records of that type (RFC 2308 §2.2)."""


class TemporaryFailure(NoAnswer):
    """No usable answer now: time-out, SERVFAIL, REFUSED, or records that cannot be parsed."""


@frozen
class Mx:
    """One mail exchanger (RFC 1035 §3.3.9); an exchange of "" is the null MX (RFC 7505)."""

    preference: int
    exchange: str  # A-labels, lower case, no final dot


@frozen
class Tlsa:
    """One TLSA record (RFC 6698 §2.1)."""

    usage: int
    selector: int
    matching: int
    association: bytes


# A and AAAA: the address as text; CNAME, PTR and NS: a name; TXT: the strings joined.
Record = str | bytes | Mx | Tlsa


@frozen
class Answer:
    """The records of one name and type, aliases (CNAME) followed."""

    name: str  # as asked, canonical
    canonical: str  # where the chain of aliases ended
    records: tuple[Record, ...]
    ttl: int  # seconds left when it was given out
    authenticated: bool = False  # the AD bit: worth what the way to the resolver is worth
