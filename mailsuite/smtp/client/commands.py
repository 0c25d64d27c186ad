"""Commands as lines, with their parameters. What cannot stand in one line is never written."""

import re

from mailsuite.message.addresses import Address, BadAddress, parse_domain
from mailsuite.relay.ports import Addressee, Letter

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


def mail_parameters(letter: Letter, offered: frozenset[str]) -> list[str]:
    """Parameters of MAIL, as far as the host offers their extension."""
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
    return parameters


def rcpt_parameters(recipient: Addressee, offered: frozenset[str]) -> list[str]:
    """Parameters of RCPT (RFC 3461 §4.1, §4.2; §5.2.1 for what a relay passes on)."""
    if "DSN" not in offered:
        return []
    parameters = [f"NOTIFY={recipient.notify}"] if recipient.notify else []
    kind, semicolon, address = recipient.orcpt.partition(";")
    if semicolon and address:
        if address.isascii():
            parameters.append(f"ORCPT={kind};{xtext(address)}")
        elif "SMTPUTF8" in offered:
            parameters.append(f"ORCPT=utf-8;{_unitext(address)}")
    return parameters


def _unitext(address: str) -> str:
    return _UNITEXT.sub(lambda found: f"\\x{{{ord(found[0]):02X}}}", address)
