"""What is told of a refusal: in the log, and in the story of the message."""

from mailsuite.smtp.engine import Event, Line
from mailsuite.smtp.grammar import split
from mailsuite.smtp.ports import Envelope, Session
from mailsuite.smtp.registry import COMMANDS
from mailsuite.store.events import Event as Sentence

# Whose refusals become rows of the story.
TOLD = frozenset({b"MAIL", b"RCPT", b"DATA", b"BDAT"})
NAMED = 5  # recipients that such a row names


def tell_refusal(session: Session, said: Event | None, reply: str, kind: str) -> None:
    """Note a refusal for the operator: a row of the story, within the network's share."""
    keeper, link = session.services.keeper, session.link
    if keeper is None or said is None:
        return
    if isinstance(said, Line):
        verb, _ = split(said.octets)
        if verb not in TOLD:
            return
        trace, words = link.trace, may_be_told(said)
    else:
        trace, words = f"{link.trace}.{session.messages}", f"message{session.about_message}"
        session.about_message = ""
    envelope = session.transaction and session.transaction.envelope
    sender = str(envelope.reverse_path or "") if envelope else ""
    told = Sentence(kind, sender, f"{link.peer.address} {words}: {reply}")
    keeper.tell(trace, link.peer, told)


def about(envelope: Envelope) -> str:
    """Whose message, and for whom: for the story of one that was refused at its end."""
    people = ", ".join(str(recipient.address) for recipient in envelope.recipients[:NAMED])
    return f" from <{envelope.reverse_path or ''}> for {people}"


def may_be_told(said: Event | None) -> str:
    """What the log may hold of a command: addresses, and never what may be a password (O2)."""
    if said is None:
        return "response"
    if not isinstance(said, Line):
        return "message"
    verb, _ = split(said.octets)
    if verb in {b"MAIL", b"RCPT"}:
        return said.octets.decode("utf-8", "backslashreplace")
    return verb.decode() if verb in COMMANDS else "command"
