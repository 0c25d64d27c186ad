r"""IMAP4rev2 (RFC 9051 Appendix E): what is told otherwise once a client has enabled it.

SEARCH is answered by ESEARCH, names and quoted strings are UTF-8, SELECT tells of the mailbox's
name, and nothing of `\Recent` and UNSEEN; a FETCH line that was not asked for bears the UID.
"""

from mailsuite.imap.ports import Manner, Session
from mailsuite.imap.tables import advertise, enables, tells

IMAP4REV2 = b"IMAP4REV2"

advertise(b"IMAP4rev2")
tells(IMAP4REV2, Manner.UIDS | Manner.UTF8 | Manner.REV2)


@enables(IMAP4REV2)
def enable(session: Session) -> None:
    """Nothing is told of it (RFC 9051 §6.3.1)."""
    del session
