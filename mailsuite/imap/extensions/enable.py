"""ENABLE (RFC 5161)."""

from mailsuite.imap.registry import Cursor, Done, Session, State, command, parsed_by
from mailsuite.imap.tables import CAPABILITIES, ENABLED_BY, is_hidden


def _names(cursor: Cursor) -> list[bytes]:
    names = [cursor.word()]
    while cursor.skip(b" "):
        names.append(cursor.word())
    return names


def _spelled(name: bytes) -> bytes:
    """A name as CAPABILITY spells it."""
    return next((row for row in CAPABILITIES if row.upper() == name), name)


def _offered(session: Session, name: bytes) -> bool:
    """Say whether this session sees it.

    The importer of Microsoft 365 enables what it has heard of, and then breaks by UIDONLY.
    """
    row = CAPABILITIES.get(_spelled(name))
    return row is None or row.offered is None or row.offered(session)


@command(b"ENABLE", parsed_by(_names), states=State.AUTHENTICATED, capability=b"ENABLE")
async def enable(session: Session, names: list[bytes]) -> Done:
    """Switch extensions on; tell those that were off until now (RFC 5161 §3.1, §3.2)."""
    new = [
        name
        for name in dict.fromkeys(names)
        if name in ENABLED_BY
        and name not in session.enabled
        and not is_hidden(session, name)
        and _offered(session, name)
    ]
    for name in new:
        session.enabled.add(name)
        ENABLED_BY[name](session)
    session.untagged(b" ".join([b"ENABLED", *map(_spelled, new)]))
    return Done()
