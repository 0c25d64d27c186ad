"""A suspect's first try is put off, and its second one taken; nobody else waits (RFC 6647)."""

from typing import Any

import pytest
from attrs import frozen

from mailsuite.dns.answers import TemporaryFailure
from mailsuite.message.addresses import Address
from mailsuite.message.reputation import KNOWN, NOT_ASKED, PASSED, Reputation
from mailsuite.repute.settings import Greylisting
from mailsuite.repute.verdicts import Denied
from mailsuite.store.correspondents import Use, note_kept, note_uses
from mailsuite.store.schema_repute import greylisted
from mailsuite.wire.link import Peer
from tests.repute.conftest import PEER, Door, Later
from tests.store.letters import done, rows

PTR = ("7.2.0.192.in-addr.arpa", "PTR")


def test_a_first_try_waits_and_a_retry_is_taken(door: Door, later: Later) -> None:
    denied = door.reach()
    assert denied == Denied(
        "greylist", 450, "4.7.1", "Greylisted: new here, please try again in 300 seconds"
    )
    later(120)
    assert "in 180 seconds" in door.reach().words  # too soon: the first time stands
    later(300)
    assert door.reach() == Reputation("permerror", greylist=PASSED, waited_seconds=300)
    assert door.reach() == Reputation("permerror", greylist=KNOWN)


def test_a_retry_after_a_day_is_a_first_try(door: Door, later: Later) -> None:
    door.reach()
    later(86_400)
    assert isinstance(door.reach(), Denied)
    later(86_700)
    assert door.reach().greylist == PASSED


def test_who_came_again_so_often_waits_no_more(door: Door, later: Later) -> None:
    """RFC 6647 §5 (1): after retries all traffic of the network goes."""
    for n in range(3):
        door.reach(f"{n}@far.example")
    later(300)
    for n in range(3):
        assert door.reach(f"{n}@far.example").greylist == PASSED
    assert door.reach("new@other.example", peer=Peer("192.0.2.99")).greylist == KNOWN
    later(20 * 86_400)
    assert door.reach("newer@other.example").greylist == KNOWN
    later(50 * 86_400)  # seen 30 days ago
    assert door.reach("newest@other.example").greylist == KNOWN
    later(90 * 86_400)
    assert isinstance(door.reach("late@other.example"), Denied)


def test_a_domain_passes_by_its_own_hosts_alone(door: Door, later: Later) -> None:
    door.repute(greylist=Greylisting.ALL, greylist_passes=1)
    for last, network in ((7, "192.0.2"), (9, "198.51.100")):
        reverse = ".".join(reversed(f"{network}.{last}".split(".")))
        door.zone.add(f"{reverse}.in-addr.arpa", "PTR", f"mx{last}.far.example")
        door.zone.add(f"mx{last}.far.example", "A", f"{network}.{last}")
    door.reach()
    later(300)
    assert door.reach().greylist == PASSED
    assert door.reach("new@far.example", peer=Peer("198.51.100.9")).greylist == KNOWN
    assert isinstance(door.reach("new@far.example", peer=Peer("203.0.113.9")), Denied)


def test_only_suspects_wait(door: Door) -> None:
    door.zone.add(*PTR, "mx.far.example")
    assert isinstance(door.reach(), Denied)  # the name does not lead back
    door.zone.add("mx.far.example", "A", "192.0.2.7")
    assert door.reach() == Reputation("pass", "mx.far.example")
    door.zone.records[PTR] = TemporaryFailure("SERVFAIL")
    assert door.reach() == Reputation("temperror", greylist=NOT_ASKED)


def test_whom_the_recipient_knows_never_waits(door: Door) -> None:
    done(door.store.writer.run(note_uses, [Use(5, 1, ("s@far.example",))]))
    done(door.store.writer.run(note_kept, 6, "t@far.example"))
    assert door.reach("S@FAR.example", accounts=(5,)).correspondent
    assert door.reach("t@far.example", accounts=(4, 6)).correspondent
    assert isinstance(door.reach("t@far.example", accounts=(5,)), Denied)
    assert isinstance(door.reach("", accounts=(5,)), Denied)


@pytest.mark.threat("S17")
def test_a_flood_of_first_tries_fills_one_networks_share(
    door: Door, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others' first tries stay, and pass."""
    monkeypatch.setattr("mailsuite.store.greylist.OF_NETWORK", 20)
    door.reach(peer=Peer("198.51.100.1"))
    for n in range(100):
        door.reach(f"{n}@flood.example", peer=PEER)
    assert len(rows(door.store, greylisted)) == 21
    later(300)
    assert door.reach(peer=Peer("198.51.100.1")).greylist == PASSED


@frozen
class Spf:
    """An outcome, as the judge of authenticity hands it in."""

    word: str


def named(door: Door) -> None:
    door.zone.add(*PTR, "mx.far.example")
    door.zone.add("mx.far.example", "A", "192.0.2.7")


@pytest.mark.parametrize(
    ("word", "waits"),
    [("fail", True), ("softfail", False), ("pass", False), ("none", False), ("temperror", False)],
)
def test_a_forged_sender_is_a_suspect_whatever_the_host_is_called(
    door: Door, word: str, *, waits: bool
) -> None:
    async def check(_asks: Any, _peer: Peer, helo: str, sender: Address | None) -> Spf:
        assert (helo, str(sender)) == ("helo.example", "s@far.example")
        return Spf(word)

    named(door)
    door.keeper.spf = check
    found = door.reach()
    assert isinstance(found, Denied) is waits
    if not waits:
        assert found.spf == Spf(word), "handed on: it is not evaluated again"


@pytest.mark.parametrize("mode", [Greylisting.OFF, Greylisting.ALL])
def test_spf_is_asked_only_where_it_decides(door: Door, mode: Greylisting) -> None:
    async def check(*_: Any) -> Spf:
        pytest.fail("it decides nothing")

    named(door)
    door.keeper.spf = check
    door.repute(greylist=mode)
    door.reach()


def test_trouble_with_spf_makes_no_suspect(door: Door) -> None:
    async def check(*_: Any) -> Spf:
        raise TemporaryFailure("far.example")

    named(door)
    door.keeper.spf = check
    assert door.reach().spf is None
