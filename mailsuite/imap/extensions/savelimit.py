"""SAVELIMIT (RFC 9738 §3.1): how many messages a COPY or APPEND may save, where that is limited.

All or none: neither does a part. APPEND counts in `commands/append.py`.
"""

from mailsuite.imap.commands import copy as _copy  # noqa: F401 - its command is registered
from mailsuite.imap.registry import Command as Row
from mailsuite.imap.registry import Done, No, Session, State, Uids, advertise, wraps


def code(limit: int, lowest: int = 0) -> bytes:
    """The response code: the limit, and the lowest UID that was processed, if there is one."""
    return b"MESSAGELIMIT %d %d" % (limit, lowest) if lowest else b"MESSAGELIMIT %d" % limit


@wraps(b"COPY")
async def copy(row: Row, session: Session, messages: Uids, name: str) -> Done:
    """Copy no more messages than may be saved at once.

    Raises:
        No: there are more; nothing was copied.
    """
    limit = session.limits.imap_saved_at_once
    if limit and len(messages) > limit:
        raise No(code(limit, messages[-limit]), "Too many messages to copy, try fewer")
    done = await row.run(session, messages, name)
    assert isinstance(done, Done)
    return done


advertise(
    b"SAVELIMIT=",
    states=State.AUTHENTICATED,
    offered=lambda session: bool(session.limits.imap_save_limit),
    value=lambda session: b"%d" % session.limits.imap_save_limit,
)
