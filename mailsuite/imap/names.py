"""Mailbox names on the wire: modified UTF-7 (RFC 3501 §5.1.3) or UTF-8; INBOX in any case."""

import binascii
import re

from mailsuite.imap.answers import Bad

DELIMITER = b"/"
INBOX = "INBOX"
_SHIFTED = re.compile(rb"&([^-]*)-")
_UNPRINTABLE = re.compile(rb"[^\x20-\x7e]")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_OUTSIDE = re.compile(r"[^\x20-\x7e]+|&")


def decode_name(octets: bytes) -> str:
    """Return the name that these octets spell; INBOX in any case is INBOX.

    Raises:
        Bad: no modified UTF-7: 8-bit or control octets, a shift that does not end, bits left over,
            what need not have been encoded, half a surrogate pair.
    """
    return canonical(decode_pattern(octets))


def decode_name_utf8(octets: bytes) -> str:
    """Return the name that these octets are in UTF-8 (RFC 9755 §3, RFC 9051 §5.1).

    Raises:
        Bad: as `decode_pattern_utf8`.
    """
    return canonical(decode_pattern_utf8(octets))


def decode_pattern_utf8(octets: bytes) -> str:
    """Return the pattern that these octets are in UTF-8, as it was written.

    Raises:
        Bad: no UTF-8, or what Net-Unicode leaves out (RFC 5198 §2): controls, line separators.
    """
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        raise Bad("Mailbox name is not in UTF-8") from None
    if _CONTROLS.search(text):
        raise Bad("Control character in a mailbox name")
    return text


def decode_pattern(octets: bytes) -> str:
    """Return the pattern that these octets spell, as it was written: INBOX is not canonical in it.

    Raises:
        Bad: as `decode_name`.
    """
    if _UNPRINTABLE.search(octets):
        raise Bad("Mailbox name is not in modified UTF-7")
    return _decoded(octets) if b"&" in octets else octets.decode("ascii")


def canonical(name: str) -> str:
    """Spell INBOX, and the first level of what stands below it, in capitals."""
    first, slash, below = name.partition("/")
    return INBOX + slash + below if first.upper() == INBOX else name


def _decoded(octets: bytes) -> str:
    parts = []
    at = 0
    previous_shifted = False
    while at < len(octets):
        if octets[at] != 0x26:
            end = octets.find(b"&", at)
            end = len(octets) if end < 0 else end
            parts.append(octets[at:end].decode("ascii"))
            at, previous_shifted = end, False
            continue
        found = _SHIFTED.match(octets, at)
        if found is None:
            raise Bad("Mailbox name is not in modified UTF-7")
        if not found.group(1):
            parts.append("&")
            previous_shifted = False
        else:
            # Two runs side by side would be a second spelling of one name (RFC 3501 §5.1.3).
            if previous_shifted:
                raise Bad("Mailbox name is not in modified UTF-7")
            parts.append(_decoded_run(found.group(1)))
            previous_shifted = True
        at = found.end()
    return "".join(parts)


def _decoded_run(run: bytes) -> str:
    padded = run.replace(b",", b"/") + b"=" * (-len(run) % 4)
    try:
        if b"/" in run:
            raise Bad("Mailbox name is not in modified UTF-7")
        text = binascii.a2b_base64(padded, strict_mode=True).decode("utf-16-be")
    except (binascii.Error, UnicodeDecodeError):
        raise Bad("Mailbox name is not in modified UTF-7") from None
    # One spelling for a name: no spare bits, nothing encoded that prints as itself.
    if _encoded_run(text) != run or _printable(text):
        raise Bad("Mailbox name is not in modified UTF-7")
    return text


def _printable(text: str) -> bool:
    return any(" " <= character <= "~" for character in text)


def _encoded_run(text: str) -> bytes:
    octets = binascii.b2a_base64(text.encode("utf-16-be"), newline=False)
    return octets.rstrip(b"=").replace(b"/", b",")


def encode_name(name: str) -> bytes:
    """Return the name in modified UTF-7."""
    if name.isascii() and "&" not in name and name.isprintable():
        return name.encode("ascii")
    return _OUTSIDE.sub(_shifted, name).encode("ascii")


def _shifted(found: re.Match[str]) -> str:
    text = found.group()
    return "&-" if text == "&" else f"&{_encoded_run(text).decode('ascii')}-"
