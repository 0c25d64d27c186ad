"""One letter over an open session: MAIL, RCPT, DATA, and a verdict for each recipient.

Every recipient ends with exactly one verdict, whatever the host answers and wherever the
connection breaks (threat S13).
"""

from collections.abc import Sequence

from attrs import define, evolve, field

from mailsuite.errors import MailError
from mailsuite.message.sevenbit import CannotConvert, seven_bit
from mailsuite.message.terms import RETURN
from mailsuite.relay.ports import Addressee, HostFailed, Letter, Reply, Verdict
from mailsuite.smtp.client.body import Made, Outgoing
from mailsuite.smtp.client.commands import (
    UnsafeArgument,
    mail_parameters,
    needs_utf8,
    path,
    rcpt_parameters,
)
from mailsuite.smtp.client.replies import Answer
from mailsuite.smtp.client.session import BLOCK, COMMAND, DATA, END_OF_DATA, Session
from mailsuite.smtp.client.stream import StreamFailed

UNREADABLE = Reply(451, "4.3.0", "the message cannot be read on this host now")


@define
class _Transaction:
    session: Session
    letter: Letter
    verdicts: dict[int, Verdict] = field(factory=dict)
    accepted: list[Addressee] = field(factory=list)

    def decide(self, recipient: Addressee, reply: Reply) -> None:
        passed_on = reply.is_positive and "DSN" in self.session.engine.offered
        self.verdicts.setdefault(recipient.n, Verdict(recipient.n, reply, passed_on))

    def decide_rest(self, reply: Reply) -> None:
        for recipient in self.letter.recipients:
            self.decide(recipient, reply)

    def result(self) -> list[Verdict]:
        return [self.verdicts[recipient.n] for recipient in self.letter.recipients]


async def send_letter(session: Session, letter: Letter) -> Sequence[Verdict]:
    """Offer a letter (RFC 5321 §3.3, RFC 2920 §3.1).

    Raises:
        HostFailed: the connection broke before the host had answered MAIL.
        MailError: the message cannot be read, and nothing was said of it.
    """
    letter = evolve(letter, recipients=fitting(session, letter.recipients))
    transaction = _Transaction(session, letter)
    try:
        letter = await _fitted(session, letter)
        mail = _mail(session, letter)
    except _Refused as refused:
        transaction.decide_rest(refused.reply)
        return transaction.result()
    rcpts = []
    for recipient in letter.recipients:
        try:
            rcpts.append((recipient, _rcpt(session, letter, recipient)))
        except _Refused as refused:
            transaction.decide(recipient, refused.reply)
    if rcpts:
        transaction.letter = evolve(letter, recipients=tuple(r for r, _ in rcpts))
        await _offer(transaction, [mail, *(line for _, line in rcpts)])
        transaction.letter = letter
    return transaction.result()


async def _offer(transaction: _Transaction, lines: list[bytes]) -> None:
    session = transaction.session
    if "PIPELINING" in session.engine.offered:
        session.stream.write(b"".join(lines) + session.engine.line("DATA"))
        await _pipelined(transaction)
    else:
        await _in_turn(transaction, lines)


class _Refused(Exception):  # noqa: N818 - an outcome
    """We do not offer this letter to this host at all."""

    def __init__(self, status: str, words: str) -> None:
        super().__init__(words)
        self.reply = Reply(554, status, words)


async def _fitted(session: Session, letter: Letter) -> Letter:
    """The letter as this host can take it. Raises `_Refused`."""
    offered, host = session.engine.offered, session.host
    _in_time(session, letter)
    largest = session.engine.largest
    size = letter.pieces.size
    if largest is not None and size > largest:
        words = f"{host} takes no message over {largest} octets; this one has {size}"
        raise _Refused("5.3.4", words)
    if letter.smtputf8 or needs_utf8(letter.reverse_path):
        if "SMTPUTF8" not in offered:
            raise _Refused("5.6.7", f"{host} takes no internationalized mail (SMTPUTF8)")
        letter = evolve(letter, smtputf8=True)
    elif "SMTPUTF8" in offered and any(needs_utf8(r.address) for r in letter.recipients):
        letter = evolve(letter, smtputf8=True)
    if not letter.eightbit or "8BITMIME" in offered:
        return letter
    try:
        # All of it at once: rare by now, and what is changed is known only at its end.
        return evolve(letter, pieces=Made(await letter.pieces.changed(seven_bit)), eightbit=False)
    except CannotConvert as why:
        words = f"{host} takes 7-bit text only, and the message cannot be converted: {why}"
        raise _Refused("5.6.3", words) from why


def _in_time(session: Session, letter: Letter) -> None:
    """With R the time must be passed on, whole (RFC 2852 §4.1.4.1). Raises `_Refused`."""
    if letter.terms.by_mode != RETURN:
        return
    least = session.engine.least_by_seconds
    if least is None or least > letter.by_seconds:
        words = f"{session.host} does not deliver by a set time (DELIVERBY)"
        if least is not None:
            words = f"{session.host} needs {least} seconds, and {letter.by_seconds} are left"
        raise _Refused("5.3.3", words)


