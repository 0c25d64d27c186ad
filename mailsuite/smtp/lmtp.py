"""What LMTP does otherwise: a reply for each recipient after the end of data (RFC 2033)."""

from mailsuite.errors import MailError
from mailsuite.message.addresses import Address
from mailsuite.smtp.ports import Session
from mailsuite.smtp.transaction import Transaction


async def finish_each(session: Session, transaction: Transaction) -> bytes:
    """Hand the message over; one reply for each RCPT that was accepted, in their order (§4.2).

    Also for a recipient that was named twice: the client counts its commands.
    """
    source = session.source()
    replies: dict[Address, bytes] = {}
    try:
        transaction.check()
        outcomes = await session.services.intake.accept_each(
            source, transaction.envelope, transaction.spool
        )
    except MailError as error:
        return session.words(error) * len(transaction.accepted)
    for recipient, outcome in zip(transaction.envelope.recipients, outcomes, strict=True):
        reply = session.words(outcome) if isinstance(outcome, MailError) else taken(source.trace)
        replies[recipient.address] = reply
    return b"".join(replies[address] for address in transaction.accepted)


def taken(trace: str) -> bytes:
    """The reply that says that it is on disk."""
    return b"250 2.0.0 Ok: queued as %b\r\n" % trace.encode()
