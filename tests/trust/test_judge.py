"""The judge, heard by a real intake: what is written, what is refused, what lies in Junk."""

from ipaddress import ip_network
from typing import Any

import pytest
from attrs import evolve
from sqlalchemy import select
from twisted.internet.defer import Deferred

from mailsuite.dns.budget import TooManyQuestions
from mailsuite.errors import NoAuthor, NotAuthentic, NotYetAuthentic
from mailsuite.intake.envelope import Kind
from mailsuite.intake.judging import Court
from mailsuite.intake.letter import Marks
from mailsuite.message.addresses import Address
from mailsuite.message.judgement import Arrival, Judgement
from mailsuite.message.reputation import Reputation
from mailsuite.store.mailboxes import create_mailbox
from mailsuite.store.schema import mailbox, placement
from mailsuite.store.transaction import Transaction
from mailsuite.trust.judge import Settings, Trust
from mailsuite.trust.seen import Seen
from mailsuite.wire.link import Peer
from mailsuite.wire.pools import Inline
from mailsuite.wire.replies import reply_to
from tests.intake.conftest import House
from tests.intake.conftest import house as intake_house
from tests.store.letters import done
from tests.trust.zone import zone

BODY = b"To: me@example.test\r\nSubject: x\r\n\r\nbody\r\n"
GOOD = b"From: s@sender.example\r\n" + BODY
ABOUT = {
    "sender.example": "v=spf1 ip4:192.0.2.7 -all",
    "_dmarc.sender.example": "v=DMARC1; p=reject",
    "_dmarc.brand.example": "v=DMARC1; p=reject",
    "_dmarc.shop.example": "v=DMARC1; p=quarantine",
    "_dmarc.test.example": "v=DMARC1; p=quarantine; t=y",
}


class Bench:
    """An intake with the judge, over a fake DNS."""

    def __init__(self, house: House, **settings: Any) -> None:
        self.house = house
        self.zone = zone(ABOUT)
        self.noted: list[Seen] = []
        self.told: list[tuple[str, str]] = []
        self.trust = Trust(
            lambda _: self.zone,
            Inline(),
            Settings("mx.example.test", **settings),
            self.noted.append,
        )
        house.intake.court = Court(
            (self.trust,), lambda _, __, told: self.told.append((told.kind, told.words))
        )


house = intake_house


@pytest.fixture
def bench(house: House) -> Bench:
    return Bench(house)


def now(running: Any) -> Any:
    """What a coroutine gives at once."""
    return done(Deferred.fromCoroutine(running))


def where(house: House) -> list[str]:
    """The mailboxes that messages lie in."""

    def read(tx: Transaction) -> list[str]:
        joined = placement.join(mailbox, mailbox.c.id == placement.c.mailbox_id)
        return [row[0] for row in tx.execute(select(mailbox.c.name).select_from(joined)).tuples()]

    found: list[str] = done(house.store.readers.run(read))
    return found


def test_one_field_above_received_tells_of_every_method(bench: Bench) -> None:
    bench.zone.add("7.2.0.192.in-addr.arpa", "PTR", "mail.sender.example")
    bench.zone.add("mail.sender.example", "A", "192.0.2.7")
    bench.house.mail(GOOD)
    header = bench.house.one().partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0] for line in header.split(b"\r\n") if line[:1] != b"\t"]
    assert names[:4] == [b"Return-Path", b"Delivered-To", b"Authentication-Results", b"Received"]
    assert names.count(b"Authentication-Results") == 1
    for part in (
        b"Authentication-Results: mx.example.test;\r\n\tspf=pass\r\n",
        b"\tsmtp.mailfrom=s@sender.example;\r\n",
        b"\tspf=none\r\n", b"\tsmtp.helo=client.example;\r\n",
        b"\tiprev=pass\r\n", b"\tpolicy.iprev=192.0.2.7;\r\n",
        b"\tdmarc=pass\r\n", b"\theader.from=sender.example\r\n\tpolicy.dmarc=reject\r\n",
    ):  # fmt: skip
        assert part in header
    story = [words for kind, _, words in bench.house.events() if kind == "authentication"]
    assert story
    assert "DMARC of sender.example passed: SPF of sender.example passed" in story[0]


