"""`[directory.sql]` and `[directory.ldap]`: people whom another directory knows."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import field, frozen

from mailsuite.config import values
from mailsuite.config.values import Misfit, Reads

PLACEHOLDER = "{address}"


@frozen
class SqlTable:
    """`[directory.sql]`: a database, and what it is asked; without a URL it is none."""

    url: str = field(default="", repr=False)
    domains: tuple[str, ...] = ()
    user_query: str = ""
    password_query: str = ""
    alias_query: str = ""
    timeout: int = 5  # seconds


@frozen
class LdapTree:
    """`[directory.ldap]`: a directory server; without a URL there is none."""

    url: str = ""
    domains: tuple[str, ...] = ()
    base: str = ""
    filter: str = "(&(objectClass=inetOrgPerson)(mail={address}))"
    bind_dn: str = ""
    bind_password: str = field(default="", repr=False)
    address_attribute: str = "mail"
    name_attribute: str = "cn"
    quota_attribute: str = ""
    ca_file: Path | None = None  # None: what the system trusts
    timeout: int = 5  # seconds


@frozen
class Sources:
    """`[directory]`: at most one of the two."""

    sql: SqlTable = SqlTable()
    ldap: LdapTree = LdapTree()


def _ldap_url(value: Any) -> str:
    url = values.text(value)
    if url and not url.startswith(("ldap://", "ldaps://")):
        raise Misfit('empty, or "ldaps://HOST" or "ldap://HOST" (which is STARTTLS)')
    return url


def _filter(value: Any) -> str:
    found = values.text(value)
    if not (found.startswith("(") and found.endswith(")") and PLACEHOLDER in found):
        raise Misfit(f"a filter in parentheses with {PLACEHOLDER} in it")
    return found


SQL: dict[str, Reads] = {
    "url": values.text,
    "domains": values.domains,
    "user_query": values.text,
    "password_query": values.text,
    "alias_query": values.text,
    "timeout": values.seconds,
}


def ldap(place: Callable[[Any], Path | None]) -> dict[str, Reads]:
    """How each key of `[directory.ldap]` is read."""
    return {
        "url": _ldap_url,
        "domains": values.domains,
        "base": values.text,
        "filter": _filter,
        "bind_dn": values.text,
        "bind_password": values.text,
        "address_attribute": values.text,
        "name_attribute": values.text,
        "quota_attribute": values.text,
        "ca_file": place,
        "timeout": values.seconds,
    }


def wrong(found: Sources) -> str | None:
    """What the tables lack, or have too much; None: nothing."""
    sql, tree = found.sql, found.ldap
    if sql.url and tree.url:
        return "[directory.sql] and [directory.ldap] cannot both have a url"
    if sql.url and not (sql.domains and sql.user_query and sql.password_query):
        return "[directory.sql] needs domains, user_query and password_query"
    if tree.url and not (tree.domains and tree.base):
        return "[directory.ldap] needs domains and base"
    return None
