"""Received, and what only we may write (RFC 5321 §4.4)."""

import re
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from mailsuite.intake.envelope import Kind, Source
from mailsuite.intake.letter import Letter
from mailsuite.message.dates import format_date
from mailsuite.message.header import omit_fields
from mailsuite.wire.link import Tls

RETURN_PATH = b"return-path"
# Made here, or with a Received of ours since it was submitted.
WITHOUT_RECEIVED = frozenset({Kind.OWN, Kind.RELEASED})

# What a client called itself is shown only if it has the letters of a name; a bare computer name
# (Outlook) has, and so has an underscore, which the grammar does not know.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,254}")
_LITERAL = re.compile(r"\[[A-Za-z0-9:.]{2,48}\]")
_KEYWORD = re.compile(r"[A-Z0-9]{1,20}")
_CIPHER = re.compile(r"[A-Za-z0-9_\-]{1,80}")
_TRACE = re.compile(r"[A-Za-z0-9.\-]{1,64}")


def write_trace(letter: Letter) -> None:
    """Make this host's Received; a submitted message loses its Return-Path.

    What comes from another host is kept byte for byte: the Return-Path that is ours stands first,
    and the last host may leave others alone. A message that starts here has none to bring.
    No octet that the client chose is written unless it is a letter of its field's grammar.
    """
    if letter.source.kind is Kind.SUBMISSION and letter.mentions(RETURN_PATH):
        letter.header = omit_fields(letter.header, (RETURN_PATH,))
    if letter.source.kind not in WITHOUT_RECEIVED:
        letter.received = _received(letter)


def _received(letter: Letter) -> bytes:
    source = letter.source
    lines = [
        f"Received: from {_from(source.peer.address, source.helo)}",
        f"\tby {letter.house.hostname} with {_protocol(source)}",
    ]
    if _TRACE.fullmatch(source.trace):
        lines.append(f"\tid {source.trace}")
    recipients = letter.envelope.recipients
    # With several it would tell each of them who the others are (RFC 5321 §7.2).
    if len(recipients) == 1:
        lines.append(f"\tfor <{recipients[0].address}>")
    if priority := letter.terms.priority:
        lines.append(f"\tPRIORITY {priority}")  # RFC 6710 §4.1
    lines[-1] += ";"
    lines.append(f"\t{format_date(letter.now)}")
    return "".join(f"{line}\r\n" for line in lines).encode("utf-8")


@lru_cache(maxsize=1024)  # a connection brings many messages
def _from(peer: str, helo: str) -> str:
    try:
        address = ip_address(peer)
    except ValueError:
        return "localhost (local socket)"
    literal = f"[IPv6:{address}]" if isinstance(address, IPv6Address) else f"[{address}]"
    named = _NAME.fullmatch(helo) or _LITERAL.fullmatch(helo)
    return f"{helo if named else literal} ({literal})"


def _protocol(source: Source) -> str:
    keyword = source.protocol if _KEYWORD.fullmatch(source.protocol) else "SMTP"
    return f"{keyword} {_tls(source.tls)}".rstrip()


def _tls(tls: Tls | None) -> str:
    if (
        tls is None
        or not _CIPHER.fullmatch(tls.cipher)
        or not _CIPHER.fullmatch(tls.version.replace(".", ""))
    ):
        return ""
    # The tls clause is for names of the registry alone (RFC 8314 §4.3).
    if tls.cipher.startswith("TLS_"):
        return f"tls {tls.cipher}"
    return f"({tls.version} {tls.cipher})"
