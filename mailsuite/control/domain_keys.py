"""Verbs about the keys that domains sign with: `mailsuite.trust.dkim.admin` by name."""

from collections.abc import Iterable
from typing import Any

from mailsuite.control.verbs import Parts, verb
from mailsuite.errors import Unavailable
from mailsuite.store.dkim_keys import DkimKey
from mailsuite.trust.dkim.admin import KeyAdmin


def shown(keys: Iterable[DkimKey]) -> list[dict[str, Any]]:
    """Keys without their secrets."""
    return [
        {
            "selector": key.selector,
            "algorithm": key.algorithm,
            "state": key.state,
            "created": key.created,
            "until": key.until,
            "public": key.public,
            "record_name": key.record_name,
            "record": key.record,
        }
        for key in keys
    ]


def _keys(parts: Parts) -> KeyAdmin:
    if parts.keys is None:
        raise Unavailable
    return parts.keys


@verb("dkim list")
async def list_domain_keys(parts: Parts, name: str) -> list[dict[str, Any]]:
    """All keys of a domain; those whose records were published meanwhile sign from now on."""
    return shown(await _keys(parts).all(name))


@verb("dkim records")
async def records_of_domain(parts: Parts, name: str) -> list[dict[str, Any]]:
    """The keys whose records have to be in DNS."""
    return shown(await _keys(parts).to_publish(name))


@verb("dkim add")
async def add_domain_keys(parts: Parts, name: str, now: bool = False) -> list[dict[str, Any]]:  # noqa: FBT001, FBT002 - an argument of a verb
    """Make keys that wait for their records; with `now` they sign at once."""
    keys = _keys(parts)
    made = await keys.add(name)
    return shown(await keys.start(name) if now else made)


@verb("dkim rotate")
async def rotate_domain_keys(parts: Parts, name: str, now: bool = False) -> list[dict[str, Any]]:  # noqa: FBT001, FBT002 - an argument of a verb
    """Make the next keys, or let those sign that are published; with `now` at once."""
    keys = _keys(parts)
    found = await keys.rotate(name)
    return shown(await keys.start(name) if now else found)


@verb("dkim retire")
async def retire_domain_key(parts: Parts, name: str, selector: str) -> list[dict[str, Any]]:
    """Let a key sign no more; one that does not sign is forgotten."""
    return shown(await _keys(parts).retire(name, selector))
