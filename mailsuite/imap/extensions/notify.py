"""NOTIFY (RFC 5465): the command; what it starts is `imap.notifying`."""

from mailsuite.imap.notifying.notices import Notices, Overflow
from mailsuite.imap.notifying.request import BADEVENT, Request, read_request
from mailsuite.imap.ports import Manner
from mailsuite.imap.registry import Done, No, Session, State, command, parsed_by
from mailsuite.imap.tables import tells

# A FETCH line that nobody asked for bears the UID (RFC 5465 §5.1).
tells(b"NOTIFY", Manner.UIDS)


@command(b"NOTIFY", parsed_by(read_request), states=State.AUTHENTICATED, capability=b"NOTIFY")
async def notify(session: Session, request: Request) -> Done:
    """Tell what was asked for whenever it happens, and nothing else (RFC 5465 §3.1).

    NONE, and a SET that does not name the selected mailbox, leave nothing to tell of it; until
    the first NOTIFY a session tells what it always did.
    """
    if request.unsupported:
        raise No(BADEVENT, "Unsupported event")
    notices = Notices(session, request)
    try:
        lines = await notices.begin()
    except Overflow:
        notices.close()
        raise No(b"NOTIFICATIONOVERFLOW", "Too many mailboxes") from None
    session.enabled.add(b"NOTIFY")
    session.notices, before = notices, session.notices
    if before is not None:
        before.close()
    session.write(b"".join(lines))
    return Done()
