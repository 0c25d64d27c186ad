"""A small DNS server on loopback whose answers a test writes, and that can misbehave.

A zone is a dictionary: name -> type -> list of records as text, or one of the words of
`Misbehaviour`. By hand: `python -m tests.nameserver ZONE.json PORT`.
"""

import json
import struct
import sys
from enum import Enum
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import DatagramProtocol, Factory, Protocol

Zone = dict[str, dict[str, Any]]
TTL = 300
SOA = "ns.test. hostmaster.test. 1 3600 600 86400 60"
SIGNED = "signed."  # a zone with this name in it: every answer is authenticated


class Misbehaviour(Enum):
    """What stands in a zone instead of records."""

    SERVFAIL = "SERVFAIL"
    REFUSED = "REFUSED"
    FORMERR = "FORMERR"  # to questions with EDNS only
    STALL = "STALL"  # no answer at all
    LIE = "LIE"  # wrong answers first, then the right one
    TRUNCATE = "TRUNCATE"  # the datagram does not hold it, TCP does
    GARBAGE = "GARBAGE"  # octets that are no DNS after the header


class Nameserver:
    """Answers from `zone`, which may be changed while it runs."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone
        self.asked: list[tuple[str, str]] = []
        self.sources: list[tuple[str, int]] = []
        self.ids: list[int] = []

    def answers(self, octets: bytes, *, tcp: bool = False) -> list[bytes]:
        """What goes back for a question: nothing, one answer, or lies and then one."""
        query = dns.message.from_wire(octets)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        self.ids.append(query.id)
        found = self.zone.get(name, {})
        how = found.get(kind)
        word = found.get(f"{kind}!")
        if word is not None:
            return self._misbehave(query, how or [], str(word), tcp=tcp)
        return [self._answer(query, name, kind).to_wire(max_size=65535)]

    def _answer(self, query: dns.message.Message, name: str, kind: str) -> dns.message.Message:
        response = dns.message.make_response(query, recursion_available=True)
        if SIGNED in self.zone:
            response.flags |= dns.flags.AD
        for _ in range(10):
            records = self.zone.get(name)
            if records is None:
                response.set_rcode(dns.rcode.NXDOMAIN)
                break
            if kind in records:
                response.answer.append(
                    dns.rrset.from_text(f"{name}.", TTL, "IN", kind, *records[kind])
                )
                return response
            if "CNAME" not in records:
                break
            (target,) = records["CNAME"]
            response.answer.append(dns.rrset.from_text(f"{name}.", TTL, "IN", "CNAME", target))
            name = target.removesuffix(".")
        response.authority.append(dns.rrset.from_text("test.", TTL, "IN", "SOA", SOA))
        return response

    def _misbehave(
        self, query: dns.message.Message, records: list[str], word: str, *, tcp: bool
    ) -> list[bytes]:
        how = Misbehaviour(word)
        name = query.question[0].name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(query.question[0].rdtype)
        right = self._answer(query, name, kind)
        if how is Misbehaviour.STALL:
            return []
        if how is Misbehaviour.TRUNCATE and not tcp:
            right.answer.clear()
            right.flags |= dns.flags.TC
        if how in {Misbehaviour.SERVFAIL, Misbehaviour.REFUSED}:
            right.answer.clear()
            right.set_rcode(dns.rcode.from_text(how.value))
        if how is Misbehaviour.FORMERR and query.edns >= 0:
            right = dns.message.make_response(query)
            right.use_edns(None)
            right.set_rcode(dns.rcode.FORMERR)
        octets = right.to_wire(max_size=65535)
        if how is Misbehaviour.GARBAGE:
            return [octets[:12] + b"\xc0\xff" * 20]
        if how is Misbehaviour.LIE:
            other_id = struct.pack("!H", query.id ^ 0x5555) + octets[2:]
            other_name = dns.message.make_response(
                dns.message.make_query("elsewhere.test.", kind, id=query.id)
            ).to_wire()
            return [other_id, other_name, octets[:20], b"", octets]
        return [octets]


class _Datagrams(DatagramProtocol):
    def __init__(self, server: Nameserver) -> None:
        self.server = server

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:  # noqa: N802 - Twisted
        self.server.sources.append(addr)
        transport: Any = self.transport
        for answer in self.server.answers(datagram):
            transport.write(answer, addr)


class _Stream(Protocol):
    def __init__(self, server: Nameserver) -> None:
        self.server = server
        self.octets = b""

    def dataReceived(self, octets: bytes) -> None:  # noqa: N802 - Twisted
        self.octets += octets
        transport: Any = self.transport
        if len(self.octets) >= 2:
            (length,) = struct.unpack_from("!H", self.octets)
            if len(self.octets) >= 2 + length:
                question, self.octets = self.octets[2 : 2 + length], self.octets[2 + length :]
                for answer in self.server.answers(question, tcp=True):
                    transport.write(struct.pack("!H", len(answer)) + answer)


class Listening:
    """The open ports of a name server; UDP and TCP have the same number."""

    def __init__(self, reactor: Any, server: Nameserver, port: int = 0) -> None:
        factory: Any = Factory.forProtocol(lambda: _Stream(server))
        factory.noisy = False
        while True:
            self.tcp = reactor.listenTCP(port, factory, interface="127.0.0.1")
            self.port: int = self.tcp.getHost().port
            try:
                self.udp = reactor.listenUDP(self.port, _Datagrams(server), interface="127.0.0.1")
            except CannotListenError:
                # Free for one and not for the other: another number, unless it was asked for.
                self.tcp.stopListening()
                if port:
                    raise
            else:
                return

    def close(self) -> Any:
        """Stop; returns a Deferred."""
        self.tcp.stopListening()
        return self.udp.stopListening()


def main() -> None:
    """Serve a zone file."""
    from twisted.internet import reactor  # noqa: PLC0415 - installed at import: by hand only

    running: Any = reactor
    zone_file, port = sys.argv[1:]
    Listening(running, Nameserver(json.loads(Path(zone_file).read_text("utf-8"))), int(port))
    running.run()


if __name__ == "__main__":
    main()
