r"""ACL (RFC 4314): who may do what in a mailbox.

The flag `\Seen` is one for all who use a mailbox, as every flag is: whoever has no "s" right
changes it for nobody (§4). The owner has every right, and cannot lose one.
"""

from attrs import frozen

from mailsuite.imap.elements import parsed_by
from mailsuite.imap.registry import MAILBOX, Bad, Cursor, Done, Session, State, advertise, command
from mailsuite.imap.writing import astring
from mailsuite.mailbox.lists import Change
from mailsuite.store.rights import BY_LETTER, VIRTUAL, Right, rights_of, shown_letters

LARGEST_IDENTIFIER = 500  # octets


@frozen
class Modification:
    """What SETACL does: mod-rights (§7)."""

    change: Change
    rights: Right


def read_identifier(cursor: Cursor) -> str:
    """Read an identifier: UTF-8 that names somebody (§3).

    Raises:
        Bad: it is empty, too long, or has octets that no name has.
    """
    octets = cursor.astring()
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        raise Bad("The identifier is not in UTF-8") from None
    if not text.strip("- ") or len(octets) > LARGEST_IDENTIFIER or not text.isprintable():
        raise Bad("No such identifier can be")
    return text


def read_modification(cursor: Cursor) -> Modification:
    """Read mod-rights: `+`, `-` or nothing, and letters (§3.1).

    Raises:
        Bad: a letter stands for no right: it must not be passed over.
    """
    text = cursor.astring().decode("latin-1")
    change = Change(text[:1]) if text[:1] in ("+", "-") else Change.REPLACE
    letters = text.removeprefix(change.value)
    for letter in letters:
        if letter.isupper():
            raise Bad("Uppercase rights are not allowed")
        if letter not in BY_LETTER and letter not in VIRTUAL:
            raise Bad(f"The {ascii(letter)[1:-1]} right is not supported")
    return Modification(change, rights_of(letters))


IDENTIFIER = parsed_by(read_identifier)
MODIFICATION = parsed_by(read_modification)


@command(b"SETACL", MAILBOX, IDENTIFIER, MODIFICATION, states=State.AUTHENTICATED)
async def setacl(session: Session, name: str, identifier: str, wanted: Modification) -> Done:
    """Change what somebody may do in a mailbox (§3.1)."""
    lists = session.mailboxes.lists
    await lists.change(name, identifier, wanted.rights, wanted.change)
    return Done()


@command(b"DELETEACL", MAILBOX, IDENTIFIER, states=State.AUTHENTICATED)
async def deleteacl(session: Session, name: str, identifier: str) -> Done:
    """Take an identifier from the list; no other entry is touched (§3.2)."""
    lists = session.mailboxes.lists
    await lists.change(name, identifier, Right.NONE, Change.REPLACE)
    return Done()


@command(b"GETACL", MAILBOX, states=State.AUTHENTICATED)
async def getacl(session: Session, name: str) -> Done:
    """Tell the list of a mailbox, its owner first (§3.3, §3.6)."""
    words = [b"ACL", session.spelled(name)]
    for entry in await session.mailboxes.lists.entries(name):
        letters = shown_letters(entry.rights).encode("ascii")
        words += [astring(entry.identifier.encode()), letters]
    session.untagged(b" ".join(words))
    return Done()


@command(b"LISTRIGHTS", MAILBOX, IDENTIFIER, states=State.AUTHENTICATED)
async def listrights(session: Session, name: str, identifier: str) -> Done:
    """Tell which rights somebody has in any case, and which can be granted (§3.4, §3.7).

    None are tied to others.
    """
    fixed, free = await session.mailboxes.lists.grantable(name, identifier)
    words = [b"LISTRIGHTS", session.spelled(name), astring(identifier.encode())]
    words.append(astring(shown_letters(fixed).encode("ascii")))
    words += [letter.encode("ascii") for letter in shown_letters(free)]
    session.untagged(b" ".join(words))
    return Done()


@command(b"MYRIGHTS", MAILBOX, states=State.AUTHENTICATED, capability=b"ACL")
async def myrights(session: Session, name: str) -> Done:
    """Tell what this account may do in a mailbox (§3.5, §3.8)."""
    row = await session.mailboxes.lists.mine(name)
    session.untagged(rights_line(session.spelled(name), row.rights))
    return Done()


def rights_line(name: bytes, rights: Right) -> bytes:
    """Return a MYRIGHTS response without `* ` and CRLF (§3.8)."""
    return b"MYRIGHTS %b %b" % (name, shown_letters(rights).encode("ascii"))


advertise(b"RIGHTS=texk", states=State.AUTHENTICATED)
