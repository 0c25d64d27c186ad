"""REPLACE and UID REPLACE (RFC 8508): a draft is saved again in one step."""

from contextlib import ExitStack

from mailsuite.imap.commands.append import receive, room_of
from mailsuite.imap.commands.expunge import writable
from mailsuite.imap.registry import (
    ARRIVING,
    MAILBOX,
    MESSAGES,
    Arriving,
    Bad,
    Done,
    No,
    Session,
    State,
    Uids,
    command,
)
from mailsuite.store.rights import Right


@command(
    b"REPLACE", MESSAGES, MAILBOX, ARRIVING, states=State.SELECTED, capability=b"REPLACE"
)  # fmt: skip
async def replace(session: Session, messages: Uids, name: str, arriving: Arriving) -> Done:
    """Append a message and expunge the one it stands for, both or neither (RFC 8508 §3.4)."""
    view = writable(session, Right.REMOVE | Right.EXPUNGE)
    if len(messages) > 1:
        raise Bad("One message is replaced at a time")
    if not messages:
        raise No(b"NONEXISTENT", "No such message")
    target = await session.mailboxes.target(name)
    at = view.mailbox.arrays.index(messages[0])
    room = await room_of(session, target)
    if at >= 0:
        room = room.freeing(view.mailbox.arrays.sizes[at])
    with ExitStack() as stack:
        item = await receive(session, arriving, room, stack)
        if not arriving.ended:
            raise Bad("One message is appended at a time")
        appended = await session.mailboxes.replace(view.mailbox, messages[0], name, item)
    # Before the EXPUNGE, so that the client knows what has come for what goes (RFC 8508 §4.3).
    view.tell(b"OK [APPENDUID %d %d] Replaced" % (appended.uidvalidity, appended.uids[0]))
    return Done()