def fitting(session: Session, recipients: Sequence[Addressee]) -> tuple[Addressee, ...]:
    """The first recipients, as many as the host's limits let in; at least one (RFC 9422 §4)."""
    domains = [recipient.address.rpartition("@")[2].lower() for recipient in recipients]
    count = session.allowed.recipients(session.engine.limits, domains)
    return tuple(recipients[:count])


def _mail(session: Session, letter: Letter) -> bytes:
    parameters = mail_parameters(letter, session.engine.offered, verified=session.verified)
    return _line(session, "MAIL", f"FROM:{path(letter.reverse_path)}", *parameters)


def _rcpt(session: Session, letter: Letter, recipient: Addressee) -> bytes:
    if needs_utf8(recipient.address) and not letter.smtputf8:
        raise _Refused("5.6.7", f"{session.host} takes no internationalized addresses (SMTPUTF8)")
    parameters = rcpt_parameters(recipient, session.engine.offered, letter.terms)
    return _line(session, "RCPT", f"TO:{path(recipient.address)}", *parameters)


def _line(session: Session, verb: str, *arguments: str) -> bytes:
    try:
        return session.engine.line(verb, *arguments)
    except UnsafeArgument as unsafe:
        raise _Refused("5.1.3", str(unsafe)) from unsafe


async def _pipelined(transaction: _Transaction) -> None:
    """All commands are on their way; read the replies in order."""
    session = transaction.session
    mail = await session.answer(COMMAND)
    try:
        for recipient in transaction.letter.recipients:
            _note(transaction, mail, recipient, await session.answer(COMMAND))
        ready = await session.answer(DATA)
        await _content(transaction, ready)
    except HostFailed as failed:
        transaction.decide_rest(failed.reply)


async def _in_turn(transaction: _Transaction, lines: list[bytes]) -> None:
    """A host without PIPELINING: a command, its reply, the next."""
    session = transaction.session
    session.stream.write(lines[0])
    mail = await session.answer(COMMAND)
    try:
        if mail.code >= 400:
            transaction.decide_rest(session.reply(mail))
            await _forget(session)
            return
        for recipient, line in zip(transaction.letter.recipients, lines[1:], strict=True):
            session.stream.write(line)
            _note(transaction, mail, recipient, await session.answer(COMMAND))
        if not transaction.accepted:
            await _forget(session)
            return
        await _content(transaction, await session.ask(DATA, "DATA"))
    except HostFailed as failed:
        transaction.decide_rest(failed.reply)


def _note(transaction: _Transaction, mail: Answer, recipient: Addressee, answer: Answer) -> None:
    session = transaction.session
    if mail.code >= 400:  # what follows a refused MAIL is "bad sequence" and says nothing
        transaction.decide(recipient, session.reply(mail))
    elif 200 <= answer.code < 300:
        transaction.accepted.append(recipient)
    else:
        transaction.decide(recipient, _refusal(session, answer))


def _refusal(session: Session, answer: Answer) -> Reply:
    reply = session.reply(answer)
    if answer.code == 552:  # RFC 5321 §4.5.3.1.10: old hosts say it for "too many recipients"
        return reply if reply.status else evolve(reply, code=452)
    return reply


async def _content(transaction: _Transaction, ready: Answer) -> None:
    """After the reply to DATA: the message, or nothing, and the last reply."""
    session = transaction.session
    if ready.code != 354:
        reply = session.reply(ready)
        transaction.decide_rest(reply if ready.code >= 400 else evolve(reply, code=451))
        await _forget(session)
        return
    if not transaction.accepted:
        # It was told to go ahead with nobody to send to: an empty message ends that
        # (RFC 2920 §3.1). What it says to it decides nothing.
        session.stream.write(b".\r\n")
        await session.answer(END_OF_DATA)
        return
    try:
        await _stream_out(session, transaction.letter)
    except MailError:
        # Half a message has gone: without the end of data the host keeps none of it.
        session.abort()
        transaction.decide_rest(UNREADABLE)
        return
    final = await session.answer(END_OF_DATA)
    reply = session.reply(final)
    for recipient in transaction.accepted:
        transaction.decide(recipient, reply if final.code != 354 else evolve(reply, code=451))


async def _stream_out(session: Session, letter: Letter) -> None:
    """All of the message, as fast as the host takes it. Raises `HostFailed`, `MailError`."""
    outgoing = Outgoing()
    last = b""
    while piece := await letter.pieces.next_piece():
        if last:
            session.stream.write(last)
            try:
                await session.stream.drained(min(BLOCK, session.deadline - session.seconds()))
            except StreamFailed as error:
                raise session.trouble(451, "4.4.2", str(error)) from error
        last = outgoing.piece(piece)
    # The end with what is before it: a small message is one segment.
    last += outgoing.end()
    await letter.before_end()
    session.stream.write(last)


async def _forget(session: Session) -> None:
    """RSET: the host forgets the envelope, and the session goes on (RFC 5321 §4.1.1.5)."""
    if session.failed:
        return
    answer = await session.ask(COMMAND, "RSET")
    if not 200 <= answer.code < 300:
        session.abort()
