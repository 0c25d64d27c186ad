"""Capabilities that an account or an app password does not see: their commands are unknown.

Some programs use whatever they see and break (features.md, D). CAPABILITY leaves them out
(`imap.tables`); here the commands are refused as if there were none of that name (RFC 3501 §6.5).
"""

from mailsuite.imap.registry import Bad, Command, Session
from mailsuite.imap.tables import guard, is_hidden


@guard
def refuse_hidden(session: Session, row: Command, by_uid: bool) -> None:  # noqa: ARG001, FBT001 - a guard's parameters
    """Refuse the commands of hidden capabilities."""
    if row.capability and is_hidden(session, row.capability):
        raise Bad("Unknown command")
