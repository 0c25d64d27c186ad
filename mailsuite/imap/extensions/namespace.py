"""NAMESPACE (RFC 2342): one's own mailboxes, other people's, and those of nobody."""

from mailsuite.imap.registry import Done, Session, State, command
from mailsuite.imap.writing import quoted
from mailsuite.mailbox.names import COMMON_ROOT, OTHERS


def _root(name: str) -> bytes:
    return b'((%b "/"))' % quoted(name.encode("ascii"))


@command(b"NAMESPACE", states=State.AUTHENTICATED, capability=b"NAMESPACE")
async def namespace(session: Session) -> Done:
    """Tell where whose mailboxes stand (RFC 2342 §5)."""
    roots = (_root(""), _root(f"{OTHERS}/"), _root(f"{COMMON_ROOT}/"))
    session.untagged(b"NAMESPACE %b %b %b" % roots)
    return Done()