def test_a_forged_author_is_refused_as_his_domain_asks(bench: Bench) -> None:
    with pytest.raises(NotAuthentic) as refused:
        bench.house.mail(b"From: boss@brand.example\r\n" + BODY)
    answer = reply_to(refused.value)
    assert (answer.smtp, answer.enhanced) == (550, "5.7.26")
    assert bench.house.stored() == []
    assert [kind for kind, _ in bench.told] == ["authentication"]
    assert "brand.example" in bench.told[0][1]


@pytest.mark.threat("D17")
def test_spf_of_a_shared_range_vouches_for_nobody_else(bench: Bench) -> None:
    """Two customers of one provider: both may send from its address, neither as the other."""
    for name in ("one.example", "two.example"):
        bench.zone.txt(name, "v=spf1 ip4:192.0.2.0/24 -all")
        bench.zone.txt(f"_dmarc.{name}", "v=DMARC1; p=reject")
    house = bench.house
    for sender, author, taken in (("one", "one", True), ("one", "two", False)):
        envelope = house.envelope("me@example.test", sender=f"x@{sender}.example")
        letter = b"From: x@%b.example\r\n" % author.encode() + BODY
        if taken:
            house.accept(house.source(), envelope, letter)
        else:
            with pytest.raises(NotAuthentic):
                house.accept(house.source(), envelope, letter)


def test_quarantine_leads_into_junk_with_the_reason(bench: Bench) -> None:
    junk = create_mailbox
    done(bench.house.store.writer.run(junk, bench.house.me.id, "Spam mail", "\\Junk"))
    bench.house.mail(b"From: a@shop.example\r\n" + BODY)
    bench.house.mail(b"From: a@test.example\r\n" + BODY)  # t=y: one step milder
    assert sorted(where(bench.house)) == ["INBOX", "Spam mail"]
    (why,) = [words for kind, _, words in bench.house.events() if kind == "junk"]
    assert "shop.example" in why


@pytest.mark.threat("D7")
@pytest.mark.parametrize(
    "start",
    [
        b"From: s@sender.example\r\nFrom: boss@brand.example\r\n",
        b"From: s@sender.example, boss@brand.example\r\n",
        b"X-From: s@sender.example\r\n",
    ],
)
def test_none_or_several_authors_are_refused(bench: Bench, start: bytes) -> None:
    with pytest.raises(NoAuthor) as refused:
        bench.house.mail(start + BODY)
    assert reply_to(refused.value).smtp == 550


def test_trouble_of_dns_defers(bench: Bench) -> None:
    bench.zone.silent.add("*")
    with pytest.raises(NotYetAuthentic) as refused:
        bench.house.mail(b"From: a@other.example\r\n" + BODY)
    answer = reply_to(refused.value)
    assert (answer.smtp, answer.enhanced[:3]) == (451, "4.7")
    assert bench.noted == []


@pytest.mark.threat("D5")
def test_what_asks_too_much_is_not_deferred_for_ever(bench: Bench) -> None:
    class Empty:
        async def query(self, name: str, kind: str) -> Any:
            raise TooManyQuestions(name)

    bench.trust.asks_for = lambda _: Empty()
    bench.house.mail(b"From: a@other.example\r\n" + BODY)
    assert b"dmarc=temperror" in bench.house.one()


def test_noting_decides_nothing(house: House) -> None:
    bench = Bench(house, enforce=False)
    bench.house.mail(b"From: boss@brand.example\r\n" + BODY)
    assert b"dmarc=fail" in bench.house.one()


def test_who_is_not_checked_costs_no_question(house: House) -> None:
    bench = Bench(house, unchecked=(ip_network("192.0.2.0/24"),))
    house.mail(b"From: boss@brand.example\r\n" + BODY)
    house.mail(GOOD, kind=Kind.LOCAL, peer=Peer("198.51.100.1"))
    house.submit(b"From: me@example.test\r\n" + BODY)
    assert bench.zone.asked == []
    assert all(b"Authentication-Results" not in octets for _, octets in house.stored())
    assert not evolve(bench.trust.settings, check=False).check
    trust = bench.trust
    assert trust.concerns(Peer("198.51.100.1"), "mx")
    assert not trust.concerns(Peer("/run/socket"), "mx")
    trust.settings = evolve(trust.settings, check=False)
    assert not trust.concerns(Peer("198.51.100.1"), "mx")


