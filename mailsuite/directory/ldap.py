"""People in an LDAP directory: found by a filter, and signed in by a bind as themselves.

Always in TLS whose certificate is verified: from the start (`ldaps:`), or by STARTTLS before any
word (`ldap:`, RFC 4511 §4.14). Referrals are not followed (threat W5). Calls block: they run in a
pool.
"""

import ssl
from pathlib import Path
from typing import Any

import ldap3
from attrs import define, field
from ldap3.core.exceptions import LDAPException
from ldap3.utils.conv import escape_filter_chars

from mailsuite.message.addresses import Address, BadAddress
from mailsuite.store.outside import Known
from mailsuite.store.sql_source import QUOTA, SourceDown

ADDRESS = "{address}"  # in a filter: the address that is asked for, escaped (RFC 4515 §3)
WRONG_PASSWORD = frozenset((49, 48, 50, 53))  # RFC 4511 §A.1: invalidCredentials and its kin


@define
class LdapSource:
    """One directory server."""

    url: str
    base: str
    filter: str
    bind_dn: str = ""  # empty: anonymous
    bind_password: str = field(default="", repr=False)
    address_attribute: str = "mail"
    name_attribute: str = "cn"
    quota_attribute: str = ""  # octets
    ca_file: Path | None = None
    timeout_seconds: int = 5
    strategy: str = ldap3.SYNC  # a test's own

    def find(self, at: Address) -> Known | None:
        """Who has a canonical address. Raises `SourceDown`."""
        entry = self._entry(at)
        return None if entry is None else self._known(at, entry["raw_attributes"])

    def check(self, at: Address, password: str) -> bool:
        """Whether the password is theirs, by a bind as them. Raises `SourceDown`."""
        # A bind without a password is anonymous, and succeeds (RFC 4513 §5.1.2).
        if not password or "\0" in password:
            return False
        entry = self._entry(at)
        if entry is None:
            return False
        connection = self._connection(entry["dn"], password)
        try:
            return self._bound(connection)
        finally:
            connection.unbind()

    def aliases(self, at: Address) -> list[str]:  # noqa: ARG002 - as of every source
        """None: a second address of somebody is found as they are."""
        return []

    def close(self) -> None:
        """Nothing is kept."""

    def _entry(self, at: Address) -> dict[str, Any] | None:
        if "\0" in str(at):
            return None
        connection = self._connection(self.bind_dn, self.bind_password)
        try:
            if not self._bound(connection):
                raise SourceDown("it does not take our own password")
            return self._searched(connection, at)
        except LDAPException as error:
            raise SourceDown(type(error).__name__) from error
        finally:
            connection.unbind()

    def _searched(self, connection: Any, at: Address) -> dict[str, Any] | None:
        wanted = [self.address_attribute, self.name_attribute, self.quota_attribute]
        connection.search(
            self.base,
            self.filter.replace(ADDRESS, escape_filter_chars(str(at))),
            attributes=[name for name in wanted if name],
            size_limit=2,
            time_limit=self.timeout_seconds,
        )
        found = [one for one in connection.response or () if one.get("type") == "searchResEntry"]
        code = connection.result["result"]
        if code not in {0, 4, 32}:  # success, sizeLimitExceeded, noSuchObject
            raise SourceDown(str(connection.result["description"]))
        if len(found) > 1:
            raise SourceDown("the filter found several people")
        return found[0] if found else None

    def _known(self, at: Address, attributes: dict[str, Any]) -> Known:
        try:
            address = Address.parse(_first(attributes, self.address_attribute) or str(at)).canonical
            quota = int(_first(attributes, self.quota_attribute) or 0)
            display = _first(attributes, self.name_attribute)
        except (BadAddress, ValueError) as error:
            raise SourceDown(f"an entry has what is none: {error}") from None
        return Known(address, display, max(0, min(quota, QUOTA)))

    def _bound(self, connection: Any) -> bool:
        """Open, secure, bind. Raises `SourceDown`, and has told no password then."""
        try:
            if not self.url.startswith("ldaps:") and self.strategy == ldap3.SYNC:
                connection.open(read_server_info=False)
                if not connection.start_tls(read_server_info=False):
                    raise SourceDown("no STARTTLS")
            if connection.bind():
                return True
            if connection.result["result"] in WRONG_PASSWORD:
                return False
            raise SourceDown(str(connection.result["description"]))
        except LDAPException as error:
            raise SourceDown(type(error).__name__) from error

    def _connection(self, name: str, password: str) -> Any:
        server = ldap3.Server(
            self.url,
            get_info=ldap3.NONE,
            connect_timeout=self.timeout_seconds,
            tls=ldap3.Tls(
                validate=ssl.CERT_REQUIRED,
                version=ssl.PROTOCOL_TLS_CLIENT,
                ca_certs_file=None if self.ca_file is None else str(self.ca_file),
            ),
        )
        return ldap3.Connection(
            server,
            name or None,
            password or None,
            client_strategy=self.strategy,
            auto_bind=ldap3.AUTO_BIND_NONE,
            auto_referrals=False,
            receive_timeout=self.timeout_seconds,
            read_only=True,
            check_names=False,
        )


def _first(attributes: dict[str, Any], name: str) -> str:
    """The first value, as text. Raises `UnicodeDecodeError`, a `ValueError`."""
    values: list[bytes] = attributes.get(name, []) if name else []
    return values[0].decode("utf-8") if values else ""
