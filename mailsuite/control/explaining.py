"""The verb that explains a message: why it was refused, lies in Junk, or was taken."""

from mailsuite.control.verbs import Parts, verb
from mailsuite.errors import NoSuchThing
from mailsuite.store.stories import PIECE, Story, find_stories, index_events

LATEST = 1 << 62
MOST = 10


@verb("message explain")
async def explain(parts: Parts, name: str, limit: int = 1) -> list[Story]:
    """The stories of a message, by trace id or Message-ID; the newest first."""
    while await parts.store.writer.run(index_events, PIECE) == PIECE:
        pass  # what came since the last look
    most = max(1, min(limit, MOST))
    found = await parts.store.readers.run(find_stories, name, 0, LATEST, most)
    if not found:
        raise NoSuchThing(f"nothing is known of {name}: no trace id and no Message-ID")
    return found
