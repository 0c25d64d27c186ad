"""DNS lists: what is asked, what the answers count, and what is no answer (RFC 5782)."""

from ipaddress import IPv4Address

import pytest
from twisted.internet.defer import Deferred

from mailsuite.dns.answers import TemporaryFailure
from mailsuite.message.reputation import Listed, Reputation
from mailsuite.repute.lists import Subject, subject_of
from mailsuite.repute.settings import DnsList, Greylisting, Score
from mailsuite.repute.verdicts import Denied
from mailsuite.wire.link import Peer
from tests.repute.conftest import Door, now

ANY = Score(IPv4Address("127.0.0.1"), IPv4Address("127.0.0.255"), 5.0)
BAD = DnsList("bad.example.net", frozenset({"ipv4", "ipv6"}), (ANY,))
GOOD = DnsList("good.example.net", frozenset({"ipv4"}), (Score(ANY.first, ANY.last, -7.0),))
DOMAINS = DnsList(
    "dbl.example.net",
    frozenset({"domain"}),
    (Score(IPv4Address("127.0.1.2"), IPv4Address("127.0.1.3"), 2.0),),
)


@pytest.fixture
def lists(door: Door) -> Door:
    """A door with three lists that passed their tests."""
    door.repute(lists=(BAD, GOOD, DOMAINS))
    door.zone.add("7.2.0.192.in-addr.arpa", "PTR", "mx.far.example")
    door.zone.add("mx.far.example", "A", "192.0.2.7")
    for zone in (BAD.zone, GOOD.zone):
        door.zone.add(f"2.0.0.127.{zone}", "A", "127.0.0.2")
    door.zone.add(
        "2.0.0.0." + subject_of("::ffff:127.0.0.2").label[8:] + f".{BAD.zone}", "A", "127.0.0.2"
    )
    door.zone.add(f"test.{DOMAINS.zone}", "A", "127.0.1.2")
    now(door.keeper.test_lists())
    assert door.keeper.health.states() == dict.fromkeys((BAD.zone, GOOD.zone, DOMAINS.zone), "")
    return door


def test_names_that_are_asked_for() -> None:
    assert subject_of("192.0.2.99").name_in("bad.example.com") == "99.2.0.192.bad.example.com"
    assert subject_of("2001:db8:1:2:3:4:567:89ab").name_in("ugly.example.com") == (
        "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ugly.example.com"
    )
    assert Subject("domain", "far.example").name_in("dbl.example") == "far.example.dbl.example"


def test_a_listed_address_is_refused_with_list_address_and_reason(lists: Door) -> None:
    lists.zone.add("7.2.0.192.bad.example.net", "A", "127.0.0.4")
    lists.zone.add("7.2.0.192.bad.example.net", "TXT", b"Spam seen\r\n550 https://bad.example.net")
    denied = lists.reach()
    assert (denied.kind, denied.code, denied.enhanced) == ("listed", 550, "5.7.1")
    assert denied.words == (
        "192.0.2.7 is listed by bad.example.net: Spam seen\\r\\n550 https://bad.example.net"
    )


def test_scores_add_up_and_an_allow_list_takes_back(lists: Door) -> None:
    lists.zone.add("7.2.0.192.bad.example.net", "A", "127.0.0.4")
    lists.zone.add("7.2.0.192.good.example.net", "A", "127.0.0.9")
    found = lists.reach()
    assert isinstance(found, Reputation)
    assert found.score == -2.0
    assert [entry.zone for entry in found.listed] == ["bad.example.net", "good.example.net"]


def test_a_lesser_score_puts_off_or_is_only_handed_on(lists: Door) -> None:
    """The sender's domain, the one of EHLO, and the verified name are looked up."""
    lists.zone.add("far.example.dbl.example.net", "A", "127.0.1.3")
    assert isinstance(lists.reach(), Denied)
    lists.repute(lists=(BAD, GOOD, DOMAINS), greylist=Greylisting.OFF)
    assert lists.reach().listed == (Listed("dbl.example.net", "far.example", ("127.0.1.3",), 2.0),)
    asked = {name for name, kind in lists.zone.asked if name.endswith(DOMAINS.zone) and kind == "A"}
    assert asked >= {
        "far.example.dbl.example.net",
        "helo.example.dbl.example.net",
        "mx.far.example.dbl.example.net",
    }


def test_answers_that_are_not_scored_do_not_count(lists: Door) -> None:
    lists.zone.add("far.example.dbl.example.net", "A", "127.0.1.9")
    assert lists.reach() == Reputation("pass", "mx.far.example")


@pytest.mark.threat("D15")
@pytest.mark.parametrize("answer", ["198.51.100.1", "127.255.255.254"])
def test_a_list_that_answers_what_no_list_may_is_off_at_once(lists: Door, answer: str) -> None:
    """A lapsed domain's web server; a list that does not serve this resolver."""
    lists.zone.add("7.2.0.192.bad.example.net", "A", answer)
    assert lists.reach() == Reputation("pass", "mx.far.example")
    assert answer in lists.keeper.health.states()[BAD.zone]
    assert [to for to, _ in lists.box.sent] == ["postmaster@us.test"]


def test_a_list_that_is_down_decides_nothing(lists: Door) -> None:
    lists.zone.records["7.2.0.192.bad.example.net", "A"] = TemporaryFailure("time-out")
    assert lists.reach() == Reputation("pass", "mx.far.example")


def test_a_list_that_hangs_holds_nobody_for_long(lists: Door) -> None:
    hangs: Deferred[None] = Deferred()
    lists.zone.records["7.2.0.192.bad.example.net", "A"] = hangs
    got: list[object] = []
    of = lists.keeper.visit(Peer("192.0.2.7"), "helo.example")
    Deferred.fromCoroutine(of.reputation("far.example")).addCallback(got.append)
    assert got == []
    lists.clock.advance(4.1)
    assert got == [Reputation("pass", "mx.far.example")]
