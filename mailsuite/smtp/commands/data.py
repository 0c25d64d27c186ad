"""DATA: the message itself (RFC 5321 §4.1.1.4)."""

from mailsuite.smtp.grammar import Refusal, nothing
from mailsuite.smtp.ports import Session
from mailsuite.smtp.registry import State, command
from mailsuite.smtp.transaction import nothing_to_do


@command(
    b"DATA",
    nothing,
    states=State.SENDER | State.RECIPIENTS | State.CHUNKS,
    wrong_state="MAIL and RCPT come first",
)
async def data(session: Session, _: None) -> bytes:
    """Ask for the text, when there is somebody to give it to."""
    transaction = session.transaction
    if session.state is State.CHUNKS:
        raise Refusal(503, "5.5.1", "BDAT has begun: DATA is not mixed with it")
    if transaction is None or session.state is not State.RECIPIENTS:
        raise nothing_to_do()
    if transaction.envelope.body == "BINARYMIME":
        raise Refusal(503, "5.5.1", "BINARYMIME comes by BDAT")
    transaction.spool = session.services.intake.spool()
    session.engine.begin_text()
    session.at_end = session.finish
    return b"354 End with CRLF dot CRLF\r\n"
