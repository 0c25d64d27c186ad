"""Reports go out once a day, to who wants them, and never about reports."""

from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from mailsuite.errors import Unavailable
from mailsuite.message.addresses import Address
from mailsuite.message.judgement import Arrival, Result
from mailsuite.message.unpacking import attachments, unpack
from mailsuite.store.dmarc_reports import DMARC_REPORTS
from mailsuite.store.domains import add_domain
from mailsuite.store.opening import Store
from mailsuite.trust.dmarc.record import parse
from mailsuite.trust.reports.counting import Counting
from mailsuite.trust.reports.reading import read_report
from mailsuite.trust.reports.receiving import keep_reports, reports_in
from mailsuite.trust.reports.sending import Reporting, is_wanted
from mailsuite.trust.results import DkimResult, DmarcResult, SpfResult
from mailsuite.trust.seen import Seen, is_report
from tests.store.letters import done
from tests.trust.zone import Zone, ran, zone

RECORD = "v=DMARC1; p=reject; rua=mailto:dmarc-reports@a.example"
DAY = 86_400


def settled(running: Any) -> Any:
    return done(Deferred.fromCoroutine(running))


class Desk:
    """What counts and sends, over a store and a fake DNS; what was posted stays in a list."""

    def __init__(self, store: Store, hostname: str = "mx.b.example") -> None:
        self.now = 20_000 * DAY + 3_600
        store.clock = lambda: self.now
        self.store = store
        self.zone = zone({"_dmarc.a.example": RECORD})
        self.posted: list[tuple[str, bytes]] = []
        self.trouble: Exception | None = None
        self.clock: Any = Clock()
        self.on = True
        self.counting = Counting(store, self.clock, lambda: self.on)
        self.reporting = Reporting(
            store, self.zone, self, hostname, self.counting.flush, lambda: self.on
        )
        done(store.writer.run(add_domain, hostname.partition(".")[2]))

    async def report(self, recipient: str, message: bytes, trace: str) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.posted.append((recipient, message))

    def send(self, days: int = 1, hours: int = 5) -> list[tuple[str, bytes]]:
        self.now = (20_000 + days) * DAY + hours * 3_600
        before = len(self.posted)
        settled(self.reporting.send_due())
        return self.posted[before:]


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


def seen(
    subject: bytes = b"hello", domain: str = "a.example", record: str = RECORD, **more: Any
) -> Seen:
    arrival = Arrival("192.0.2.1", "h", Address("x", "m.a.example"), (Address("me", "b.example"),))
    read = parse(record.encode())
    result = DmarcResult(
        "pass", domain, domain, domain, "reject", spf_aligned=True, record=read, **more
    )
    spf = SpfResult("pass", "mailfrom", "m.a.example", "x@m.a.example")
    return Seen.of(arrival, subject, spf, [DkimResult("fail", "a.example", "s1")], result)


def test_a_day_becomes_one_report(desk: Desk) -> None:
    for _ in range(3):
        desk.counting.note(seen())
    desk.clock.advance(60)
    desk.counting.note(seen())
    ((to, message),) = desk.send()
    assert to == "dmarc-reports@a.example"
    assert b"Subject: Report Domain: a.example Submitter: b.example" in message.replace(
        b"\r\n ", b" "
    )
    text, packed = attachments(message)
    assert text.type == "text/plain"
    assert packed.name == f"b.example!a.example!{20_000 * DAY}!{20_001 * DAY - 1}.xml.gz"
    found = read_report(unpack(packed.octets))
    assert (found.domain, found.organization) == ("a.example", "b.example")
    assert (found.messages, found.passed, found.begins) == (4, 4, 20_000 * DAY)
    (row,) = found.rows
    assert (row.source, row.spf, row.dkim, row.envelope_from) == (
        "192.0.2.1", "pass", "fail", "m.a.example",
    )  # fmt: skip
    assert desk.send(days=1, hours=6) == []


def test_nothing_is_counted_unless_reports_are_sent(desk: Desk) -> None:
    desk.on = False
    desk.counting.note(seen())
    desk.on = True
    assert desk.send() == []


