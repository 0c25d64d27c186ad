"""The Sender Rewriting Scheme: reverse-paths of forwarded mail that lead back through us.

A host that gets forwarded mail asks SPF about the host that forwards (RFC 7208 §2.4), which the
author's domain never heard of. So the reverse-path becomes one of ours, with the old one in it:
`SRS0=HHHH=TT=domain=local@ours`, and of one that another forwarder has rewritten already
`SRS1=HHHH=forwarder==HHHH=TT=domain=local@ours`. A bounce to it goes on to the author.

Nobody can make one: HHHH is a MAC over the rest, and TT the day, so that it ends.
"""

import base64
import hmac

from attrs import field, frozen

from mailsuite.message.addresses import LOCALPART_OCTETS, Address, BadAddress

DAY = 86_400
DAYS = 1 << 10  # after which TT comes again
VALID_DAYS = 21  # a queue gives up after five days, ours and that of the next host
HASH_LETTERS = 8  # 40 bits, of which nobody can try many: each try is a RCPT that is refused
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"  # base32: hosts may change the case of a local part


@frozen
class Srs:
    """Writes and reads such addresses; all workers of a host have the same secret."""

    secret: bytes = field(repr=False)

    def forward(self, sender: Address, domain: str, now: float) -> Address:
        """The reverse-path to forward with: an address of `domain`, one of ours.

        A sender whose address would grow beyond what hosts take stays what it is.
        """
        local = sender.localpart
        kind = local[:5].upper()
        if kind == "SRS0=":
            inside = f"{sender.domain}={local[4:]}"
            made = f"SRS1={self._mac('SRS1', inside)}={inside}"
        elif kind == "SRS1=" and local.count("=") >= 3:
            # The first forwarder is asked, not the one in between: it alone knows the author.
            inside = local[5:].partition("=")[2]
            made = f"SRS1={self._mac('SRS1', inside)}={inside}"
        else:
            day = int(now // DAY) % DAYS
            inside = f"{ALPHABET[day >> 5]}{ALPHABET[day & 31]}={sender.domain}={local}"
            made = f"SRS0={self._mac('SRS0', inside)}={inside}"
        return Address(made, domain) if len(made.encode()) <= LOCALPART_OCTETS else sender

    def reverse(self, address: Address, now: float) -> Address | None:
        """Where mail to such an address goes; None: it is none of ours, or too old."""
        kind, _, rest = address.localpart.partition("=")
        mac, _, inside = rest.partition("=")
        kind = kind.upper()
        if kind not in {"SRS0", "SRS1"} or not hmac.compare_digest(
            mac.upper().encode(), self._mac(kind, inside).encode()
        ):
            return None
        if kind == "SRS1":
            host, _, local = inside.partition("=")
            return _address(f"SRS0{local}", host)
        stamp, _, sender = inside.partition("=")
        domain, _, local = sender.partition("=")
        day = _day(stamp)
        age = (int(now // DAY) - day) % DAYS if day is not None else DAYS
        return _address(local, domain) if age <= VALID_DAYS else None

    def _mac(self, kind: str, inside: str) -> str:
        # In lower case: what a host does to the case of an address must not break it.
        octets = f"{kind}={inside.lower()}".encode(errors="surrogatepass")
        digest = hmac.digest(self.secret, octets, "sha256")
        return base64.b32encode(digest).decode()[:HASH_LETTERS]


def may_be_srs(address: Address) -> bool:
    """Whether it has the form of one: hardly any address has."""
    return address.localpart[:5].upper() in {"SRS0=", "SRS1="}


def _day(stamp: str) -> int | None:
    if len(stamp) != 2 or not all(letter in ALPHABET for letter in stamp.upper()):
        return None
    high, low = (ALPHABET.index(letter) for letter in stamp.upper())
    return high << 5 | low


def _address(local: str, domain: str) -> Address | None:
    try:
        return Address.parse(str(Address(local, domain)))
    except BadAddress:
        return None
