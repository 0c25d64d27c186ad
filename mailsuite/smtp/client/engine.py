"""The SMTP client without a socket: commands to octets, octets to replies, what was offered."""

from collections.abc import Mapping

from attrs import define, field

from mailsuite.smtp.client.commands import command
from mailsuite.smtp.client.limits import read_limits
from mailsuite.smtp.client.replies import Answer, Fault, Replies

# A host may offer as much as it likes; we look for a dozen words.
KEYWORDS = 100


@define
class ClientEngine:
    """One connection's framing and what EHLO told."""

    extensions: dict[str, str] = field(factory=dict)  # keyword in capitals -> its parameters
    _replies: Replies = field(factory=Replies, init=False)

    @property
    def held(self) -> int:
        """Octets taken in and not yet given out; bounded."""
        return self._replies.held

    @property
    def offered(self) -> frozenset[str]:
        """The keywords of EHLO (RFC 5321 §4.1.1.1)."""
        return frozenset(self.extensions)

    @property
    def largest(self) -> int | None:
        """The most octets that the host takes; None where it does not say (RFC 1870 §4)."""
        words = self.extensions.get("SIZE", "").split()
        if not words or not words[0].isascii() or not words[0].isdigit() or len(words[0]) > 20:
            return None
        return int(words[0]) or None

    @property
    def limits(self) -> Mapping[str, int]:
        """What one session or transaction may have (RFC 9422 §4); names in capitals."""
        return read_limits(self.extensions.get("LIMITS", ""))

    @property
    def least_by_seconds(self) -> int | None:
        """The least time that BY with R may ask for (RFC 2852 §2); None: BY is not known."""
        told = self.extensions.get("DELIVERBY")
        if told is None:
            return None
        least = told.partition(",")[0]
        return int(least) if least.isascii() and least.isdigit() and len(least) < 10 else 0

    @property
    def mechanisms(self) -> frozenset[str]:
        """SASL mechanisms (RFC 4954 §3)."""
        return frozenset(self.extensions.get("AUTH", "").upper().split())

    def feed(self, octets: bytes) -> None:
        """Take octets in, however the network cut them."""
        self._replies.feed(octets)

    def next(self) -> Answer | Fault | None:
        """The next reply, or None until more octets come."""
        return self._replies.next()

    def line(self, verb: str, *arguments: str) -> bytes:
        """One command line. Raises `UnsafeArgument`."""
        return command(verb, *arguments)

    def hear_ehlo(self, answer: Answer) -> None:
        """Note what the host offers, in place of anything it offered before."""
        self.extensions = {}
        for line in answer.lines[1 : KEYWORDS + 1]:
            keyword, _, parameters = line.partition(" ")
            if keyword.upper().startswith("AUTH="):  # as hosts wrote it before RFC 2554
                keyword, parameters = "AUTH", f"{keyword[5:]} {parameters}"
            self.extensions.setdefault(keyword.upper(), parameters.strip())

    def secured(self) -> None:
        """TLS begins: what came before it is worth nothing (RFC 3207 §4.2, threat W4)."""
        self._replies.drop()
        self.extensions = {}
