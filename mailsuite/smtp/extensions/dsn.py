"""DSN (RFC 3461): what the sender wants to hear of a message's fate."""

from attrs import evolve

from mailsuite.smtp.grammar import syntax, xtext
from mailsuite.smtp.ports import Envelope, Recipient, Session
from mailsuite.smtp.registry import keyword, mail_parameter, rcpt_parameter

ENVID_OCTETS = 100  # RFC 3461 §4.4
ORCPT_OCTETS = 500  # RFC 3461 §4.2
NOTIFY = frozenset({"SUCCESS", "FAILURE", "DELAY"})


@keyword(b"DSN")
def dsn(_: Session) -> bytes:
    """Say so (RFC 3461 §4)."""
    return b""


def _ret(value: bytes) -> str:
    name = value.upper()
    if name not in (b"FULL", b"HDRS"):
        raise syntax("RET is FULL or HDRS")
    return name.decode()


@mail_parameter(b"RET", _ret)
def ret(envelope: Envelope, name: str, _: Session) -> Envelope:
    """Note whether a failure report brings all of the message back (RFC 3461 §4.3)."""
    return evolve(envelope, ret=name)


def _envid(value: bytes) -> str:
    if len(value) > ENVID_OCTETS:
        raise syntax("ENVID is too long")
    return xtext(value)


@mail_parameter(b"ENVID", _envid)
def envid(envelope: Envelope, identifier: str, _: Session) -> Envelope:
    """Note what reports shall call this transaction (RFC 3461 §4.4)."""
    return evolve(envelope, envid=identifier)


def _notify(value: bytes) -> frozenset[str]:
    names = [name.decode("latin-1") for name in value.upper().split(b",")]
    if names == ["NEVER"] or (NOTIFY.issuperset(names) and len(set(names)) == len(names)):
        return frozenset(names)
    raise syntax("NOTIFY is NEVER, or some of SUCCESS, FAILURE, DELAY")


@rcpt_parameter(b"NOTIFY", _notify)
def notify(recipient: Recipient, names: frozenset[str]) -> Recipient:
    """Note when the sender wants a report (RFC 3461 §4.1)."""
    return evolve(recipient, notify=names)


def _orcpt(value: bytes) -> str:
    kind, semicolon, address = value.partition(b";")
    if not semicolon or (not kind.isalnum() and kind.lower() != b"utf-8"):
        raise syntax("ORCPT is a type, a semicolon, and an address")
    if len(value) > ORCPT_OCTETS:
        raise syntax("ORCPT is too long")
    if kind.lower() == b"utf-8" and not address.isascii():
        return f"utf-8;{_printable(address)}"
    return f"{kind.decode('ascii')};{xtext(address)}"


def _printable(address: bytes) -> str:
    """Read UTF-8 as it is (RFC 6533 §3, utf-8-addr-unitext)."""
    try:
        if (text := address.decode("utf-8")).isprintable():
            return text
    except UnicodeDecodeError:
        pass
    raise syntax("ORCPT is not understood")


@rcpt_parameter(b"ORCPT", _orcpt)
def orcpt(recipient: Recipient, address: str) -> Recipient:
    """Note what the sender first wrote, for its reports (RFC 3461 §4.2)."""
    return evolve(recipient, orcpt=address)
