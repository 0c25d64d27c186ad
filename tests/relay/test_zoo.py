"""The zoo of MX records: for each kind of domain the right fate, and the status that says why.

What certainly never works comes back at once, whatever may pass waits, and nothing of it keeps
anybody else's mail.
"""

from collections.abc import Mapping
from typing import Any

import pytest
from attrs import evolve

from mailsuite.dns.answers import Mx, NoSuchRecord, TemporaryFailure
from mailsuite.relay.settings import RelaySettings
from mailsuite.store.opening import Store
from tests.relay.sink import Sink
from tests.relay.world import World

UP, DOWN, OURS = "8.8.8.8", "8.8.4.4", "9.9.9.9"
Records = Mapping[tuple[str, str], Any]


def mx(*hosts: str) -> Records:
    return {("zoo.test", "MX"): tuple(Mx(10 + n, host) for n, host in enumerate(hosts))}


DELIVERED: dict[str, Records] = {
    "one host": {**mx("mx.test"), ("mx.test", "A"): (UP,)},
    "no MX, an address": {("zoo.test", "A"): (UP,)},
    "no MX, IPv6 only": {("zoo.test", "AAAA"): ("2606::1",)},
    "IPv6 only": {**mx("mx.test"), ("mx.test", "AAAA"): ("2606::1",)},
    "IPv6 that is down, IPv4 that is up": {
        **mx("mx.test"), ("mx.test", "AAAA"): ("2606::2",), ("mx.test", "A"): (UP,),
    },
    "AAAA fails, A is there": {
        **mx("mx.test"), ("mx.test", "AAAA"): TemporaryFailure, ("mx.test", "A"): (UP,),
    },
    "the first is down": {
        **mx("down.test", "mx.test"), ("down.test", "A"): (DOWN,), ("mx.test", "A"): (UP,),
    },
    "the first does not exist": {**mx("gone.test", "mx.test"), ("mx.test", "A"): (UP,)},
    "the first cannot be asked for": {
        **mx("lost.test", "mx.test"),
        ("lost.test", "A"): TemporaryFailure, ("lost.test", "AAAA"): TemporaryFailure,
        ("mx.test", "A"): (UP,),
    },
    "the first is on loopback": {
        **mx("trap.test", "mx.test"), ("trap.test", "A"): ("127.0.0.1",), ("mx.test", "A"): (UP,),
    },
    "1,000 hosts, all up": {
        **mx(*(f"mx{n}.test" for n in range(1_000))),
        **{(f"mx{n}.test", "A"): (UP,) for n in range(1_000)},
    },
    "the same host a hundred times": {
        ("zoo.test", "MX"): tuple(Mx(n, "mx.test") for n in range(100)), ("mx.test", "A"): (UP,),
    },
    "null MX beside a real one": {**mx("", "mx.test"), ("mx.test", "A"): (UP,)},
    "we are less preferred": {
        **mx("mx.test", "us.test"), ("mx.test", "A"): (UP,), ("us.test", "A"): (OURS,),
    },
}  # fmt: skip
BOUNCED: dict[str, tuple[Records, str]] = {
    "no such domain": ({}, "550 5.1.2"),
    "null MX": (mx(""), "556 5.1.10"),
    "no address": ({("zoo.test", "MX"): NoSuchRecord, **mx("gone.test")}, "550 5.4.4"),
    "MX names an address": (mx("192.0.2.1"), "550 5.4.4"),
    "loopback": ({**mx("mx.test"), ("mx.test", "A"): ("127.0.0.1",)}, "550 5.4.4"),
    "loopback, IPv6": ({**mx("mx.test"), ("mx.test", "AAAA"): ("::1",)}, "550 5.4.4"),
    "loopback, in IPv6": (
        {**mx("mx.test"), ("mx.test", "AAAA"): ("::ffff:127.0.0.1",)},
        "550 5.4.4",
    ),
    "private": ({**mx("mx.test"), ("mx.test", "A"): ("10.0.0.1", "192.168.1.1")}, "550 5.4.4"),
    "link-local": ({**mx("mx.test"), ("mx.test", "A"): ("169.254.169.254",)}, "550 5.4.4"),
    "localhost": ({**mx("localhost"), ("localhost", "A"): ("127.0.0.1",)}, "550 5.4.4"),
    "nowhere": ({**mx("mx.test"), ("mx.test", "A"): ("0.0.0.0",)}, "550 5.4.4"),
    "ourselves": ({**mx("us.test"), ("us.test", "A"): (UP,)}, "550 5.4.6"),
    "ourselves by address": ({**mx("mx.test"), ("mx.test", "A"): (OURS,)}, "550 5.4.6"),
    "ourselves before others": (
        {**mx("us.test", "mx.test"), ("us.test", "A"): (OURS,), ("mx.test", "A"): (UP,)},
        "550 5.4.6",
    ),
}
WAITING: dict[str, tuple[Records, str]] = {
    "MX cannot be asked": ({("zoo.test", "MX"): TemporaryFailure}, "451 4.4.3"),
    "addresses cannot be asked": (
        {
            **mx("mx.test"),
            ("mx.test", "A"): TemporaryFailure, ("mx.test", "AAAA"): TemporaryFailure,
        },
        "451 4.4.3",
    ),
    "no MX, and the address cannot be asked": (
        {("zoo.test", "A"): TemporaryFailure, ("zoo.test", "AAAA"): TemporaryFailure},
        "451 4.4.3",
    ),
    "all are down": ({**mx("mx.test"), ("mx.test", "A"): (DOWN,)}, "451 4.4.1"),
    "1,000 hosts, all down": (
        {
            **mx(*(f"mx{n}.test" for n in range(1_000))),
            **{(f"mx{n}.test", "A"): (f"8.8.{n // 250}.{n % 250}",) for n in range(1_000)},
        },
        "451 4.4.1",
    ),
}  # fmt: skip


