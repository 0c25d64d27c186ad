"""What a client asks of the other side's certificate, and what can be wrong with it."""

from enum import Enum

from attrs import frozen


class Flaw(Enum):
    """What is wrong with a certificate, by the names of TLS reports (RFC 8460 §4.3.1)."""

    HOST_MISMATCH = "certificate-host-mismatch"
    EXPIRED = "certificate-expired"
    NOT_TRUSTED = "certificate-not-trusted"
    OTHER = "validation-failure"  # the handshake failed for another reason


class Trust(Enum):
    """How sure a client wants to be of the other side."""

    ANYBODY = "opportunistic: encrypted is better than clear (RFC 7435)"
    NOTED = "as ANYBODY; what VERIFIED would have refused is noted (RFC 8461 §5, testing)"
    VERIFIED = "a known authority vouches for the name"
    PINNED = "DNS says which certificate or authority it must be (RFC 7672)"


@frozen
class Pin:
    """One TLSA record that can be used: usage 2 or 3 (RFC 6698 §2.1, RFC 7672 §3.1)."""

    usage: int
    selector: int  # 0: the certificate; 1: its public key
    matching: int  # 0: whole; 1: SHA-256; 2: SHA-512
    association: bytes

    @property
    def words(self) -> str:
        """As a zone file and a TLS report write it (RFC 6698 §2.2, RFC 8460 §4.5)."""
        return f"{self.usage} {self.selector} {self.matching} {self.association.hex()}"


@frozen
class Proof:
    """What one host must show."""

    trust: Trust
    pins: tuple[Pin, ...] = ()  # PINNED
    names: tuple[str, ...] = ()  # that a pinned authority may vouch for, beside the host's


ANYBODY = Proof(Trust.ANYBODY)
VERIFIED = Proof(Trust.VERIFIED)
