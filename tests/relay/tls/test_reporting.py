"""Reports that we send: of days that are over, to who asks for them, once."""

import email
import gzip
import json
from typing import Any

import pytest
from attrs import define, field

from mailsuite.dns.answers import TemporaryFailure
from mailsuite.errors import MailError, NoSuchUser, Unavailable
from mailsuite.message.terms import NO_TERMS, OPTIONAL, Terms
from mailsuite.relay.ports import Policy, Target
from mailsuite.relay.tls.outcomes import TlsOutcomes
from mailsuite.relay.tls.received import read_letter
from mailsuite.relay.tls.reporting import TlsReporting, _delay
from mailsuite.relay.tls.rua import find_rua, mail_address
from mailsuite.store.day_counts import DAY
from mailsuite.store.domains import add_domain
from mailsuite.store.opening import Store
from mailsuite.store.tls_sessions import SESSIONS
from tests.relay.sink import done
from tests.relay.tls.test_mta_sts import DATA
from tests.relay.tls.zone import FakeDns, FakeWeb
from tests.store.letters import done as fired

RUA = json.loads((DATA / "tlsrpt-record.json").read_text())
STS = Policy("b.test", "sts", ("version: STSv1", "mode: testing", "mx: *.b.test"), ("*.b.test",))


@define(eq=False)
class Mailed:
    """`relay.ports.Intake` as a list."""

    letters: list[tuple[str, bytes, Terms]] = field(factory=list)
    error: MailError | None = None

    async def report(
        self, recipient: str, message: bytes, trace: str, terms: Terms = NO_TERMS
    ) -> None:
        assert trace
        if self.error is not None:
            raise self.error
        self.letters.append((recipient, message, terms))


class Timer:
    """A reactor whose time never comes."""

    def callLater(self, *_: Any) -> Any:  # noqa: N802 - Twisted's name
        return self

    def active(self) -> bool:
        return True

    def cancel(self) -> None:
        """Never mind."""


