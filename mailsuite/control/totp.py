"""Verbs about one-time passwords."""

from mailsuite.control.verbs import Parts, verb
from mailsuite.directory.typed import typed_address


@verb("totp add")
async def add_totp(parts: Parts, address: str) -> str:
    """Make a secret, and return its URI: it is not shown again."""
    return await parts.people.one_time.add(typed_address(address))


@verb("totp check")
async def check_totp(parts: Parts, address: str, code: str) -> None:
    """Take a code, as a page would: once."""
    await parts.people.one_time.check(typed_address(address), code)


@verb("totp remove")
async def remove_totp(parts: Parts, address: str) -> None:
    """Take the secret away."""
    await parts.people.one_time.remove(typed_address(address))
