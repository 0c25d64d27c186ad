"""CAPA: what is there, in this state (RFC 2449 §5)."""

from mailsuite.pop3.ports import Session
from mailsuite.pop3.registry import CAPABILITIES, State, command, nothing, ok


@command(b"CAPA", nothing, states=State.ANY)
async def capabilities(session: Session, _: None) -> bytes:
    """List what the registry has for this session now (RFC 2449 §5)."""
    lines = [ok("What is there")]
    for name, arguments in sorted(CAPABILITIES.items()):
        given = None if session.hides(name) else arguments(session)
        if given is not None:
            lines.append(b"%b %b\r\n" % (name, given) if given else name + b"\r\n")
    return b"".join(lines) + b".\r\n"