class World:
    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = 20_000 * DAY + 100
        store.clock = lambda: self.now
        self.dns, self.web, self.mail = FakeDns(), FakeWeb(), Mailed()
        self.outcomes = TlsOutcomes(store, Timer())
        fired(store.writer.run(add_domain, "us.test"))
        self.reporting = TlsReporting(
            store, self.dns, self.web, self.mail, "mail.us.test", self.outcomes.flush
        )

    def note(self, policy: Policy, result: str = "", times: int = 1) -> None:
        host = Target("mx.b.test", "8.8.8.8", 25, policy=policy)
        for _ in range(times):
            self.outcomes.note(host, result, "why" if result else "", local="192.0.2.1")

    def wants(self, domain: str, rua: str) -> None:
        self.dns.records[f"_smtp._tls.{domain}", "TXT"] = (f"v=TLSRPTv1; rua={rua}".encode(),)

    def send(self) -> None:
        done(self.reporting.send_due())

    def next_day(self) -> None:
        self.now = (self.now // DAY + 1) * DAY + _delay("b.test")

    def left(self) -> int:
        return sum(one.count for one in fired(self.store.readers.run(SESSIONS.oldest, 100)))


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


def test_a_day_that_is_over_is_told_by_mail(world: World) -> None:
    world.wants("b.test", "mailto:tls@b.test")
    world.note(STS, times=3)
    world.note(STS, "certificate-expired", times=2)
    world.note(Policy("b.test"))
    world.send()
    assert world.mail.letters == []
    world.next_day()
    world.now -= 1
    world.send()
    assert world.mail.letters == []
    world.now += 1
    world.send()
    ((to, octets, terms),) = world.mail.letters
    assert (to, terms) == ("tls@b.test", Terms(tls=OPTIONAL))
    assert world.left() == 0
    world.send()
    assert len(world.mail.letters) == 1
    check_letter(octets)


def check_letter(octets: bytes) -> None:
    """RFC 8460 §4.4, §5.3; and our own reader understands it."""
    message = email.message_from_bytes(octets)
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "tlsrpt"
    assert message["From"] == "tls-reports@us.test"
    assert message["TLS-Report-Domain"] == "b.test"
    assert message["TLS-Report-Submitter"] == "us.test"
    assert message["TLS-Required"] == "No"
    identity = "20000.b.test@us.test"
    subject = " ".join(str(message["Subject"]).split())
    assert subject == f"Report Domain: b.test Submitter: us.test Report-ID: <{identity}>"
    parts: Any = message.get_payload()
    _, attached = parts
    assert attached.get_content_type() == "application/tlsrpt+gzip"
    assert attached.get_filename() == "us.test!b.test!1728000000!1728086399.json.gz"
    told = json.loads(gzip.decompress(attached.get_payload(decode=True)))
    assert told["date-range"] == {
        "start-datetime": "2024-10-04T00:00:00Z", "end-datetime": "2024-10-04T23:59:59Z",
    }  # fmt: skip
    by_kind = {one["policy"]["policy-type"]: one for one in told["policies"]}
    assert by_kind["sts"]["policy"]["mx-host"] == ["*.b.test"]
    assert by_kind["sts"]["summary"] == {
        "total-successful-session-count": 3, "total-failure-session-count": 2,
    }  # fmt: skip
    assert by_kind["sts"]["failure-details"] == [
        {
            "result-type": "certificate-expired", "sending-mta-ip": "192.0.2.1",
            "receiving-mx-hostname": "mx.b.test", "receiving-ip": "8.8.8.8",
            "failed-session-count": 2, "failure-reason-code": "why",
        }
    ]  # fmt: skip
    assert "failure-details" not in by_kind["no-policy-found"]
    (read,) = read_letter(octets)
    assert (read.domain, read.submitter, read.report_id) == ("b.test", "us.test", identity)
    assert (read.successes, read.failures) == (4, 2)


def test_a_day_is_told_by_https(world: World) -> None:
    world.wants("b.test", "https://b.test/in")
    world.note(STS)
    world.next_day()
    world.web.status = 500
    world.send()
    assert world.left() == 1
    world.web.status = 201
    world.send()
    assert world.left() == 0
    (_, (url, octets, kind)) = world.web.posted
    assert (url, kind) == ("https://b.test/in", "application/tlsrpt+gzip")
    assert json.loads(gzip.decompress(octets))["report-id"] == "20000.b.test@us.test"


def test_one_address_of_several_is_enough(world: World) -> None:
    world.wants("b.test", "https://b.test/in,ftp://x/y,mailto:a@b.test,mailto:b@b.test")
    world.web.status = 0
    world.note(STS)
    world.next_day()
    world.send()
    assert [to for to, *_ in world.mail.letters] == ["a@b.test"]


def test_who_asks_for_none_gets_none(world: World) -> None:
    world.note(STS)
    world.next_day()
    world.send()
    assert (world.left(), world.mail.letters, world.web.posted) == (0, [], [])


def test_what_cannot_be_told_waits_a_day_and_is_let_go(world: World) -> None:
    """RFC 8460 §5.5."""
    world.note(STS)
    world.dns.records["_smtp._tls.b.test", "TXT"] = TemporaryFailure
    world.next_day()
    world.send()
    assert world.left() == 1
    world.wants("b.test", "mailto:a@b.test")
    for error, left in ((Unavailable("disk"), 1), (NoSuchUser("a"), 1)):
        world.mail.error = error
        world.send()
        assert world.left() == left
    world.next_day()
    world.next_day()
    world.send()
    assert (world.left(), world.mail.letters) == (0, [])


@pytest.mark.threat("D13")
def test_whom_nobody_looked_at_is_not_counted(world: World) -> None:
    """So it is with what carries reports: it asks that policies be left alone."""
    world.outcomes.note(Target("mx.b.test", "8.8.8.8", 25))
    done(world.outcomes.flush())
    assert world.left() == 0


@pytest.mark.parametrize("case", RUA["valid"])
def test_a_record_that_asks(case: dict[str, str]) -> None:
    assert find_rua([b"other", case["text"].encode()])


@pytest.mark.parametrize("case", RUA["invalid"])
def test_a_record_that_does_not(case: dict[str, str]) -> None:
    assert find_rua([case["text"].encode()]) == ()


def test_addresses_are_taken_out_of_their_uris() -> None:
    assert mail_address("MAILTO:a%2Bb@b.test?subject=x") == "a+b@b.test"
    assert mail_address("mailto:a@b.test,c@d.test") == "a@b.test"
    assert mail_address("https://b.test/") is None
    assert find_rua([b"v=TLSRPTv1;rua=mailto:a@b"] * 2) == ()
