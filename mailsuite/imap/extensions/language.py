"""LANGUAGE (RFC 5255 §3): which language people read; the texts are in `wire.languages`."""

from mailsuite.imap.extensions.namespace import namespaces
from mailsuite.imap.registry import Bad, Cursor, Done, No, Parsed, Session, State, command
from mailsuite.imap.writing import astring, parenthesised
from mailsuite.wire.languages import LANGUAGES, chosen

LARGEST_RANGES = 30


def _ranges(cursor: Cursor) -> list[str]:
    ranges: list[str] = []
    while cursor.skip(b" "):
        ranges.append(cursor.astring().decode("ascii", "replace"))
        if len(ranges) > LARGEST_RANGES:
            raise Bad("Too many languages")
    return ranges


RANGES: Parsed[list[str]] = Parsed(_ranges, optional=True)


@command(b"LANGUAGE", RANGES, states=State.ANY, capability=b"LANGUAGE")
async def language(session: Session, ranges: list[str]) -> Done:
    """Speak the first of these languages, or tell which ones we can (RFC 5255 §3.2)."""
    if not ranges:
        tags = parenthesised(astring(tag.encode("ascii")) for tag in LANGUAGES)
        session.untagged(b"LANGUAGE " + tags)
        return Done()
    found = chosen(ranges)
    if found is None:
        raise No(None, "Unsupported language")
    session.language = found
    session.untagged(b"LANGUAGE (%b)" % found.tag.encode("ascii"))
    if session.state in State.AUTHENTICATED:
        session.untagged(namespaces(session))
    return Done()
