"""NAMESPACE (RFC 2342): one's own mailboxes, other people's, and those of nobody."""

from mailsuite.imap.names import encode_name
from mailsuite.imap.registry import Done, Session, State, command
from mailsuite.imap.writing import quoted, string
from mailsuite.mailbox.names import COMMON_ROOT, OTHERS


def _root(session: Session, name: str) -> bytes:
    translated = session.language.texts.get(name, "")
    root = quoted(f"{name}/".encode("ascii")) if name else b'""'
    if not translated:
        return b'((%b "/"))' % root
    spelled = string(encode_name(f"{translated}/"))
    return b'((%b "/" "TRANSLATION" (%b)))' % (root, spelled)


def namespaces(session: Session) -> bytes:
    """The response, with what people read for a root in their language (RFC 5255 §3.4)."""
    roots = (_root(session, ""), _root(session, OTHERS), _root(session, COMMON_ROOT))
    return b"NAMESPACE %b %b %b" % roots


@command(b"NAMESPACE", states=State.AUTHENTICATED, capability=b"NAMESPACE")
async def namespace(session: Session) -> Done:
    """Tell where whose mailboxes stand (RFC 2342 §5)."""
    session.untagged(namespaces(session))
    return Done()
