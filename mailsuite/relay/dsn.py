"""Delivery status notifications as messages (RFC 3461 §6, RFC 3464, RFC 6522, RFC 6533)."""

import re
import textwrap
from collections.abc import Sequence
from enum import Enum

from attrs import frozen

from mailsuite.message.addresses import Address, BadAddress
from mailsuite.message.compose import (
    Part,
    addresses,
    message_id,
    report_message,
    structured,
    text_part,
    unstructured,
)
from mailsuite.message.dates import format_date
from mailsuite.message.header import first, split_message
from mailsuite.message.terms import NO_TERMS, Terms
from mailsuite.message.words import decode_words
from mailsuite.relay.advice import advice

# A whole message comes back only up to here; its header tells enough of a bigger one.
RETURNED_OCTETS = 1024 * 1024
HEADER_OCTETS = 64 * 1024
DIAGNOSTIC = 4_096  # characters of a host's words (threat S11)
SHOWN = 500  # of them in the text for people, and of a subject
LONGEST_WORD = 900
LISTED = 50  # recipients told in the text; the machine's part has all

_STATUS = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}")


class Kind(Enum):
    """What a report tells: RFC 3464's Action, the subject, and the first sentence."""

    FAILED = "failed", "Not delivered", "Your message could not be delivered to:"
    DELAYED = "delayed", "Delayed", "Your message has not yet been delivered to:"
    LATE = "delayed", "Late", "Your message was not delivered by the time that you set, to:"
    DELIVERED = "delivered", "Delivered", "Your message was delivered to:"
    EXPANDED = "expanded", "Passed on", "Your message was passed on to everybody behind:"
    RELAYED = "relayed", "Passed on", "Your message was passed on for:"

    @property
    def action(self) -> str:
        """The Action field (RFC 3464 §2.3.3)."""
        return self.value[0]


DELAYS = frozenset({Kind.DELAYED, Kind.LATE})


@frozen
class Told:
    """One recipient in a report."""

    address: str
    status: str  # RFC 3463
    words: str = ""  # a host's, printable
    host: str = ""  # whose; "": ours
    orcpt: str = ""  # "rfc822;address", decoded
    tried_at: int = 0  # seconds UTC; 0: not
    until: int = 0  # the delay's end, seconds UTC


@frozen
class Reported:
    """The message that a report is about."""

    sender: str  # its reverse-path: where the report goes
    octets: bytes
    arrived: int  # seconds UTC
    envid: str = ""
    ret: str = ""  # FULL | HDRS | ""
    terms: Terms = NO_TERMS


@frozen
class Stamp:
    """What makes one report this one."""

    hostname: str
    now: int  # seconds UTC
    random: bytes


def status_of(words: str, kind: Kind) -> str:
    """The enhanced status in a host's words, or the class alone (RFC 3463 §3.1)."""
    wanted = {Kind.FAILED: "5", Kind.DELAYED: "4", Kind.LATE: "4"}.get(kind, "2")
    found = _STATUS.search(words[:20])
    if found and found[0][0] == wanted:
        return found[0]
    # A host may give 4.x for what has since become final: keep what it was about.
    return f"{wanted}{found[0][1:]}" if found else f"{wanted}.0.0"


def compose_dsn(kind: Kind, reported: Reported, told: Sequence[Told], stamp: Stamp) -> bytes:
    """The whole report. The caller has checked that one is wanted, and that there is a sender."""
    wide = not all(t.address.isascii() and t.orcpt.isascii() for t in told)
    header, _ = split_message(reported.octets)
    fields = [
        addresses("From", [("Mail delivery", Address("MAILER-DAEMON", stamp.hostname))]),
        _to(reported.sender),
        unstructured("Subject", _subject(kind, told)),
        structured("Date", format_date(stamp.now).split(" ")),
        structured("Message-ID", [message_id(stamp.hostname, stamp.now, stamp.random)]),
        # RFC 3834 §5: no vacation answers to this.
        structured("Auto-Submitted", ["auto-replied"]),
    ]
    status = "message/global-delivery-status" if wide else "message/delivery-status"
    parts = [
        text_part(_text(kind, reported, header, told, stamp), "Notification"),
        Part(
            status,
            _status_octets(kind, reported, told, stamp),
            encoding="8bit" if wide else "7bit",
            description="Delivery report",
        ),
        _returned(kind, reported, header),
    ]
    return report_message(fields, "delivery-status", parts, f"=_{stamp.random.hex()}")


def _to(sender: str) -> bytes:
    try:
        return addresses("To", [("", Address.parse(sender))])
    except BadAddress:  # taken in by an older version's rules
        return unstructured("To", _one_line(sender))


def _subject(kind: Kind, told: Sequence[Told]) -> str:
    words = _one_line(told[0].address)
    more = f" and {len(told) - 1} more" if len(told) > 1 else ""
    return f"{kind.value[1]}: {words}{more}"


# For people -----------------------------------------------------------------------------------


