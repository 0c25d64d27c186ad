"""MOVE (RFC 6851): all that the suite knows of it."""

from mailsuite.imap.commands.copy import copy_uid
from mailsuite.imap.commands.expunge import writable
from mailsuite.imap.registry import MAILBOX, MESSAGES, Done, Session, State, Uids, command
from mailsuite.mailbox import changing
from mailsuite.store.rights import Right


@command(b"MOVE", MESSAGES, MAILBOX, states=State.SELECTED, capability=b"MOVE")
async def move(session: Session, messages: Uids, name: str) -> Done:
    """Move messages, all or none (RFC 6851 §3); messages that are gone are no error."""
    view = writable(session, Right.REMOVE | Right.EXPUNGE)
    target = await session.mailboxes.target(name)
    moved = await changing.move(view.mailbox, messages, target)
    if moved.old:
        # Before the EXPUNGEs: after them a client cannot tell which message an old UID was
        # (RFC 6851 §4.3).
        view.tell(b"OK [%b] Moved" % copy_uid(moved))
    return Done()
