"""Reports about our domains."""

import pytest
from attrs import evolve

from mailsuite.errors import NoSuchThing
from mailsuite.store.opening import Store
from mailsuite.store.received_reports import ReceivedReports
from mailsuite.store.schema_outbound_tls import tls_report
from mailsuite.store.tls_reports import IDENTITY, TLS_REPORTS, KeptReport
from tests.store.letters import done

REPORT = KeptReport(
    0, 0, "a.test", "b.test", "B", "x@b.test", "id-1", 0, 86_399, 10, 2, '[{"policy":{}}]'
)


def test_a_report_is_kept_once_and_shown(store: Store) -> None:
    assert done(store.writer.run(TLS_REPORTS.keep, REPORT))
    assert not done(store.writer.run(TLS_REPORTS.keep, REPORT))
    assert done(store.writer.run(TLS_REPORTS.keep, evolve(REPORT, domain="c.test")))
    newest, oldest = done(store.readers.run(TLS_REPORTS.newest, 10))
    assert (newest.domain, oldest.domain, oldest.details) == ("c.test", "a.test", "")
    shown = done(store.readers.run(TLS_REPORTS.show, oldest.id))
    assert evolve(shown, id=0, received=0) == REPORT
    assert shown.received > 0
    with pytest.raises(NoSuchThing):
        done(store.readers.run(TLS_REPORTS.show, 99))


def test_old_ones_and_too_many_go(store: Store) -> None:
    for n in range(5):
        done(store.writer.run(TLS_REPORTS.keep, evolve(REPORT, report_id=f"id-{n}")))
    assert done(store.writer.run(TLS_REPORTS.forget, 1000)) == 0
    few = ReceivedReports(tls_report, KeptReport, IDENTITY, "TLS report", most=3)
    assert done(store.writer.run(few.forget, 1000)) == 2
    assert [one.report_id for one in done(store.readers.run(TLS_REPORTS.newest, 10))] == [
        "id-4", "id-3", "id-2",
    ]  # fmt: skip
    assert done(store.writer.run(TLS_REPORTS.forget, 0)) == 3
