"""LDAP over the library's own fake server: filters, binds, and what is refused."""

import ssl

import ldap3
import pytest
from ldap3.core.exceptions import LDAPSocketOpenError

from mailsuite.directory.ldap import LdapSource
from mailsuite.message.addresses import Address
from mailsuite.store.outside import Known
from mailsuite.store.sql_source import SourceDown
from tests.directory.outside import NASTY

BOB = Address("bob", "else.test")
BASE = "ou=people,dc=else"
ENTRIES: dict[str, dict[str, object]] = {
    f"uid=bob,{BASE}": {
        "objectClass": "inetOrgPerson",
        "mail": ["bob@else.test", "robert@else.test"],
        "cn": "Bob B.",
        "quota": "1000",
        "userPassword": "bob's",
    },
    f"uid=two,{BASE}": {"objectClass": "inetOrgPerson", "mail": "two@else.test", "cn": "Two"},
    f"uid=again,{BASE}": {"objectClass": "inetOrgPerson", "mail": "two@else.test", "cn": "Two"},
    f"uid=odd,{BASE}": {"objectClass": "inetOrgPerson", "mail": "odd@else.test", "quota": "much"},
    "cn=asks,dc=else": {"objectClass": "person", "userPassword": "asking"},
}


class Fake(LdapSource):
    """Connections to a server in memory."""

    asked: list[str]

    def _connection(self, name: str, password: str) -> ldap3.Connection:
        made = super()._connection(name, password)
        for entry, attributes in ENTRIES.items():
            made.strategy.add_entry(entry, dict(attributes))
        return made


def source(**more: str) -> Fake:
    return Fake(
        "ldaps://ldap.else.test",
        BASE,
        "(&(objectClass=inetOrgPerson)(mail={address}))",
        more.pop("bind_dn", "cn=asks,dc=else"),
        more.pop("bind_password", "asking"),
        quota_attribute="quota",
        strategy=ldap3.MOCK_SYNC,
        **more,  # type: ignore[arg-type]
    )


def test_somebody_is_found_by_any_of_his_addresses() -> None:
    known = Known(BOB, "Bob B.", 1000)
    assert source().find(BOB) == known
    assert source().find(Address("robert", "else.test")) == known
    assert source().find(Address("nobody", "else.test")) is None


def test_a_password_is_checked_by_a_bind() -> None:
    assert source().check(BOB, "bob's")
    assert not source().check(BOB, "x")
    assert not source().check(Address("nobody", "else.test"), "bob's")


@pytest.mark.threat("A8")
@pytest.mark.parametrize("password", ["", "\0", "bob's\0"])
def test_a_bind_without_a_password_is_no_sign_in(password: str) -> None:
    """RFC 4513 §5.1.2: a server answers success to it."""
    assert not source().check(BOB, password)


@pytest.mark.threat("A8")
@pytest.mark.parametrize("nasty", NASTY)
def test_no_name_is_part_of_a_filter(nasty: str) -> None:
    for local in (nasty, f"bob{nasty}", f"{nasty}bob"):
        assert source().find(Address(local, "else.test")) is None
        assert not source().check(Address(local, "else.test"), "bob's")


@pytest.mark.parametrize("address", ["two@else.test", "odd@else.test"])
def test_what_cannot_be_read_in_one_way_is_trouble(address: str) -> None:
    with pytest.raises(SourceDown):
        source().find(Address.parse(address))


def test_our_own_wrong_password_is_trouble_and_nobody_is_unknown() -> None:
    with pytest.raises(SourceDown):
        source(bind_password="wrong").find(BOB)


class Steps(LdapSource):
    """What is done on the wire, and nothing is on it."""

    tls = True

    def _connection(self, _name: str, _password: str) -> "Steps":
        return self

    def open(self, **_: object) -> None:
        DONE.append("open")

    def start_tls(self, **_: object) -> bool:
        DONE.append("start_tls")
        return self.tls

    def bind(self) -> bool:
        DONE.append("bind")
        raise LDAPSocketOpenError

    def unbind(self) -> None:
        DONE.append("unbind")


DONE: list[str] = []


def steps(url: str, *, tls: bool = True) -> list[str]:
    """What a question does until it fails."""
    DONE.clear()
    asked = Steps(url, BASE, "(mail={address})", "cn=asks", "asking")
    asked.tls = tls
    with pytest.raises(SourceDown):
        asked.find(BOB)
    return list(DONE)


def test_a_server_that_is_not_there_is_trouble() -> None:
    assert steps("ldaps://ldap.else.test") == ["bind", "unbind"]


@pytest.mark.threat("W4")
def test_starttls_comes_before_any_word() -> None:
    assert steps("ldap://ldap.else.test") == ["open", "start_tls", "bind", "unbind"]


@pytest.mark.threat("W4")
def test_without_tls_no_password_is_told() -> None:
    assert steps("ldap://ldap.else.test", tls=False) == ["open", "start_tls", "unbind"]


@pytest.mark.threat("W5")
def test_certificates_are_verified_and_referrals_are_not_followed() -> None:
    for url in ("ldap://ldap.else.test", "ldaps://ldap.else.test"):
        connection = LdapSource(url, BASE, "(mail={address})")._connection("cn=asks", "asking")
        assert connection.server.tls.validate is ssl.CERT_REQUIRED
        assert connection.auto_referrals is False
