"""Verbs about the outbound queue and the story of a message."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from attrs import asdict

from mailsuite.control.verbs import Parts, verb
from mailsuite.errors import NoSuchThing
from mailsuite.relay.admin import QueuedMessage
from mailsuite.store.events import read_story
from mailsuite.store.stories import PIECE, Story, find_stories, index_events

STORIES, MOST_STORIES = 20, 500  # that are told when nobody says how many, and at most
LATEST = 1 << 62


@verb("queue list")
async def list_queue(parts: Parts) -> list[QueuedMessage]:
    """Every entry, oldest first."""
    found: list[QueuedMessage] = []
    while page := await parts.queue.list(found[-1].id if found else 0):
        found += page
    return found


@verb("queue show")
async def show_entry(parts: Parts, entry: int) -> Mapping[str, Any]:
    """One entry, with the story of its message."""
    found = await parts.queue.show(entry)
    story = await parts.store.readers.run(read_story, found.trace)
    return {**asdict(found, recurse=False), "story": story}


async def _each(parts: Parts, entries: list[int], order: Callable[[int], Awaitable[object]]) -> int:
    """Give an order for each entry, or for all when none is named; how many there were."""
    wanted = entries or [found.id for found in await list_queue(parts)]
    for entry in wanted:
        await order(entry)
    return len(wanted)


@verb("queue hold")
async def hold(parts: Parts, entries: list[int]) -> int:
    """Keep entries from being tried."""
    return await _each(parts, entries, parts.queue.hold)


@verb("queue release")
async def release(parts: Parts, entries: list[int]) -> int:
    """Let held entries be tried again."""
    return await _each(parts, entries, parts.queue.release)


@verb("queue retry")
async def retry(parts: Parts, entries: list[int]) -> int:
    """Try waiting entries now."""
    return await _each(parts, entries, parts.queue.retry)


@verb("queue fail")
async def fail(parts: Parts, entries: list[int]) -> int:
    """End entries as failed: their senders are told."""
    return await _each(parts, _named(entries), parts.queue.fail)


@verb("queue remove")
async def remove(parts: Parts, entries: list[int]) -> int:
    """Delete entries; nobody is told."""
    return await _each(parts, _named(entries), parts.queue.remove)


def _named(entries: list[int]) -> list[int]:
    # Nobody loses the whole queue by leaving a number out.
    if not entries:
        raise NoSuchThing("name the entries of the queue by their numbers")
    return entries


@verb("message trace")
async def trace(
    parts: Parts, name: str, since: int = 0, until: int = LATEST, limit: int = STORIES
) -> list[Story]:
    """What happened to messages: by trace id, Message-ID, address or host; the newest first."""
    while await parts.store.writer.run(index_events, PIECE) == PIECE:
        pass  # what came since the last look
    most = max(1, min(limit, MOST_STORIES))
    found = await parts.store.readers.run(find_stories, name, since, until, most)
    if not found:
        raise NoSuchThing(f"nothing is known of {name}: no trace id, Message-ID, address or host")
    return found
