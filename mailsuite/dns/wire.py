"""Questions and answers as octets. dnspython knows the format; nothing of it leaves this module."""

import secrets
from collections.abc import Callable
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
from attrs import frozen

from mailsuite.dns.answers import Mx, NoAnswer, NoSuchName, NoSuchRecord, Record, Tlsa

# What passes every path in one piece, as the DNS Flag Day of 2020 settled on.
UDP_OCTETS = 1232
# RFC 2308 §5: without an SOA a negative answer should not be kept; a moment spares storms.
NO_SOA_SECONDS = 5


class Wrong(Exception):  # noqa: N818 - the answer's fault, not ours
    """Not an answer to this question: another id, name or type, or not even DNS."""


class Truncated(Exception):  # noqa: N818 - a fact of the answer
    """The answer did not fit into a datagram: ask again by TCP (RFC 7766 §5)."""


class NoEdns(Exception):  # noqa: N818 - a fact of the server
    """The server does not understand EDNS: ask again without (RFC 6891 §7)."""


class Useless(Exception):  # noqa: N818 - the answer's fault, not ours
    """The server says that it cannot answer, or its records cannot be parsed."""


@frozen
class Found:
    """What an answer says, and how many seconds it may be kept."""

    outcome: tuple[Record, ...] | type[NoAnswer]
    canonical: str
    ttl: int
    authenticated: bool


@frozen
class Question:
    """One question under one id; `octets` goes out as it is, by UDP or TCP."""

    octets: bytes
    query: dns.message.Message


def ask(name: str, kind: str, *, edns: bool = True) -> Question:
    """Make a question with an unguessable id.

    Raises:
        NoSuchName: the name cannot stand in a question.
    """
    try:
        query = dns.message.make_query(
            dns.name.from_text(name),
            dns.rdatatype.from_text(kind),
            use_edns=0 if edns else None,
            payload=UDP_OCTETS if edns else None,
            id=secrets.randbelow(65536),
        )
    except dns.exception.DNSException as error:
        raise NoSuchName(str(error)) from None
    query.flags |= dns.flags.AD  # please tell whether you validated (RFC 6840 §5.7)
    return Question(query.to_wire(), query)


def understand(question: Question, octets: bytes) -> Found:
    """Read an answer.

    Raises:
        Wrong: wait for the right one; it may still come (TuDoor, CVE-2023-29483).
        Truncated: ask by TCP.
        NoEdns: ask again without EDNS.
        Useless: ask another server.
    """
    response = _parse(question, octets)
    if response.flags & dns.flags.TC:
        raise Truncated
    code = response.rcode()
    if code in {dns.rcode.FORMERR, dns.rcode.NOTIMP, dns.rcode.BADVERS}:
        raise NoEdns
    if code not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
        raise Useless(dns.rcode.to_text(code))
    return _found(question, response)


def _parse(question: Question, octets: bytes) -> dns.message.Message:
    # Id and the answer bit first: what fails here was never meant for us.
    if len(octets) < 12 or octets[:2] != question.octets[:2] or not octets[2] & 0x80:
        raise Wrong
    try:
        response = dns.message.from_wire(octets, ignore_trailing=True)
    except (dns.exception.DNSException, ValueError, IndexError):
        cut = _header_only(octets)
        if cut is None or not cut.flags & dns.flags.TC:
            raise Wrong from None
        response = cut
    if not question.query.is_response(response):
        raise Wrong
    return response


def _header_only(octets: bytes) -> dns.message.Message | None:
    """The header and question of an answer whose records were cut in the middle."""
    try:
        return dns.message.from_wire(octets, question_only=True, ignore_trailing=True)
    except (dns.exception.DNSException, ValueError, IndexError):
        return None


def _found(question: Question, response: dns.message.Message) -> Found:
    assert isinstance(response, dns.message.QueryMessage)
    asked = question.query.question[0]
    try:
        chain = response.resolve_chaining()
        canonical = host(chain.canonical_name)
        outcome: tuple[Record, ...] | type[NoAnswer]
        if chain.answer is not None:
            read = READ.get(dns.rdatatype.to_text(asked.rdtype), _text)
            outcome = tuple(read(rdata) for rdata in chain.answer)
            ttl = chain.minimum_ttl
        else:
            missing = response.rcode() == dns.rcode.NXDOMAIN
            outcome = NoSuchName if missing else NoSuchRecord
            # dnspython starts at the largest TTL there is and lowers it by what it finds.
            ttl = chain.minimum_ttl if response.authority else NO_SOA_SECONDS
    except (dns.exception.DNSException, ValueError, AttributeError) as error:
        raise Useless(f"records that cannot be read: {type(error).__name__}") from None
    return Found(outcome, canonical, ttl, bool(response.flags & dns.flags.AD))


def host(name: dns.name.Name) -> str:
    """A name as text: lower case, no final dot; the root is ""."""
    return name.to_text(omit_final_dot=True).lower() if len(name) > 1 else ""


def _text(rdata: Any) -> str:
    return str(rdata.to_text())


def _address(rdata: Any) -> str:
    return str(rdata.address)


def _mx(rdata: Any) -> Mx:
    return Mx(rdata.preference, host(rdata.exchange))


def _name(rdata: Any) -> str:
    return host(rdata.target)


def _strings(rdata: Any) -> bytes:
    return b"".join(rdata.strings)


def _tlsa(rdata: Any) -> Tlsa:
    return Tlsa(rdata.usage, rdata.selector, rdata.mtype, rdata.cert)


READ: dict[str, Callable[[Any], Record]] = {
    "A": _address,
    "AAAA": _address,
    "MX": _mx,
    "CNAME": _name,
    "PTR": _name,
    "NS": _name,
    "TXT": _strings,
    "TLSA": _tlsa,
}