def _text(kind: Kind, reported: Reported, header: bytes, told: Sequence[Told], stamp: Stamp) -> str:
    lines = [kind.value[2], ""]
    for recipient in told[:LISTED]:
        lines += [*_about(kind, recipient), ""]
    if len(told) > LISTED:
        lines += [f"and {len(told) - LISTED} more; the attached report names them all.", ""]
    lines += ["Your message:", ""]
    for label, name in (("Subject", b"subject"), ("Date", b"date"), ("Message-ID", b"message-id")):
        value = first(header[:HEADER_OCTETS], name)
        if value:
            lines.append(f"  {label}: {_one_line(decode_words(value))[:SHOWN]}")
    lines += ["", f"  Taken in by {stamp.hostname} on {format_date(reported.arrived)}", ""]
    lines.append(_wrapped(CLOSING[kind]))
    lines += ["", f"This report was written by the mail host {stamp.hostname} itself."]
    return "\n".join(lines)


CLOSING = {
    Kind.FAILED: "Nobody will try again: send the message anew once the cause is gone.",
    Kind.DELAYED: "You need not do anything: it will be tried again, and you will be told if it "
    "cannot be delivered in the end.",
    Kind.LATE: "It will be tried on, and you will be told if it cannot be delivered in the end.",
    Kind.DELIVERED: "You asked to be told.",
    Kind.EXPANDED: "You asked to be told. The address stands for several people: you will hear "
    "of those whom it cannot be delivered to, not of the others.",
    Kind.RELAYED: "You asked to be told. The next host sends no such reports: whether the message "
    "reached the person's mailbox is not known.",
}


def _about(kind: Kind, told: Told) -> list[str]:
    lines = [f"  {_one_line(told.address)}"]
    original = told.orcpt.partition(";")[2]
    if original and original.lower() != told.address.lower():
        lines.append(f"    (you wrote to {_one_line(original)})")
    if told.words and kind in {Kind.FAILED, *DELAYS}:
        lines.append(f"    {told.host} said:" if told.host else "    The reason:")
        lines.append(_wrapped(_one_line(told.words)[:SHOWN], "      "))
    if kind is Kind.FAILED:
        lines.append(_wrapped(advice(told.status), "    "))
    if told.until:
        lines.append(f"    It will be tried until {format_date(told.until)}.")
    return lines


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(text, 76, initial_indent=indent, subsequent_indent=indent)


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


# For machines ---------------------------------------------------------------------------------


def _status_octets(kind: Kind, reported: Reported, told: Sequence[Told], stamp: Stamp) -> bytes:
    """The per-message block, then one a recipient (RFC 3464 §2.1)."""
    block = [_field("Reporting-MTA", f"dns; {stamp.hostname}")]
    if reported.envid:
        block.append(_field("Original-Envelope-Id", reported.envid))
    block.append(_field("Arrival-Date", format_date(reported.arrived)))
    if reported.terms.deliver_by:  # RFC 2852 §5
        block.append(_field("Deliver-By-Date", format_date(reported.terms.deliver_by)))
    if reported.terms.hold:  # RFC 4865 §5.1.2
        block.append(_field("Future-Release-Request", reported.terms.hold))
    blocks = [block]
    for recipient in told:
        block = []
        if recipient.orcpt:
            block.append(_field("Original-Recipient", _typed(recipient.orcpt)))
        block.append(_field("Final-Recipient", _typed(f"rfc822;{recipient.address}")))
        block.append(_field("Action", kind.action))
        block.append(_field("Status", recipient.status))
        if recipient.host:
            block.append(_field("Remote-MTA", f"dns; {recipient.host}"))
            if recipient.words:
                block.append(_field("Diagnostic-Code", f"smtp; {recipient.words[:DIAGNOSTIC]}"))
        if recipient.tried_at:
            block.append(_field("Last-Attempt-Date", format_date(recipient.tried_at)))
        if recipient.until:
            block.append(_field("Will-Retry-Until", format_date(recipient.until)))
        blocks.append(block)
    return b"\r\n".join(b"".join(block) for block in blocks)


def _typed(address: str) -> str:
    kind, _, words = address.partition(";")
    return f"{kind if words.isascii() else 'utf-8'}; {words.strip()}"


def _field(name: str, value: str) -> bytes:
    """One field, folded; a host's words as ASCII, since that is what the format holds."""
    value = _one_line(value)
    if name not in {"Final-Recipient", "Original-Recipient"}:
        value = value.encode("ascii", "replace").decode("ascii")
    words = [
        word[at : at + LONGEST_WORD]
        for word in value.split(" ")
        for at in range(0, max(len(word), 1), LONGEST_WORD)
    ]
    if value.isascii():
        return structured(name, words)
    return f"{name}: {value}\r\n".encode()


def _returned(kind: Kind, reported: Reported, header: bytes) -> Part:
    """The message or its header (RFC 3461 §6.2 (d): whole only with a failure, and if asked)."""
    octets = reported.octets
    whole = reported.ret == "FULL" and kind is Kind.FAILED and len(octets) <= RETURNED_OCTETS
    if not whole or b"\0" in octets:
        octets = _bounded(header)
        kind_of = "text/rfc822-headers" if octets.isascii() else "message/global-headers"
        description = "The header of your message"
    else:
        # RFC 6532 §3.7: a header with UTF-8 is not one of message/rfc822.
        kind_of = "message/rfc822" if header.isascii() else "message/global"
        description = "Your message"
    encoding = "7bit" if octets.isascii() else "8bit"
    return Part(kind_of, octets, encoding=encoding, description=description)


def _bounded(header: bytes) -> bytes:
    header = header.replace(b"\0", b"").removesuffix(b"\r\n")
    if len(header) > HEADER_OCTETS:
        header = header[: header.rfind(b"\r\n", 0, HEADER_OCTETS) + 2]
    return header
