"""Two suites, a name server and a web server on loopback: MTA-STS and DANE from door to door."""

import smtplib
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from json import dumps, loads
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mailsuite.wire.tls import Pair
from tests.interop.host import DOORS, Host, free_ports
from tests.interop.programs import ANYONE, letter, subjects
from tests.interop.test_relay import eventually
from tests.wire.test_tls import Authority

pytestmark = pytest.mark.long

MORE = """
[dns]
servers = ["127.0.0.1:{dns}"]
trust_ad = true
[tls]
ca_file = "{ca}"
certificate = ["{pair.certificate}"]
key = ["{pair.key}"]
[fetch]
port = {web}
allow_private = true
[relay]
port = {smtp}
allow_private = true
retry = ["1s", "1s", "2s"]
expire = "1h"
[inbound]
trusted = ["127.0.0.0/8"]
"""
SENDER, TAKER, WEB = "127.0.0.21", "127.0.0.22", "127.0.0.23"
POLICY = "version: STSv1\nmode: {mode}\nmx: {mx}\nmax_age: 86400\n"
# What stands in DNS or in a policy, by domain; mail for all of them goes to one host.
POLICIES = {
    "named.test": ("enforce", "mail.b.test"),
    "unnamed.test": ("enforce", "other.b.test"),
    "tried.test": ("testing", "other.b.test"),
}
DELIVERED = ("b.test", "named.test", "tried.test", "pinned.test")
HELD = ("unnamed.test", "wrong.test", "failing.test")


@frozen
class Surroundings:
    """Everything that runs."""

    sender: Host
    taker: Host


def key_digest(pair: Pair) -> str:
    certificate = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return sha256(key).hexdigest()


def zone(port: int, pair: Pair) -> dict[str, Any]:
    """Every name; each answer is authenticated."""
    made: dict[str, Any] = {
        "signed.": {},
        "mail.a.test": {"A": [SENDER]},
        "a.test": {"MX": ["10 mail.a.test."]},
        "mail.b.test": {"A": [TAKER]},
    }
    for domain in (*DELIVERED, *HELD):
        made[domain] = {"MX": ["10 mail.b.test."]}
    for domain in POLICIES:
        made[f"_mta-sts.{domain}"] = {"TXT": ['"v=STSv1; id=1;"']}
        made[f"mta-sts.{domain}"] = {"A": [WEB]}
    digests = {"pinned.test": key_digest(pair), "wrong.test": "00" * 32}
    for domain in ("pinned.test", "wrong.test", "failing.test"):
        made[domain] = {"MX": [f"10 mx.{domain}."]}
        made[f"mx.{domain}"] = {"A": [TAKER]}
        name = f"_{port}._tcp.mx.{domain}"
        made[name] = {"TLSA!": "SERVFAIL"}
        if domain in digests:
            made[name] = {"TLSA": [f"3 1 1 {digests[domain]}"]}
    return made


def publish(folder: Path, authority: Authority) -> list[str]:
    """Write the policies; what the web server is started with."""
    for domain, (mode, mx) in POLICIES.items():
        place = folder / "web" / f"mta-sts.{domain}" / ".well-known"
        place.mkdir(parents=True)
        (place / "mta-sts.txt").write_text(POLICY.format(mode=mode, mx=mx))
    pair = authority.issue("web", *(f"mta-sts.{domain}" for domain in POLICIES))
    return [str(pair.certificate), str(pair.key), WEB]


