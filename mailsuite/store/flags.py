"""Flags of a message as one signed 64-bit word: bits 0 to 4 the system flags, 5 to 62 keywords.

Which keyword a bit stands for is the mailbox's own affair (table `keyword`). Keywords are
compared without case and shown as they were first spelled (RFC 3501 §2.3.2).
"""

from collections.abc import Iterable, Mapping
from enum import Enum

from attrs import frozen
from sqlalchemy import bindparam, insert, select

from mailsuite.errors import TooMany
from mailsuite.store.schema import keyword
from mailsuite.store.transaction import Transaction

SEEN = 1
ANSWERED = 2
FLAGGED = 4
DELETED = 8
DRAFT = 16
SYSTEM = 31
EVERY_FLAG = -1  # all bits of a word
SYSTEM_FLAGS: Mapping[str, int] = {
    "\\Seen": SEEN,
    "\\Answered": ANSWERED,
    "\\Flagged": FLAGGED,
    "\\Deleted": DELETED,
    "\\Draft": DRAFT,
}
FIRST_KEYWORD = 5
KEYWORD_BITS = range(FIRST_KEYWORD, 63)  # bit 63 is the sign

_SYSTEM_WORDS = {name.lower(): word for name, word in SYSTEM_FLAGS.items()}

READ_KEYWORDS = (
    select(keyword.c.bit, keyword.c.name)
    .where(keyword.c.mailbox_id == bindparam("mailbox_id"))
    .order_by(keyword.c.bit)
)
ADD_KEYWORD = insert(keyword)


class Mode(Enum):
    """What STORE does with the named flags (RFC 3501 §6.4.6)."""

    REPLACE = "FLAGS"
    ADD = "+FLAGS"
    REMOVE = "-FLAGS"


@frozen
class FlagChange:
    """A change of flags, by name: the same for every mailbox."""

    mode: Mode
    names: tuple[str, ...]
    within: int = EVERY_FLAG  # REPLACE leaves all other bits as they are (RFC 4314 §4)

    def applied(self, flags: int, word: int) -> int:
        """The flags after the change, where `word` is what the names mean in the mailbox."""
        if self.mode is Mode.ADD:
            return flags | word
        if self.mode is Mode.REMOVE:
            return flags & ~word
        return (flags & ~self.within) | word


Keywords = Mapping[int, str]  # bit -> name


def names_of(word: int, keywords: Keywords) -> list[str]:
    """The flags of a word by name, system flags first."""
    names = [name for name, bit in SYSTEM_FLAGS.items() if word & bit]
    names += [name for bit, name in keywords.items() if word >> bit & 1]
    return names


def word_of(names: Iterable[str], keywords: Keywords) -> int:
    """The word of the names that the mailbox knows; the others are left out."""
    bits = {name.lower(): 1 << bit for bit, name in keywords.items()} | _SYSTEM_WORDS
    word = 0
    for name in names:
        word |= bits.get(name.lower(), 0)
    return word


def read_keywords(tx: Transaction, mailbox_id: int) -> dict[int, str]:
    """The mailbox's keywords: bit to name."""
    return dict(tx.execute(READ_KEYWORDS, {"mailbox_id": mailbox_id}).tuples())


def allocate_word(tx: Transaction, mailbox_id: int, names: Iterable[str]) -> int:
    """The word of the names; a keyword that the mailbox does not have yet gets a bit.

    Raises:
        TooMany: every bit is taken; nothing was changed that the caller's failure leaves.
    """
    names = list(names)
    if all(name.lower() in _SYSTEM_WORDS for name in names):
        return word_of(names, {})
    keywords = read_keywords(tx, mailbox_id)
    known = {name.lower() for name in keywords.values()} | _SYSTEM_WORDS.keys()
    free = iter([bit for bit in KEYWORD_BITS if bit not in keywords])
    for name in names:
        if name.lower() in known:
            continue
        bit = next(free, None)
        if bit is None:
            raise TooMany
        tx.execute(ADD_KEYWORD, {"mailbox_id": mailbox_id, "bit": bit, "name": name})
        keywords[bit] = name
        known.add(name.lower())
    return word_of(names, keywords)


def translate_word(
    tx: Transaction, word: int, source: Keywords, target_id: int, known: dict[int, int]
) -> int:
    """The word as another mailbox writes it; keywords that find no bit there are dropped.

    `known` holds source words already translated; it is filled here, so that a copy of many
    messages asks once for each word.
    """
    if word <= SYSTEM:
        return word
    if word not in known:
        translated = word & SYSTEM
        for name in names_of(word & ~SYSTEM, source):
            try:
                translated |= allocate_word(tx, target_id, [name])
            except TooMany:
                break
        known[word] = translated
    return known[word]
