"""SUBSCRIBE and UNSUBSCRIBE (RFC 3501 §6.3.6, §6.3.7)."""

from mailsuite.imap.registry import MAILBOX, Done, Session, State, command


@command(b"SUBSCRIBE", MAILBOX, states=State.AUTHENTICATED)
async def subscribe(session: Session, name: str) -> Done:
    """Add a mailbox to those that most programs show (RFC 3501 §6.3.6)."""
    await session.mailboxes.subscribe(name)
    return Done()


@command(b"UNSUBSCRIBE", MAILBOX, states=State.AUTHENTICATED)
async def unsubscribe(session: Session, name: str) -> Done:
    """Take a name off the subscriptions, whether a mailbox has it or not (RFC 3501 §6.3.7)."""
    await session.mailboxes.unsubscribe(name)
    return Done()
