"""DNS block and allow lists (RFC 5782): what they say of addresses and domains.

A list that is not what it claims to be is not asked: `mailsuite.repute.health`.
"""

from ipaddress import IPv4Address, ip_address
from typing import Protocol

from attrs import frozen

from mailsuite.dns.answers import Answer, NoAnswer, NoSuchName, NoSuchRecord
from mailsuite.message.reputation import Listed
from mailsuite.repute.settings import DnsList
from mailsuite.wire.logs import clean

ANSWERS = 20  # of one list
WORDS = 200  # characters of its reason
# RFC 5782 §2.3: anything else is a wildcard, a web server's address, or a lapsed domain's.
LOOPBACK = 127
# What public lists answer to whom they do not serve (a public resolver, too many questions): not
# in the RFC, the same at all large ones.
REFUSALS = (IPv4Address("127.255.255.0"), IPv4Address("127.255.255.255"))


class Unreliable(Exception):  # noqa: N818 - a state, not a mistake
    """The list answered what no list may: it is failing."""


class Asks(Protocol):
    """Who answers questions (`mailsuite.dns`)."""

    async def query(self, name: str, kind: str) -> Answer:
        """The records. Raises `mailsuite.dns.answers.NoAnswer`."""
        ...


@frozen
class Subject:
    """What is looked up: an address, or a domain."""

    kind: str  # ipv4 | ipv6 | domain
    text: str

    def name_in(self, zone: str) -> str:
        """The name to ask for (§2.1, §2.4, §3)."""
        return f"{self.label}.{zone}"

    @property
    def label(self) -> str:
        """The part before the list's own name."""
        if self.kind == "domain":
            return self.text
        # "1.2.0.192.in-addr.arpa", "….ip6.arpa": what comes before the last two labels.
        return ip_address(self.text).reverse_pointer.rsplit(".", 2)[0]


def subject_of(address: str) -> Subject:
    """An address as a subject."""
    return Subject(f"ipv{ip_address(address).version}", address)


async def answers_of(asks: Asks, zone: str, subject: Subject) -> tuple[str, ...]:
    """The list's A records for a subject; none: it is not listed.

    Raises:
        Unreliable: an answer is outside 127.0.0.0/8, or says that the list does not serve us.
        TemporaryFailure: nobody knows.
    """
    try:
        answer = await asks.query(subject.name_in(zone), "A")
    except (NoSuchName, NoSuchRecord):
        return ()
    found = tuple(str(record) for record in answer.records[:ANSWERS])
    for text in found:
        address = IPv4Address(text)
        if address.packed[0] != LOOPBACK or REFUSALS[0] <= address <= REFUSALS[1]:
            raise Unreliable(f"{zone} answers {text}")
    return found


async def listing(asks: Asks, one: DnsList, subject: Subject) -> Listed | None:
    """What a list says of a subject, with its reason (§2.1); None: nothing that counts.

    Raises:
        Unreliable: the list is failing.
    """
    if subject.kind not in one.kinds:
        return None
    try:
        answers = await answers_of(asks, one.zone, subject)
    except NoAnswer:
        return None  # a list that is down decides nothing
    score = one.score_of(answers)
    if not score:
        return None
    return Listed(one.zone, subject.text, answers, score, await _reason(asks, one.zone, subject))


async def _reason(asks: Asks, zone: str, subject: Subject) -> str:
    try:
        answer = await asks.query(subject.name_in(zone), "TXT")
    except NoAnswer:
        return ""
    first = answer.records[0] if answer.records else b""
    return clean(first, WORDS) if isinstance(first, bytes) else ""
