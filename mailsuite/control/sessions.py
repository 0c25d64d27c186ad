"""Verbs about sessions: who is connected, and how one is ended."""

from mailsuite.control.verbs import Parts, verb
from mailsuite.errors import NoSuchThing
from mailsuite.wire.standing import Session


@verb("session list")
async def list_sessions(parts: Parts) -> list[Session]:
    """Every session of the process that is asked."""
    return [] if parts.sessions is None else parts.sessions.all()


@verb("session end")
async def end_session(parts: Parts, session: str) -> None:
    """End one, after what it has in hand."""
    if parts.sessions is None or not parts.sessions.end(session):
        raise NoSuchThing(f'there is no session "{session}"')
