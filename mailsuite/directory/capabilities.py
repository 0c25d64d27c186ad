"""Which capabilities an account, or one of its app passwords, does not see, and which it asks for.

Some programs use what they see and break (clients.md, section 0, rule 10). What is kept is words
with blanks between: `-MOVE` hides a capability, `+UIDONLY` offers one that not everybody sees.
"""

import re
from collections.abc import Iterable

from mailsuite.errors import MailError

NAME = re.compile(r"[A-Z0-9][A-Z0-9=+/._-]{0,63}")
MOST = 200


class BadCapability(MailError):  # noqa: N818 - named for what happened, as in `errors`
    """What was given is no capability's name."""


def hidden(*words: str) -> frozenset[bytes]:
    """The names that are hidden."""
    return _marked("-", words)


def asked_for(*words: str) -> frozenset[bytes]:
    """The names that are offered because they were asked for, and hidden by none of the words."""
    return _marked("+", words) - hidden(*words)


def with_changes(words: str, hide: Iterable[str], show: Iterable[str]) -> str:
    """The words with some names hidden, and others shown.

    Raises:
        BadCapability: a name is none.
    """
    known = {word[1:]: word[0] for word in words.split()}
    known |= dict.fromkeys(map(_name, hide), "-")
    for name in map(_name, show):
        # What is hidden is shown again; what was not is asked for.
        if known.get(name) == "-":
            del known[name]
        else:
            known[name] = "+"
    if len(known) > MOST:
        raise BadCapability("too many capabilities")
    return " ".join(mark + name for name, mark in sorted(known.items()))


def _name(text: str) -> str:
    name = text.upper()
    if not NAME.fullmatch(name):
        raise BadCapability(f'"{text}" is no capability')
    return name


def _marked(mark: str, words: Iterable[str]) -> frozenset[bytes]:
    every = (word for text in words for word in text.split())
    return frozenset(word[1:].encode("ascii") for word in every if word[0] == mark)
