"""UIDONLY (RFC 9586): no message numbers, neither from the client nor to it.

Nothing else knows of it: `Numbers` refuses to turn a number into a UID, and lines about messages
are written by the session's manner (UIDFETCH, VANISHED).
"""

from mailsuite.imap.answers import Bad
from mailsuite.imap.numbers import NO_NUMBERS
from mailsuite.imap.ports import Manner, Session, State
from mailsuite.imap.registry import Command
from mailsuite.imap.tables import advertise, enables, guard, tells

UIDONLY = b"UIDONLY"

advertise(UIDONLY, states=State.AUTHENTICATED, offered=lambda session: UIDONLY in session.asked_for)
tells(UIDONLY, Manner.VANISHED | Manner.UNNUMBERED)


@enables(UIDONLY)
def enable(session: Session) -> None:
    """From now on UIDs alone, in the selected mailbox too (RFC 9586 §3)."""
    if session.state is State.SELECTED:
        session.view.numbers.refused = True


@guard
def refuse_numbers(session: Session, row: Command, by_uid: bool) -> None:  # noqa: FBT001 - a fact
    """A command that has a UID form is given in it (RFC 9586 §3.1).

    Raises:
        Bad: it was given with message numbers.
    """
    if row.has_uid_form and not by_uid and Manner.UNNUMBERED in session.manner:
        raise Bad("Message numbers are off, use UIDs", NO_NUMBERS)