@pytest.mark.threat("D9")
def test_results_of_others_in_our_name_are_taken_out(bench: Bench) -> None:
    forged = (
        b"Authentication-Results: MX.Example.Test.; dmarc=pass header.from=brand.example\r\n"
        b"authentication-results :\r\n (x) mx.example.test/1; spf=pass\r\n"
        b"X-Spam-Flag: NO\r\nx-spam-score : -9\r\n"
    )
    kept = b"Authentication-Results: list.example; spf=pass\r\n"
    bench.house.mail(forged + kept + GOOD)
    (octets,) = (found for _, found in bench.house.stored())
    assert octets.lower().count(b"authentication-results") == 2
    assert kept in octets
    assert b"x-spam" not in octets.lower()


@pytest.mark.threat("D9")
def test_a_relay_of_our_own_may_say_it(house: House) -> None:
    house.intake.marks = Marks("mx.example.test", (ip_network("192.0.2.0/24"),))
    house.intake.configure("mx.example.test", house.intake._house.limits, 100)
    house.mail(b"Authentication-Results: mx.example.test; spf=pass\r\n" + GOOD)
    assert b"Authentication-Results" in house.one()


@pytest.mark.threat("D16")
def test_nothing_but_dns_is_asked_and_no_picture_is_fetched(bench: Bench) -> None:
    """BIMI has records of its own: none is looked up."""
    bench.house.mail(b"BIMI-Selector: v=BIMI1; s=x\r\n" + GOOD)
    assert not [name for name, _ in bench.zone.asked if "_bimi" in name]


def test_the_null_sender_is_the_postmaster_of_the_name_it_gave(bench: Bench) -> None:
    bench.zone.txt("client.example", "v=spf1 exists:%{l}.%{o} -all")
    bench.zone.add("postmaster.client.example", "A", "127.0.0.2")
    bench.zone.txt("_dmarc.client.example", "v=DMARC1; p=reject")
    house = bench.house
    letter = b"From: mailer-daemon@client.example\r\n" + BODY
    house.accept(house.source(), house.envelope("me@example.test", sender=None), letter)
    assert b"dmarc=pass" in house.one()


def test_what_was_evaluated_is_noted_for_reports(bench: Bench) -> None:
    bench.house.mail(GOOD)
    bench.house.mail(GOOD.replace(b"Subject: x", b"Subject: Report Domain: a.example"))
    first, second = bench.noted
    assert (first.policy_domain, first.source, first.spf) == ("sender.example", "192.0.2.7", "pass")
    assert (first.is_report, second.is_report) == (False, True)


def test_all_questions_of_a_common_message_are_few(bench: Bench) -> None:
    bench.house.mail(GOOD)
    assert len(bench.zone.asked) <= 10


@pytest.mark.parametrize("peer", ["192.0.2.7", "192.0.2.8"])
def test_spf_that_the_door_looked_at_is_not_asked_again(bench: Bench, peer: str) -> None:
    sender = Address("s", "sender.example")
    ahead = now(bench.trust.spf_ahead(bench.zone, Peer(peer), "client.example", sender))
    assert ahead is not None
    assert ahead.word == ("pass" if peer == "192.0.2.7" else "fail")
    bench.zone.asked.clear()
    known = Reputation(spf=ahead)
    arrival = Arrival(peer, "client.example", sender, now=1, reputation=known)
    octets = b"From: s@sender.example\r\n" + BODY
    now(bench.trust.judge(arrival, bench.trust.read(arrival, octets), Judgement()))
    assert ("sender.example", "TXT") not in bench.zone.asked


def test_spf_is_not_looked_at_for_whom_nobody_checks(bench: Bench) -> None:
    networks = (ip_network("192.0.2.0/24"),)
    bench.trust.settings = evolve(bench.trust.settings, unchecked=networks)
    sender = Address("s", "sender.example")
    assert now(bench.trust.spf_ahead(bench.zone, Peer("192.0.2.7"), "h", sender)) is None
    assert bench.zone.asked == []
