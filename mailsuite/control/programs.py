"""Verbs about app passwords, and about capabilities that somebody does not see."""

from collections.abc import Sequence

from mailsuite.control.verbs import Parts, verb
from mailsuite.store.app_passwords import AppPassword


@verb("app-password add")
async def add_app_password(
    parts: Parts, address: str, name: str, scopes: Sequence[str] = (), expires: int = 0
) -> str:
    """Make one, and return it: it is not shown again."""
    return await parts.people.apps.add(address, name, scopes, expires)


@verb("app-password list")
async def list_app_passwords(parts: Parts, address: str) -> list[AppPassword]:
    """All of an account."""
    return await parts.people.apps.all(address)


@verb("app-password remove")
async def remove_app_password(parts: Parts, address: str, name: str) -> None:
    """Take one back; the account's sessions end."""
    await parts.people.apps.remove(address, name)


@verb("account hide")
async def hide_capabilities(
    parts: Parts, address: str, capabilities: Sequence[str], app: str = ""
) -> str:
    """Hide capabilities from an account or one of its app passwords."""
    return await parts.people.apps.hide(address, app, hide=capabilities)


@verb("account reveal")
async def reveal_capabilities(
    parts: Parts, address: str, capabilities: Sequence[str], app: str = ""
) -> str:
    """Show hidden capabilities again, or one that not everybody sees."""
    return await parts.people.apps.hide(address, app, show=capabilities)
