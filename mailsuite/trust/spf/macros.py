"""Macro strings of SPF (RFC 7208 §7): read once, expanded for one client."""

import re
import string
from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote

from attrs import frozen

NAME_CHARACTERS = 253  # RFC 7208 §7.3, a name as text
LETTERS = frozenset("slodiphv")
EXPLAINING = LETTERS | frozenset("crt")  # in explanations only (§7.2)
LOCAL_PART = frozenset("sl")
VERBATIM = {"%%": "%", "%_": " ", "%-": "%20"}

_MACRO = re.compile(r"%\{([A-Za-z])([0-9]{0,3})([rR]?)([.\-+,/_=]*)\}|%[%_\-]")
_UNRESERVED = "-._~"


class BadMacro(ValueError):  # noqa: N818 - named for what happened
    """The text is no macro string."""


@frozen
class Macro:
    """One `%{…}`: which value, how many of its right-hand parts, in which order."""

    letter: str  # lower case
    digits: int  # 0: all parts
    is_reversed: bool
    delimiters: str
    is_escaped: bool  # written in upper case: for a URL


Piece = str | Macro
MacroString = tuple[Piece, ...]


def macro_string(text: str, letters: frozenset[str] = LETTERS) -> MacroString:
    """Read a macro-string.

    Raises:
        BadMacro: a `%` that begins none, a letter that is not allowed here, zero parts.
    """
    pieces: list[Piece] = []
    at = 0
    for found in _MACRO.finditer(text):
        pieces.append(_literal(text[at : found.start()]))
        pieces.append(_piece(found, letters))
        at = found.end()
    pieces.append(_literal(text[at:]))
    return tuple(piece for piece in pieces if piece != "")


def domain_spec(text: str) -> MacroString:
    """Read a domain-spec: a macro string that ends with a macro, or a dot and a top label.

    Raises:
        BadMacro: it does not.
    """
    pieces = macro_string(text)
    if not pieces:
        raise BadMacro("a name is missing")
    # An escape such as %% is a macro-expand too, though it comes out as text.
    ends_in_macro = isinstance(pieces[-1], Macro) or text[-2:] in VERBATIM
    if not ends_in_macro:
        tail = text[text.rfind("}") + 1 :].removesuffix(".")
        before, dot, label = tail.rpartition(".")
        if not dot or not is_top_label(label) or not (before or len(pieces) > 1):
            raise BadMacro(f"{label!r} is no top-level name")
    return pieces


def is_top_label(label: str) -> bool:
    """Whether it may be the last label of a name (§7.1): letters, digits, inner hyphens."""
    if not label.isascii() or not label.replace("-", "").isalnum() or label.isdigit():
        return False
    return label[0] != "-" and label[-1] != "-"


def expand(pieces: MacroString, values: Mapping[str, str]) -> str:
    """Put the values in; they are strings by macro letter."""
    return "".join(
        piece if isinstance(piece, str) else _expanded(piece, values[piece.letter])
        for piece in pieces
    )


def expand_name(pieces: MacroString, values: Mapping[str, str]) -> str:
    """The same for a name that is asked for: cut from the left to what fits (§7.3)."""
    name = expand(pieces, values).removesuffix(".")
    while len(name) > NAME_CHARACTERS and "." in name:
        name = name.partition(".")[2]
    return name


def letters_of(pieces: MacroString) -> set[str]:
    """The macro letters that occur."""
    return {piece.letter for piece in pieces if isinstance(piece, Macro)}


def dotted(address: IPv4Address | IPv6Address) -> str:
    """The address as `%{i}` has it: an IPv6 address nibble by nibble."""
    if isinstance(address, IPv4Address):
        return str(address)
    return ".".join(address.exploded.replace(":", "").upper())


def _literal(text: str) -> str:
    if "%" in text or not all("!" <= character <= "~" for character in text):
        raise BadMacro("a character that a macro string may not have")
    return text


def _piece(found: re.Match[str], letters: frozenset[str]) -> Piece:
    letter, digits, backwards, delimiters = found.groups()
    if letter is None:
        return VERBATIM[found[0]]
    if letter.lower() not in letters:
        raise BadMacro(f"%{{{letter}}} is not known here")
    if digits and not int(digits):
        raise BadMacro("zero parts of a macro")
    upper = letter in string.ascii_uppercase
    return Macro(letter.lower(), int(digits or 0), bool(backwards), delimiters, upper)


def _expanded(macro: Macro, value: str) -> str:
    if macro.digits or macro.is_reversed or macro.delimiters:
        delimiters = re.escape(macro.delimiters or ".")
        parts = re.split(f"[{delimiters}]", value)
        if macro.is_reversed:
            parts.reverse()
        value = ".".join(parts[-macro.digits :] if macro.digits else parts)
    return quote(value, safe=_UNRESERVED) if macro.is_escaped else value
