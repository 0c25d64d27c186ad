"""Mail that goes round in circles (RFC 5321 §6.3; threat S9)."""

from mailsuite.errors import MailLoop
from mailsuite.intake.envelope import Kind
from mailsuite.intake.letter import Letter
from mailsuite.message.header import fields, unfold

FROM_HOSTS = frozenset({Kind.MX, Kind.LOCAL})


def check_loops(letter: Letter) -> None:
    """Refuse what went through too many hosts, or has been delivered here to the same address.

    Delivered-To is ours alone to write, and every copy and every forwarded letter gets it. What a
    signed-in account sends may carry one: people send again what they once got.

    Raises:
        MailLoop: it has been here.
    """
    most = letter.house.limits.hops
    if letter.mentions(b"received") <= most and not letter.mentions(b"delivered-to"):
        return
    hops = 0
    delivered = set()
    for name, value in fields(letter.header):
        if name == b"received":
            hops += 1
        elif name == b"delivered-to":
            delivered.add(unfold(value).strip(b"<>").lower())
    if hops > most:
        raise MailLoop("too many hosts")
    if delivered and letter.source.kind in FROM_HOSTS and _addresses(letter) & delivered:
        raise MailLoop("delivered to the same address before")


def _addresses(letter: Letter) -> set[bytes]:
    found = set()
    for recipient in letter.envelope.recipients:
        found |= {inbox.name.encode() for inbox in recipient.resolution.accounts}
        if recipient.resolution.onward:
            found.add(str(recipient.address.canonical).encode())
    return found
