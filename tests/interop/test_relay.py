"""Two suites and a name server on loopback: mail goes from one to the other."""

import json
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from tests.interop.host import DOORS, Host, free_ports
from tests.interop.programs import ANYONE, imap, letter, subjects

MORE = """
[dns]
servers = ["127.0.0.1:{dns}"]
[relay]
port = {port}
allow_private = true
retry = ["1s", "1s", "2s"]
expire = "1h"
"""


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Host, Host]]:
    """a.test on 127.0.0.11 and b.test on 127.0.0.12, whose MX stand in one name server."""
    folder = tmp_path_factory.mktemp("two")
    (port,) = free_ports(1, "127.0.0.11")
    (dns,) = free_ports(1)
    zone = {}
    hosts = []
    for name, address in (("a.test", "127.0.0.11"), ("b.test", "127.0.0.12")):
        zone[name] = {"MX": [f"10 mail.{name}."]}
        zone[f"mail.{name}"] = {"A": [address]}
        ports = dict(zip(DOORS, [port, *free_ports(len(DOORS) - 1, address)], strict=True))
        more = MORE.format(dns=dns, port=port)
        hosts.append(Host(folder / name, name, address=address, ports=ports, more=more))
    (folder / "zone.json").write_text(json.dumps(zone))
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.nameserver", str(folder / "zone.json"), str(dns)]
    )
    for host in hosts:
        host.account("ann")
        host.start()
    yield hosts[0], hosts[1]
    for host in hosts:
        host.stop()
    server.terminate()
    server.wait(timeout=10)


def submit(host: Host, to: str, subject: str) -> None:
    """Ann of this host sends a message."""
    sender = f"ann@{host.domain}"
    with smtplib.SMTP(host.address, host.ports["submission"]) as outgoing:
        outgoing.starttls(context=ANYONE)
        outgoing.login(sender, "secret")
        outgoing.send_message(letter(subject, sender=sender, to=to))


def eventually(told: Callable[[], bool]) -> None:
    """Wait for what another process does; fails after half a minute."""
    end = time.monotonic() + 30
    while not told():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.2)


def newest(host: Host) -> str:
    """The newest message in ann's INBOX."""
    box = imap(host, f"ann@{host.domain}")
    box.select(readonly=True)
    _, found = box.fetch("*", "(BODY.PEEK[])")
    box.logout()
    return found[0][1].decode()  # type: ignore[index, union-attr]


def test_a_message_reaches_the_other_host(two: tuple[Host, Host]) -> None:
    a, b = two
    submit(a, "ann@b.test", "from a to b")
    eventually(lambda: subjects(b, "ann@b.test") == ["from a to b"])
    octets = newest(b)
    assert "from mail.a.test" in octets
    assert "with ESMTPS" in octets
    assert "Return-Path: <ann@a.test>" in octets
    assert a.command("queue", "list").strip().count("\n") <= 1


def test_an_unknown_user_bounces_in_readable_words(two: tuple[Host, Host]) -> None:
    a, _ = two
    submit(a, "nobody@b.test", "to nobody")
    eventually(lambda: len(subjects(a, "ann@a.test")) == 1)
    bounce = newest(a)
    assert "Return-Path: <>" in bounce
    assert "nobody@b.test" in bounce
    assert "Action: failed" in bounce
    assert "Status: 5.1.1" in bounce
    assert "Subject: to nobody" in bounce  # what was sent comes back with it


def test_a_host_that_is_down_gets_it_later(two: tuple[Host, Host]) -> None:
    """With the other one down the message waits, and its owner can see why."""
    a, b = two
    before = len(subjects(b, "ann@b.test"))
    b.stop()
    submit(a, "ann@b.test", "while away")
    eventually(lambda: "refused" in a.command("queue", "list").lower())
    b.start()
    eventually(lambda: len(subjects(b, "ann@b.test")) == before + 1)
    assert "while away" in subjects(b, "ann@b.test")
