"""i;unicode-casemap (RFC 5051): how mail's texts are compared, sorted and searched.

IMAP names it for all three (RFC 5255 §4.2, I18NLEVEL=1): the same letters are the same, whatever
their case, width, or the way in which an accent is put on.
"""

import re
import unicodedata

KEPT = 20_000  # characters whose mapping is kept; hostile mail has all of Unicode
_OTHERS = re.compile(r"[^\x00-\x7f]+")
_HANGUL = range(0xAC00, 0xD7A4)  # decomposed by arithmetic, not by UnicodeData.txt


def casemapped(text: str) -> str:
    """Return the text "titlecased canonicalized" (RFC 5051 §2), to be found or compared by code."""
    if text.isascii():
        return text.upper()
    if len(_MAP) > KEPT:
        _MAP.clear()
    # ASCII is mapped as octets, the rest run by run: `translate` of 14 KB takes 4 ms.
    upper = text.encode("utf-8", "surrogatepass").upper().decode("utf-8", "surrogatepass")
    return _OTHERS.sub(lambda run: run[0].translate(_MAP), upper)


def collation_key(text: str) -> bytes:
    """Return octets whose order is the collation's order."""
    return casemapped(text).encode("utf-8", "replace")


class _Mapping(dict[int, str]):
    """Each character by itself, as §2 (2) has it: titlecase, then decomposed all the way."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        title = character.title()
        # Only the simple mapping of UnicodeData.txt: sharp s has none.
        if len(title) == 1:
            character = title
        if code not in _HANGUL:
            character = unicodedata.normalize("NFKD", character)
        self[code] = character
        return character


_MAP = _Mapping()
