"""Keys of a domain by command: made, used once published, rotated, retired; never told."""

import json
from typing import Any

import pytest
from attrs import evolve
from twisted.internet.defer import Deferred

from mailsuite.control import domain_keys, people
from mailsuite.control.verbs import Parts, answer
from mailsuite.dns.answers import Answer, NoSuchName
from mailsuite.store.dkim_keys import list_keys
from mailsuite.trust.dkim.admin import KeyAdmin
from mailsuite.wire.pools import Inline
from tests.store.letters import done

assert domain_keys, people  # their verbs are registered


class Zone:
    """What is published."""

    def __init__(self) -> None:
        self.records: dict[str, str] = {}

    async def query(self, name: str, kind: str) -> Answer:
        if name not in self.records:
            raise NoSuchName(name)
        return Answer(name, name, (self.records[name].encode(),), 60)


class Host:
    """A host whose DNS is at hand."""

    def __init__(self, parts: Parts) -> None:
        self.zone = Zone()
        self.parts = evolve(parts, keys=KeyAdmin(parts.store, Inline(), self.zone))

    def ask(self, verb: str, **arguments: Any) -> Any:
        told = done(
            Deferred.fromCoroutine(answer(self.parts, {"verb": verb, "arguments": arguments}))
        )
        return told.get("ok", told.get("error"))

    def states(self) -> list[str]:
        return [key["state"] for key in self.ask("dkim list", name="example.test")]

    def publish(self) -> None:
        for key in self.ask("dkim records", name="example.test"):
            self.zone.records[key["record_name"]] = key["record"]


@pytest.fixture
def host(parts: Parts) -> Host:
    return Host(parts)


def test_a_domain_gets_two_keys_that_sign_once_they_are_published(host: Host) -> None:
    made = host.ask("domain add", name="example.test")["keys"]
    assert [key["algorithm"] for key in made] == ["rsa", "ed25519"]
    assert made[0]["record_name"] == "20270115r._domainkey.example.test"
    assert made[1]["record"].startswith("v=DKIM1; k=ed25519; t=s; p=")
    assert host.states() == ["waiting", "waiting"]
    host.publish()
    assert host.states() == ["signing", "signing"]


def test_a_wrong_record_is_none(host: Host) -> None:
    host.ask("domain add", name="example.test")
    host.publish()
    for name, record in host.zone.records.items():
        host.zone.records[name] = record[:-8] + "AAAAAAA="
    assert host.states() == ["waiting", "waiting"]


def test_rotation_changes_keys_when_the_new_ones_are_there_and_keeps_the_old_records(
    host: Host,
) -> None:
    host.ask("domain add", name="example.test")
    host.publish()
    assert host.states() == ["signing", "signing"]
    host.ask("dkim rotate", name="example.test")
    assert host.states() == ["signing", "signing", "waiting", "waiting"]
    # Asked again, it makes no more: these two are the next ones.
    host.ask("dkim rotate", name="example.test")
    host.publish()
    assert host.states() == ["leaving", "leaving", "signing", "signing"]
    assert len(host.ask("dkim records", name="example.test")) == 4
    assert host.ask("dkim retire", name="example.test", selector="20270115r")[0]["selector"] == (
        "20270115e"
    )


def test_now_does_not_wait_for_dns_and_retire_ends_it(host: Host) -> None:
    host.ask("domain add", name="example.test")
    found = host.ask("dkim rotate", name="example.test", now=True)
    assert {key["state"] for key in found} == {"signing"}
    found = host.ask("dkim retire", name="example.test", selector="20270115r")
    assert [key["state"] for key in found] == ["leaving", "signing"]


def test_once_an_hour_all_that_wait_are_looked_for(host: Host) -> None:
    host.ask("domain add", name="example.test")
    host.publish()
    assert host.parts.keys is not None
    assert done(Deferred.fromCoroutine(host.parts.keys.look_for_all())) == 2
    assert done(Deferred.fromCoroutine(host.parts.keys.look_for_all())) == 0


@pytest.mark.threat("O3")
def test_no_secret_is_told_and_none_lies_open_in_the_store(host: Host) -> None:
    """The database and its backups have sealed keys only; what opens them lies outside, 0600."""
    made = host.ask("domain add", name="example.test")
    assert "secret" not in json.dumps(made)
    store = host.parts.store
    octets = b"".join(path.read_bytes() for path in store.data_dir.glob("mailsuite.db*"))
    keys = _rows(host)
    opened = [store.seal.open(key.secret, f"dkim {key.selector} {key.domain}") for key in keys]
    assert all(opened)
    assert not any(found and found in octets for found in opened)
    assert store.seal.open(keys[0].secret, f"dkim {keys[1].selector} example.test") is None
    assert (store.data_dir / "seal.key").stat().st_mode & 0o777 == 0o600


def test_whoever_signs_elsewhere_or_is_not_ours_gets_no_key(host: Host) -> None:
    assert host.ask("domain add", name="b.example", backup_for="mx.b.example")["keys"] == []
    assert host.ask("dkim add", name="b.example") == (
        "b.example is taken in for mx.b.example, which signs its mail."
    )
    assert host.ask("dkim list", name="c.example") == "c.example is not a domain of this host."
    assert "not a domain name" in host.ask("dkim list", name="..")


def _rows(host: Host) -> Any:
    return done(host.parts.store.readers.run(list_keys, "example.test"))
