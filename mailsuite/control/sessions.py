"""Verbs about sessions: who is connected, and how one is ended."""

from mailsuite.control.verbs import Parts, verb
from mailsuite.errors import NoSuchThing
from mailsuite.wire.standing import Session


@verb("session list")
async def list_sessions(parts: Parts) -> list[Session]:
    """Every session of every worker, the eldest first."""
    found = [] if parts.sessions is None else parts.sessions.all()
    for others in await parts.others("session list", {}):
        found += [Session(**one) for one in others]
    return sorted(found, key=lambda one: (one.since, one.id))


@verb("session end")
async def end_session(parts: Parts, session: str) -> None:
    """End one, after what it has in hand, whichever worker has it."""
    if parts.sessions is not None and parts.sessions.end(session):
        return
    if not await parts.others("session end", {"session": session}):
        raise NoSuchThing(f'there is no session "{session}"')
