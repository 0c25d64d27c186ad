"""Which reports in the mail are kept: signed ones, about domains of ours."""

import gzip
import json

import pytest

from mailsuite.message.judgement import UNJUDGED, Arrival, Judgement, Result
from mailsuite.relay.tls.receiving import TlsReports
from mailsuite.store.domains import add_domain
from mailsuite.store.opening import Store
from mailsuite.store.tls_reports import TLS_REPORTS
from mailsuite.wire.link import Peer
from tests.relay.sink import done
from tests.relay.tls.test_received import letter
from tests.store.letters import done as fired

ARRIVAL = Arrival("192.0.2.1", "mx.b.test", None, trace="t")


def mail(domain: str = "a.test", contact: str = "x@b.test") -> bytes:
    policies = [{"policy": {"policy-domain": domain}, "summary": {}}]
    told = {"report-id": "1", "contact-info": contact, "policies": policies}
    field = b"TLS-Report-Domain: %b\r\n" % domain.encode()
    return b"From: x\r\n" + field + letter(gzip.compress(json.dumps(told).encode()))


def signed(*domains: str, word: str = "pass") -> Judgement:
    return Judgement(
        tuple(Result("dkim", word, properties=(("header.d", domain),)) for domain in domains)
    )


def heard(store: Store, octets: bytes, so_far: Judgement) -> list[str]:
    """The domains of the reports that are kept afterwards."""
    judge = TlsReports(store, lambda peer, kind: not peer.local)
    after = done(judge.judge(ARRIVAL, judge.read(ARRIVAL, octets), so_far))
    assert after.results == so_far.results
    assert after.refusal is None
    return [report.domain for report in fired(store.readers.run(TLS_REPORTS.newest, 10))]


@pytest.fixture
def ours(store: Store) -> Store:
    fired(store.writer.run(add_domain, "a.test"))
    return store


def test_a_signed_report_is_kept_once(ours: Store) -> None:
    for _ in range(2):
        assert heard(ours, mail(), signed("b.test")) == ["a.test"]


@pytest.mark.parametrize("contact", ["x@b.test", "x@mail.b.test"])
def test_a_domain_above_may_sign(ours: Store, contact: str) -> None:
    assert heard(ours, mail(contact=contact), signed("c.test", "B.test")) == ["a.test"]


@pytest.mark.threat("D12")
@pytest.mark.parametrize(
    "so_far", [UNJUDGED, signed("c.test"), signed("b.test", word="fail"), signed("test")]
)
def test_anybody_elses_is_ignored(ours: Store, so_far: Judgement) -> None:
    """RFC 8460 §3: whoever can write mail could tell us that all is well."""
    assert heard(ours, mail(), so_far) == []


@pytest.mark.threat("D12")
def test_what_is_about_others_is_ignored(ours: Store) -> None:
    assert heard(ours, mail("elsewhere.test"), signed("b.test")) == []


def test_other_mail_is_not_looked_into(ours: Store) -> None:
    judge = TlsReports(ours, lambda peer, kind: not peer.local)
    assert judge.concerns(Peer("192.0.2.1"), "mx")
    assert not judge.concerns(Peer("192.0.2.1"), "submission")
    plain = b"From: x\r\n\r\nTLS-Report-Domain: a.test\r\n"
    for octets in (plain, b"TLS-Report-Domain: a.test\r\n\r\nnothing", b"", mail()[:200]):
        assert judge.read(ARRIVAL, octets) == ()
    assert done(judge.judge(ARRIVAL, (), UNJUDGED)) is UNJUDGED
