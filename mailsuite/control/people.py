"""Verbs about domains, accounts and aliases: `mailsuite.directory.admin` by name."""

from collections.abc import Sequence
from typing import Any

from attrs import asdict

from mailsuite.control.domain_keys import shown
from mailsuite.control.verbs import Parts, verb
from mailsuite.directory.admin import Alias, Domain, Person


@verb("domain add")
async def add_domain(parts: Parts, name: str, backup_for: str = "") -> dict[str, Any]:
    """Make a domain ours, with keys to sign with; or take its mail for another host."""
    made = await parts.people.domains.add(name, backup_for)
    keys = [] if parts.keys is None or backup_for else await parts.keys.add(name)
    return {**asdict(made), "keys": shown(keys)}


@verb("domain list")
async def list_domains(parts: Parts) -> list[Domain]:
    """All domains."""
    return await parts.people.domains.all()


@verb("domain show")
async def show_domain(parts: Parts, name: str) -> Domain:
    """One domain."""
    return await parts.people.domains.show(name)


@verb("domain remove")
async def remove_domain(parts: Parts, name: str) -> None:
    """Take mail for a domain no more."""
    await parts.people.domains.remove(name)


@verb("account add")
async def add_account(
    parts: Parts,
    address: str,
    *,
    password: str = "",
    foreign: str = "",
    name: str = "",
    quota_octets: int = 0,
    quota_messages: int = 0,
    role: str = "user",
) -> Person:
    """Make an account."""
    return await parts.people.accounts.add(
        address,
        password,
        display_name=name,
        quota_octets=quota_octets,
        quota_messages=quota_messages,
        role=role,
        foreign=foreign,
    )


@verb("account list")
async def list_accounts(parts: Parts) -> list[Person]:
    """All accounts."""
    return await parts.people.accounts.all()


@verb("account show")
async def show_account(parts: Parts, address: str) -> Person:
    """One account."""
    return await parts.people.accounts.show(address)


@verb("account password")
async def change_password(
    parts: Parts, address: str, password: str = "", foreign: str = ""
) -> Person:
    """Set a new password, or another host's hash of it; sessions of the old one end."""
    return await parts.people.accounts.password(address, password, foreign=foreign)


@verb("account quota")
async def change_quota(
    parts: Parts, address: str, octets: int | None, messages: int | None
) -> Person:
    """Set limits; None leaves one as it is, 0 takes it away."""
    return await parts.people.accounts.quota(address, octets, messages)


@verb("account disable")
async def disable_account(parts: Parts, address: str) -> Person:
    """Shut an account; its mail still comes in."""
    return await parts.people.accounts.disable(address)


@verb("account enable")
async def enable_account(parts: Parts, address: str) -> Person:
    """Open a shut account again."""
    return await parts.people.accounts.enable(address)


@verb("account role")
async def change_role(parts: Parts, address: str, role: str) -> Person:
    """Make somebody admin, domain-admin or user."""
    return await parts.people.accounts.role(address, role)


@verb("account remove")
async def remove_account(parts: Parts, address: str) -> None:
    """Remove an account and its mail for good."""
    await parts.people.accounts.remove(address)


@verb("account add-address")
async def add_address(parts: Parts, address: str, further: str) -> Person:
    """Give an account a further address."""
    return await parts.people.accounts.add_address(address, further)


@verb("account remove-address")
async def remove_address(parts: Parts, further: str) -> Person:
    """Take a further address from its account."""
    return await parts.people.accounts.remove_address(further)


@verb("recipient add")
async def add_recipients(parts: Parts, addresses: Sequence[str]) -> list[str]:
    """List addresses that are taken in for the host of their domain."""
    return await parts.people.recipients.add(addresses)


@verb("recipient list")
async def list_recipients(parts: Parts) -> list[str]:
    """All of them."""
    return await parts.people.recipients.all()


@verb("recipient remove")
async def remove_recipient(parts: Parts, address: str) -> None:
    """Take one away."""
    await parts.people.recipients.remove(address)


@verb("alias add")
async def add_alias(parts: Parts, address: str, targets: Sequence[str]) -> Alias:
    """Make an alias, a group or a catch-all."""
    return await parts.people.aliases.add(address, targets)


@verb("alias list")
async def list_aliases(parts: Parts) -> list[Alias]:
    """All aliases."""
    return await parts.people.aliases.all()


@verb("alias remove")
async def remove_alias(parts: Parts, address: str) -> None:
    """Take an alias away."""
    await parts.people.aliases.remove(address)