def test_the_day_in_hand_waits(desk: Desk) -> None:
    desk.counting.note(seen())
    assert desk.send(days=0, hours=23) == []


@pytest.mark.threat("D13")
def test_a_third_party_gets_reports_only_by_its_own_consent(desk: Desk) -> None:
    desk.zone.names["_dmarc.a.example"]["TXT"] = (
        b"v=DMARC1; p=none; rua=mailto:r@third.example,mailto:r@reports.a.example",
    )
    desk.counting.note(seen())
    assert [to for to, _ in desk.send()] == ["r@reports.a.example"]
    assert not ran(is_wanted(desk.zone, "a.example", Address("r", "third.example")))
    desk.zone.txt("a.example._report._dmarc.third.example", "v=DMARC1")
    assert ran(is_wanted(desk.zone, "a.example", Address("r", "third.example")))
    assert not ran(is_wanted(desk.zone, "c.example", Address("r", "third.example")))


@pytest.mark.threat("D13")
def test_two_of_our_servers_do_not_report_about_reports(desk: Desk) -> None:
    """What the one sends is what the other does not count."""
    desk.counting.note(seen())
    ((_, message),) = desk.send()
    subject = message.partition(b"Subject:")[2].partition(b"\r\nMessage-ID")[0]
    assert is_report(subject.strip().replace(b"\r\n", b""))
    desk.counting.note(seen(subject=subject.strip()))
    there = seen()
    object.__setattr__(there, "recipients", ("dmarc-reports@b.example",))
    desk.counting.note(there)
    assert desk.send(days=2) == []


def test_trouble_waits_and_is_tried_again_for_two_days(desk: Desk) -> None:
    desk.counting.note(seen())
    desk.trouble = Unavailable()
    assert desk.send() == []
    desk.trouble = None
    assert len(desk.send(hours=6)) == 1
    desk.now = 20_000 * DAY
    desk.counting.note(seen())
    desk.zone.silent.add("*")
    desk.zone.names.clear()
    assert desk.send() == []
    desk.zone.silent.clear()
    desk.zone.txt("_dmarc.a.example", RECORD)
    assert desk.send(days=3) == []


def test_who_wants_no_more_reports_gets_none(desk: Desk) -> None:
    desk.counting.note(seen())
    desk.zone.names.clear()
    assert desk.send() == []
    assert Zone().names == {}


def test_markup_in_names_stays_text(desk: Desk) -> None:
    desk.counting.note(seen(domain="a.example", overridden="<x>&"))
    ((_, message),) = desk.send()
    found = read_report(unpack(list(attachments(message))[1].octets))
    assert found.rows[0].overridden == "<x>&"


@pytest.mark.threat("D12")
def test_what_comes_in_is_kept_once_and_only_about_our_domains(desk: Desk) -> None:
    desk.zone.txt("_dmarc.other.example", RECORD.replace("a.example", "other.example"))
    for domain in ("a.example", "other.example"):
        record = RECORD.replace("a.example", domain)
        desk.counting.note(seen(domain=domain, record=record))
    letters = [message for _, message in desk.send()]
    assert len(letters) == 2
    done(desk.store.writer.run(add_domain, "a.example"))
    passed = [Result("dmarc", "pass", "", (("header.from", "b.example"),))]
    told = [
        sentence
        for message in (*letters, letters[0])
        for sentence in settled(keep_reports(desk.store, reports_in(message), passed))
    ]
    assert sorted(told) == [
        "about a.example from b.example: kept",
        "about a.example from b.example: known already",
        "ignored: other.example is not ours",
    ]
    (kept,) = done(desk.store.readers.run(DMARC_REPORTS.newest, 10))
    assert (kept.domain, kept.sender, kept.messages) == ("a.example", "b.example", 1)
    shown = done(desk.store.readers.run(DMARC_REPORTS.show, kept.id))
    assert '"source": "192.0.2.1"' in shown.details
    assert reports_in(b"Subject: x\r\n\r\nnothing") == ()
