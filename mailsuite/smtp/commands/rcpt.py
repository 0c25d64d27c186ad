"""RCPT: whom a message is for (RFC 5321 §4.1.1.3)."""

from mailsuite.errors import NoSuchUser, OverQuota, RelayDenied, TooMany
from mailsuite.message.addresses import Address
from mailsuite.smtp.grammar import Path, Refusal, forward_path, reply
from mailsuite.smtp.keeping import may_reach, unknown_recipient
from mailsuite.smtp.ports import Kind, Recipient, Resolution, Session
from mailsuite.smtp.registry import RCPT_PARAMETERS, State, command
from mailsuite.smtp.transaction import Transaction


@command(
    b"RCPT", forward_path, states=State.SENDER | State.RECIPIENTS, wrong_state="MAIL comes first"
)
async def rcpt(session: Session, path: Path) -> bytes:
    """Note a recipient that mail can be delivered to, or that the client may send to."""
    transaction = session.transaction
    assert transaction is not None
    if len(transaction.envelope.recipients) >= session.limits.smtp_recipients:
        raise Refusal(452, "4.5.3", "Too many recipients")
    address, resolution = await _resolved(session, path)
    _has_room(transaction, resolution)
    path.refuse_doubles()
    recipient = Recipient(address, resolution)
    for keyword, value in path.parameters:
        note = RCPT_PARAMETERS.get(keyword)
        if note is None:
            raise Refusal(555, "5.5.4", "Parameter of RCPT not known")
        recipient = note(recipient, value)
    if not str(address).isascii() and not transaction.envelope.smtputf8:
        raise Refusal(553, "5.6.7", "SMTPUTF8 is needed for that address")
    await may_reach(session, transaction.envelope, address, resolution)
    transaction.recipient(recipient)
    session.state = State.RECIPIENTS
    return reply(250, "2.1.5", "Ok")


async def _resolved(session: Session, path: Path) -> tuple[Address, Resolution]:
    directory = session.services.directory
    if path.address is None:
        return await _postmaster(session)
    try:
        resolution = await directory.resolve(path.address)
    except NoSuchUser:
        session.unknown_recipients += 1
        session.offended()
        unknown_recipient(session)
        raise
    except TooMany as error:
        # Alias upon alias: no fault of the client's, and none that passes.
        raise Refusal(554, "5.4.6", "The address leads through too many others") from error
    if not resolution.ours and session.kind is not Kind.SUBMISSION:
        raise RelayDenied
    return path.address, resolution


async def _postmaster(session: Session) -> tuple[Address, Resolution]:
    """Find whose postmaster is meant: our own name's, or that of a domain it stands in."""
    labels = session.services.hostname.split(".")
    for n in range(max(1, len(labels) - 1)):
        address = Address("postmaster", ".".join(labels[n:]))
        try:
            resolution = await session.services.directory.resolve(address)
        except NoSuchUser:
            continue
        if resolution.ours:
            return address, resolution
    raise NoSuchUser


def _has_room(transaction: Transaction, resolution: Resolution) -> None:
    """Refuse early where everybody whom the address means is over quota (RFC 5321 §4.5.3.1.10).

    Raises:
        OverQuota: at least the declared octets, or a single message, find no room.
    """
    octets = transaction.envelope.declared_octets or 1
    if resolution.onward or not resolution.accounts:
        return
    for inbox in resolution.accounts:
        if (inbox.octets_left is None or inbox.octets_left >= octets) and (
            inbox.messages_left is None or inbox.messages_left >= 1
        ):
            return
    raise OverQuota
