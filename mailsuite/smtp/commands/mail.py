"""MAIL: a transaction begins (RFC 5321 §4.1.1.2)."""

from mailsuite.errors import NotYourAddress
from mailsuite.message.addresses import Address
from mailsuite.smtp.grammar import Path, Refusal, reply, reverse_path
from mailsuite.smtp.keeping import may_begin, too_fast
from mailsuite.smtp.ports import Envelope, Kind, Session
from mailsuite.smtp.registry import MAIL_CHECKS, MAIL_PARAMETERS, State, command
from mailsuite.smtp.transaction import Transaction


@command(
    b"MAIL",
    reverse_path,
    states=State.READY,
    wrong_state="A transaction is in hand: RSET ends it",
)
async def mail(session: Session, path: Path) -> bytes:
    """Note the sender; at a submission port it must be the account's own (RFC 6409 §6.1)."""
    if session.kind is Kind.SUBMISSION:
        await _may_submit(session, path.address)
    envelope = Envelope(path.address)
    path.refuse_doubles()
    for keyword, value in path.parameters:
        note = MAIL_PARAMETERS.get(keyword)
        if note is None:
            raise Refusal(555, "5.5.4", "Parameter of MAIL not known")
        envelope = note(envelope, value, session)
    if path.address is not None and not envelope.smtputf8 and not str(path.address).isascii():
        raise Refusal(553, "5.6.7", "SMTPUTF8 is needed for that address")
    for check in MAIL_CHECKS:
        await check(session, envelope)
    await may_begin(session, path.address)
    session.transaction = Transaction(envelope, session.limits)
    session.state = State.SENDER
    return reply(250, *envelope.answer)


async def _may_submit(session: Session, address: Address | None) -> None:
    if session.account is None:
        words = "Sign in first" if session.private else "Use TLS and sign in first"
        raise Refusal(530, "5.7.0", words)
    # The null sender is for reports about mail, which mail programs send too (RFC 8098 §3).
    if address is not None and not await session.services.directory.owns(session.account, address):
        raise NotYourAddress
    if not session.services.rates.allows(session.account.id):
        raise too_fast(session, session.account)
