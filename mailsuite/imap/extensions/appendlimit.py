"""APPENDLIMIT (RFC 7889): the largest message that APPEND takes, one for all mailboxes."""

from mailsuite.imap.registry import Session, State, advertise
from mailsuite.imap.tables import status_limit

advertise(
    b"APPENDLIMIT=",
    states=State.AUTHENTICATED,
    value=lambda session: b"%d" % session.limits.message_octets,
)


@status_limit(b"APPENDLIMIT")
def append_limit(session: Session) -> int:
    """The largest message, in octets (RFC 7889 §3.1)."""
    return session.limits.message_octets
