"""Which mailbox names a LIST pattern means (RFC 3501 §6.3.8): `*` anything, `%` within a level.

All positions of the pattern at which a name may stand are followed at once, as bits of one
number: the cost is one step for each letter of the name, whatever the pattern.
"""

import re

from mailsuite.imap.names import INBOX

# Every second position at least is a letter, so no name is as long as what these would mean; the
# bits of a longer one are made in the square of its length: 110 ms for a literal full.
LONGEST = 8_000
NOTHING = "\0"  # in no name
_WILDCARDS = re.compile(r"[*%]{2,}")


class Pattern:
    """One pattern, made ready for many names."""

    __slots__ = ("_any", "_end", "_letters", "_prefix", "_wild")

    def __init__(self, text: str) -> None:
        # Wildcards side by side are one, so that at most one is skipped at a time.
        text = _WILDCARDS.sub(lambda run: "*" if "*" in run.group() else "%", text)
        if len(text) > LONGEST:
            text = NOTHING
        self._letters: dict[str, int] = {}
        self._any = within = 0
        for at, letter in enumerate(text):
            if letter == "*":
                self._any |= 1 << at
            elif letter == "%":
                within |= 1 << at
            else:
                self._letters[letter] = self._letters.get(letter, 0) | 1 << at
        self._wild = self._any | within
        self._end = 1 << len(text)
        self._prefix = re.split(r"[*%]", text, maxsplit=1)[0]

    def matches(self, name: str) -> bool:
        """Say whether the pattern means this name; INBOX in any case (RFC 3501 §5.1)."""
        inbox = name == INBOX or name.startswith(INBOX + "/")
        if not inbox and not name.startswith(self._prefix):
            return False
        letters, wild, any_ = self._letters, self._wild, self._any
        states = 1 | (1 & wild) << 1
        for at, letter in enumerate(name):
            taken = letters.get(letter, 0)
            if inbox and at < len(INBOX):
                taken |= letters.get(letter.lower(), 0)
            kept = states & (any_ if letter == "/" else wild)
            states = (states & taken) << 1 | kept
            if not states:
                return False
            states |= (states & wild) << 1
        return bool(states & self._end)