@pytest.fixture(scope="module")
def around(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surroundings]:
    folder = tmp_path_factory.mktemp("outbound")
    authority = Authority(folder)
    pairs = [authority.issue(name, f"mail.{name}") for name in ("a.test", "b.test")]
    (dns,), (web,), (smtp,) = free_ports(1), free_ports(1, WEB), free_ports(1, TAKER)
    (folder / "zone.json").write_text(dumps(zone(smtp, pairs[1])))
    module = [sys.executable, "-m"]
    shown = publish(folder, authority)
    beside = [
        subprocess.Popen([*module, "tests.nameserver", str(folder / "zone.json"), str(dns)]),
        subprocess.Popen([*module, "tests.https", *shown, str(web), str(folder / "web")]),
    ]
    hosts = []
    for name, address, pair in zip(("a.test", "b.test"), (SENDER, TAKER), pairs, strict=True):
        ports = dict(zip(DOORS, [smtp, *free_ports(len(DOORS) - 1, address)], strict=True))
        more = MORE.format(dns=dns, web=web, smtp=smtp, ca=authority.file, pair=pair)
        hosts.append(Host(folder / name, name, address=address, ports=ports, more=more))
        hosts[-1].account("ann")
    for host in hosts:
        host.start()
    for domain in (*DELIVERED[1:], *HELD):
        hosts[1].ask("domain add", name=domain)
        hosts[1].ask("account add-address", address="ann@b.test", further=f"ann@{domain}")
    yield Surroundings(*hosts)
    for host in hosts:
        if host.process is not None and host.process.poll() is None:
            host.stop()
    for process in beside:
        process.terminate()
        process.wait(timeout=10)


def submit(host: Host, to: str, subject: str, *options: str) -> None:
    with smtplib.SMTP(host.address, host.ports["submission"]) as outgoing:
        outgoing.starttls(context=ANYONE)
        outgoing.login("ann@a.test", "secret")
        made = letter(subject, sender="ann@a.test", to=to)
        outgoing.send_message(made, mail_options=options)


@pytest.mark.threat("T1")
@pytest.mark.threat("T3")
def test_each_domain_gets_its_mail_as_it_asks_or_not_at_all(around: Surroundings) -> None:
    sender, taker = around.sender, around.taker
    for domain in (*DELIVERED, *HELD):
        submit(sender, f"ann@{domain}", domain)
    eventually(lambda: set(subjects(taker, "ann@b.test")) == set(DELIVERED))

    def held() -> dict[str, str]:
        return {
            one["address"]: one["last_reply"]
            for entry in sender.ask("queue list")
            for one in entry["recipients"]
        }

    eventually(lambda: len([reply for reply in held().values() if reply]) == len(HELD))
    assert held().keys() == {f"ann@{domain}" for domain in HELD}
    assert held()["ann@unnamed.test"].startswith("451 4.7.5 the MTA-STS policy")
    assert held()["ann@failing.test"].startswith("451 4.7.5 no answer about the TLSA")
    assert "no TLSA record fits the certificate" in held()["ann@wrong.test"]
    assert sorted(subjects(taker, "ann@b.test")) == sorted(DELIVERED)


def test_tls_can_be_demanded_where_a_policy_vouches(around: Surroundings) -> None:
    """REQUIRETLS to ordinary MX hosts (RFC 8689 §4.2.1)."""
    for domain in ("named.test", "pinned.test"):
        submit(around.sender, f"ann@{domain}", f"required {domain}", "REQUIRETLS")
    required = {"required named.test", "required pinned.test"}
    eventually(lambda: required <= set(subjects(around.taker, "ann@b.test")))


def test_policies_can_be_asked_to_be_left_alone(around: Surroundings) -> None:
    """TLS-Required: No, as who tells a postmaster of his broken certificate (RFC 8689 §3)."""
    with smtplib.SMTP(around.sender.address, around.sender.ports["submission"]) as outgoing:
        outgoing.starttls(context=ANYONE)
        outgoing.login("ann@a.test", "secret")
        made = letter("your records", sender="ann@a.test", to="ann@wrong.test")
        made["TLS-Required"] = "No"
        outgoing.send_message(made)
    eventually(lambda: "your records" in subjects(around.taker, "ann@b.test"))


def test_all_of_it_was_counted(around: Surroundings) -> None:
    around.sender.stop()
    told = loads(around.sender.command("--json", "tls-report", "pending"))
    found = {(one["domain"], one["policy"], one["result"]) for one in told}
    assert found == {
        ("b.test", "no-policy-found", ""),
        ("named.test", "sts", ""),
        ("unnamed.test", "sts", "validation-failure"),
        ("tried.test", "sts", "validation-failure"),
        ("pinned.test", "tlsa", ""),
        ("wrong.test", "tlsa", "certificate-not-trusted"),
        ("failing.test", "tlsa", "dnssec-invalid"),
    }
    assert "certificate-not-trusted" in around.sender.command("tls-report", "pending")
