"""Commands as lines, with their parameters. What cannot stand in one line is never written."""

import re

from mailsuite.message.addresses import Address, BadAddress, parse_domain
from mailsuite.message.terms import NO_TERMS, NOTIFY, REQUIRED, Terms
from mailsuite.relay.ports import Addressee, Letter

BY_MOST = 999_999_999  # RFC 2852 §4
_XTEXT = re.compile(r"[^!-*,-<>-~]")
# RFC 6533 §3: what may stand unencoded in a utf-8-addr-unitext.
_UNITEXT = re.compile(r"[\x00- +=\\\x7f]")


class UnsafeArgument(ValueError):  # noqa: N818 - named for what it is
    """An argument with CR, LF or NUL: it would become another command (threat S3)."""


def command(verb: str, *arguments: str) -> bytes:
    """One command line.

    Raises:
        UnsafeArgument: nothing was made of it.
    """
    words = " ".join((verb, *arguments))
    if any(unsafe in words for unsafe in "\r\n\0"):
        raise UnsafeArgument(f"CR, LF or NUL in an argument of {verb}")
    try:
        return words.encode() + b"\r\n"
    except UnicodeEncodeError:
        raise UnsafeArgument(f"no text in an argument of {verb}") from None


def xtext(text: str) -> str:
    """Encode as RFC 3461 §4 says: what is not printable, "+" and "=" as "+41"."""
    return _XTEXT.sub(lambda found: _hex(found[0]), text)


def _hex(character: str) -> str:
    return "".join(f"+{octet:02X}" for octet in character.encode())


def path(address: str) -> str:
    """An address between angle brackets, its domain in A-labels; "" gives the null sender."""
    if not address:
        return "<>"
    try:
        return f"<{on_the_wire(Address.parse(address))}>"
    except BadAddress:
        # It was valid when it was taken in; the remote host is its judge now.
        return f"<{address}>"


def on_the_wire(address: Address) -> Address:
    """The address with its domain in A-labels; the local part is nobody's but its host's."""
    if address.domain.startswith("["):
        return address
    return Address(address.localpart, parse_domain(address.domain))


def needs_utf8(address: str) -> bool:
    """Whether the address can go only where SMTPUTF8 is known (RFC 6531 §3.3)."""
    return not path(address).isascii()


def mail_parameters(
    letter: Letter, offered: frozenset[str], *, verified: bool = False
) -> list[str]:
    """Parameters of MAIL, as far as the host offers their extension.

    `verified`: the connection is what REQUIRETLS demands (RFC 8689 §2).
    """
    parameters = []
    if "SIZE" in offered:
        parameters.append(f"SIZE={letter.pieces.size}")
    if letter.eightbit and "8BITMIME" in offered:
        parameters.append("BODY=8BITMIME")
    if letter.smtputf8 and "SMTPUTF8" in offered:
        parameters.append("SMTPUTF8")
    if "DSN" in offered:
        if letter.ret:
            parameters.append(f"RET={letter.ret}")
        if letter.envid:
            parameters.append(f"ENVID={xtext(letter.envid)}")
    terms = letter.terms
    if terms.tls == REQUIRED and verified and "REQUIRETLS" in offered:
        parameters.append("REQUIRETLS")
    if terms.deliver_by and "DELIVERBY" in offered:
        seconds = max(-BY_MOST, min(letter.by_seconds, BY_MOST))
        parameters.append(f"BY={seconds};{terms.by_mode}{'T' if terms.by_trace else ''}")
    if "MT-PRIORITY" in offered and terms.priority:
        parameters.append(f"MT-PRIORITY={terms.priority}")
    return parameters


def _notify(recipient: Addressee, terms: Terms, offered: frozenset[str]) -> str:
    """Where the time is not passed on, delays are to be told (RFC 2852 §4.1.4.2)."""
    asked = recipient.notify
    if terms.by_mode != NOTIFY or "DELIVERBY" in offered or asked == "NEVER":
        return asked
    names = asked.split(",") if asked else ["FAILURE"]
    return ",".join([*names, "DELAY"] if "DELAY" not in names else names)


def rcpt_parameters(
    recipient: Addressee, offered: frozenset[str], terms: Terms = NO_TERMS
) -> list[str]:
    """Parameters of RCPT (RFC 3461 §4.1, §4.2; §5.2.1 for what a relay passes on)."""
    if "DSN" not in offered:
        return []
    notify = _notify(recipient, terms, offered)
    parameters = [f"NOTIFY={notify}"] if notify else []
    kind, semicolon, address = recipient.orcpt.partition(";")
    if semicolon and address:
        if address.isascii():
            parameters.append(f"ORCPT={kind};{xtext(address)}")
        elif "SMTPUTF8" in offered:
            parameters.append(f"ORCPT=utf-8;{_unitext(address)}")
    return parameters


def _unitext(address: str) -> str:
    return _UNITEXT.sub(lambda found: f"\\x{{{ord(found[0]):02X}}}", address)
