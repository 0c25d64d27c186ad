"""The rights of RFC 4314 and how they add up: no database here."""

from collections.abc import Iterable
from enum import Flag
from functools import lru_cache, reduce
from operator import or_

ANYONE = "anyone"
GROUP = "$"  # and the group's address
NEGATIVE = "-"  # before an identifier: withheld from it (RFC 4314 §2)


class Right(Flag):
    """What one may do in a mailbox (RFC 4314 §2.1), and sums of it."""

    NONE = 0
    LOOKUP = 1
    READ = 2
    SEEN = 4
    WRITE = 8
    INSERT = 16
    POST = 32
    CREATE = 64
    DELETE = 128  # the mailbox
    REMOVE = 256  # messages: the flag `\\Deleted`
    EXPUNGE = 512
    ADMINISTER = 1024


ALL = reduce(or_, Right)
BY_LETTER = dict(zip("lrswipkxtea", Right, strict=True))
# RFC 2086's, each standing for several (RFC 4314 §2.1.1): "c" was DELETE's too for many.
VIRTUAL = {
    "c": Right.CREATE | Right.DELETE,
    "d": Right.REMOVE | Right.EXPUNGE,
}
# Any of these lets MYRIGHTS answer (RFC 4314 §4).
NOTICED = Right.LOOKUP | Right.READ | Right.INSERT | Right.CREATE | Right.DELETE | Right.ADMINISTER
# Without all of these a mailbox is told as READ-ONLY (RFC 4314 §5.2); every flag is shared.
CHANGES = Right.INSERT | Right.EXPUNGE | Right.SEEN | Right.WRITE | Right.REMOVE


def rights_of(letters: str) -> Right:
    """The rights that the letters stand for, the virtual ones of RFC 2086 too.

    Raises:
        KeyError: the first letter that is none.
    """
    found = Right.NONE
    for letter in letters:
        found |= VIRTUAL[letter] if letter in VIRTUAL else BY_LETTER[letter]
    return found


def letters_of(rights: Right) -> str:
    """The letters of RFC 4314 §2.1, as they are kept."""
    return "".join(letter for letter, right in BY_LETTER.items() if right in rights)


@lru_cache
def shown_letters(rights: Right) -> str:
    """The letters as MYRIGHTS and ACL tell them: the virtual ones too (RFC 4314 §2.1.1)."""
    return letters_of(rights) + "".join(
        letter for letter, members in VIRTUAL.items() if rights & members
    )


def added_up(entries: Iterable[tuple[str, str]], mine: frozenset[str]) -> Right:
    """What (identifier, letters) entries grant to whom all of `mine` are identifiers.

    The sum of what is granted, less the sum of what is withheld (RFC 4314 §2): the order of the
    entries does not matter, and a negative one cannot be outweighed.
    """
    granted = withheld = Right.NONE
    for identifier, letters in entries:
        if identifier in mine:
            granted |= rights_of(letters)
        elif identifier.startswith(NEGATIVE) and identifier[1:] in mine:
            withheld |= rights_of(letters)
    return granted & ~withheld
