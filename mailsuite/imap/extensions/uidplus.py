"""UIDPLUS (RFC 4315): UID EXPUNGE. COPYUID and APPENDUID are told by COPY, MOVE and APPEND."""

from mailsuite.imap.commands.expunge import expunge_deleted
from mailsuite.imap.registry import MESSAGES, Done, Session, State, Uids, command


@command(b"UID EXPUNGE", MESSAGES, states=State.SELECTED, capability=b"UIDPLUS")
async def uid_expunge(session: Session, messages: Uids) -> Done:
    """Remove those of the messages that are marked as deleted (RFC 4315 §2.1)."""
    await expunge_deleted(session, messages)
    return Done()
