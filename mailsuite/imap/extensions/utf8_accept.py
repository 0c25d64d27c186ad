"""UTF8=ACCEPT (RFC 9755 §3): strings and mailbox names are UTF-8, both ways, once enabled."""

from mailsuite.imap.ports import Manner, Session, State
from mailsuite.imap.tables import advertise, enables, tells

UTF8_ACCEPT = b"UTF8=ACCEPT"

advertise(UTF8_ACCEPT, states=State.AUTHENTICATED)
tells(UTF8_ACCEPT, Manner.UTF8)


@enables(UTF8_ACCEPT)
def enable(session: Session) -> None:
    """Nothing is told of it (RFC 9755 §3)."""
    del session
