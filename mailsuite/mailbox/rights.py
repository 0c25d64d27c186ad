"""The one place where it is decided whether somebody may do something in a mailbox (RFC 4314 §4).

Every service asks here before it reads or changes anything by a name or in an open mailbox.
"""

from collections.abc import Iterable
from typing import Protocol

from mailsuite.errors import NoSuchMailbox, NotPermitted
from mailsuite.store.flags import DELETED, EVERY_FLAG, SEEN
from mailsuite.store.rights import ALL, Right

# All that an app password is good for that is for reading alone (threat A11).
READ_ONLY = Right.LOOKUP | Right.READ
_OWN_RIGHTS = {"\\seen": Right.SEEN, "\\deleted": Right.REMOVE}  # all others need WRITE


class Seen(Protocol):
    """What somebody looks at: a `MailboxRow`, or the `Access` of an open mailbox."""

    @property
    def rights(self) -> Right:
        """What whoever looks may do there."""
        ...


def demand(seen: Seen, needed: Right) -> None:
    """Let nobody on who lacks one of the rights.

    Raises:
        NotPermitted: whoever asks may know that the mailbox is there, and no more.
        NoSuchMailbox: nothing may be known of it: it is as if it did not exist (RFC 4314 §6).
    """
    if needed in seen.rights:
        return
    raise NotPermitted if Right.LOOKUP in seen.rights else NoSuchMailbox


def demand_change(most: Right) -> None:
    """Let nobody on who may only read, whosever the mailbox is.

    Raises:
        NotPermitted: so it is.
    """
    if most is not ALL:
        raise NotPermitted


def demand_any(seen: Seen, of: Right) -> None:
    """Let nobody on who has none of the rights; raises as `demand`."""
    if not seen.rights & of:
        demand(seen, of)


def flag_right(name: str) -> Right:
    """The right that changing a flag takes (RFC 4314 §4, STORE)."""
    return _OWN_RIGHTS.get(name.lower(), Right.WRITE)


def allowed_flags(rights: Right, names: Iterable[str]) -> tuple[str, ...]:
    """Those of the flags that may be changed; the others are passed over (RFC 4314 §4)."""
    return tuple(name for name in names if flag_right(name) in rights)


def allowed_word(rights: Right) -> int:
    """The bits of flags that may be set, as a word."""
    if rights & ALL == ALL:
        return EVERY_FLAG
    word = EVERY_FLAG & ~(SEEN | DELETED) if Right.WRITE in rights else 0
    if Right.SEEN in rights:
        word |= SEEN
    if Right.REMOVE in rights:
        word |= DELETED
    return word
