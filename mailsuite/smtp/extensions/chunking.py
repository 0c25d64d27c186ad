"""CHUNKING (RFC 3030 §2): the message comes in counted chunks, without dots or an end mark.

What is counted is read whatever becomes of it; a count that cannot be read ends the connection,
since what follows would be taken for commands.
"""

from attrs import frozen

from mailsuite.errors import MessageTooBig
from mailsuite.smtp.grammar import Refusal, number, reply
from mailsuite.smtp.ports import Session
from mailsuite.smtp.registry import State, command, keyword
from mailsuite.smtp.transaction import nothing_to_do


@keyword(b"CHUNKING")
def chunking(_: Session) -> bytes:
    """Say so (RFC 3030 §2)."""
    return b""


@frozen
class Chunk:
    """What follows BDAT."""

    octets: int
    last: bool


def chunk(argument: bytes) -> Chunk | None:
    """Read a size and LAST; None: not understood."""
    size, *rest = argument.split() or [b""]
    try:
        octets = number(size)
    except Refusal:
        return None
    if [word.upper() for word in rest] not in ([], [b"LAST"]):
        return None
    return Chunk(octets, last=bool(rest))


@command(b"BDAT", chunk, states=State.ANY)
async def bdat(session: Session, announced: Chunk | None) -> bytes:
    """Read a chunk, and with the last one take the message (RFC 3030 §2)."""
    if announced is None:
        session.part(reply(501, "5.5.4", "Syntax: BDAT size [LAST], closing"))
        return b""
    transaction = session.transaction
    octets = announced.octets + (transaction.octets if transaction else 0)
    if octets > session.limits.message_octets:
        session.part(session.words(MessageTooBig()))
        return b""
    session.engine.begin_chunk(announced.octets)
    if transaction is None or session.state not in State.RECIPIENTS | State.CHUNKS:
        session.at_end = _Refused(session)
        return b""
    if transaction.spool is None:
        transaction.spool = session.services.intake.spool()
    session.at_end = session.finish if announced.last else _Kept(session, announced.octets)
    return b""


class _Refused:
    """Answers the end of a chunk that nobody waited for."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def __call__(self) -> bytes:
        self._session.at_end = None
        raise nothing_to_do()


class _Kept:
    """Answers the end of a chunk that is not the last."""

    def __init__(self, session: Session, octets: int) -> None:
        self._session = session
        self._octets = octets

    async def __call__(self) -> bytes:
        session = self._session
        assert session.transaction is not None
        if (failed := session.transaction.failed) is not None:
            session.reset()
            raise failed
        session.state = State.CHUNKS
        return reply(250, "2.0.0", f"{self._octets} octets taken")
