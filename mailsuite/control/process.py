"""Verbs about the running process and its store."""

from collections.abc import Mapping
from typing import Any

from mailsuite.control.verbs import Parts, verb
from mailsuite.errors import NoSuchThing
from mailsuite.store.checking import look_over


@verb("status")
async def status(parts: Parts) -> Mapping[str, Any]:
    """Figures of the running process."""
    return parts.state()


@verb("store check")
async def check_store(parts: Parts) -> list[str]:
    """What the database itself finds wrong with its files; empty: nothing."""
    return await parts.store.readers.run(look_over)


@verb("reload")
async def reload(parts: Parts) -> list[str]:
    """Read the configuration again, as SIGHUP does; the keys that need a restart."""
    if parts.reload is None:
        raise NoSuchThing("no server runs")
    return await parts.reload()