@pytest.fixture
def zoo(store: Store) -> World:
    settings = RelaySettings("us.test", own_addresses=frozenset({OURS}))
    world = World(store, evolve(settings))
    world.sender.sinks[UP] = world.sender.sinks["2606::1"] = Sink()
    return world


def taken(zoo: World) -> int:
    return len(zoo.sender.sinks[UP].mails)


def queued(zoo: World, records: Records) -> None:
    zoo.dns.records.update(records)
    zoo.start()
    zoo.queue("bob@zoo.test")


@pytest.mark.threat("S12")
@pytest.mark.parametrize("kind", DELIVERED)
def test_it_is_delivered(zoo: World, kind: str) -> None:
    queued(zoo, DELIVERED[kind])
    assert (taken(zoo), zoo.entries()) == (1, [])
    assert zoo.intake.reports == []
    assert len(zoo.sender.tried) <= 10
    assert len(zoo.dns.asked) <= 25


@pytest.mark.threat("S9")
@pytest.mark.threat("S12")
@pytest.mark.parametrize("kind", BOUNCED)
def test_it_comes_back_at_once(zoo: World, kind: str) -> None:
    records, words = BOUNCED[kind]
    queued(zoo, records)
    assert zoo.sender.tried == []
    assert zoo.entries() == []
    ((_, report),) = zoo.intake.reports
    code, status = words.split(" ")
    assert f"Status: {status}\r\n".encode() in report
    assert code.encode() in report


@pytest.mark.threat("S12")
@pytest.mark.threat("S19")
@pytest.mark.parametrize("kind", WAITING)
def test_it_waits_and_nobody_else_does(zoo: World, kind: str) -> None:
    records, words = WAITING[kind]
    queued(zoo, records)
    (reply,) = [r.last_reply for e in zoo.entries() for r in e.recipients]
    assert reply.startswith(words)
    assert zoo.states() == ["waiting"]
    assert zoo.intake.reports == []
    assert len(zoo.sender.tried) <= 10
    zoo.dns.host("good.test", UP)
    zoo.queue("bob@good.test")
    assert taken(zoo) == 1
