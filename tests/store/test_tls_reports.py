"""Reports about our domains."""

import pytest
from attrs import evolve

from mailsuite.errors import NoSuchThing
from mailsuite.store import tls_reports
from mailsuite.store.opening import Store
from mailsuite.store.tls_reports import (
    KeptReport,
    forget_reports,
    keep_report,
    list_reports,
    show_report,
)
from tests.store.letters import done

REPORT = KeptReport(
    0, 0, "a.test", "b.test", "B", "x@b.test", "id-1", 0, 86_399, 10, 2, '[{"policy":{}}]'
)


def test_a_report_is_kept_once_and_shown(store: Store) -> None:
    assert done(store.writer.run(keep_report, REPORT))
    assert not done(store.writer.run(keep_report, REPORT))
    assert done(store.writer.run(keep_report, evolve(REPORT, domain="c.test")))
    newest, oldest = done(store.readers.run(list_reports, 10))
    assert (newest.domain, oldest.domain, oldest.details) == ("c.test", "a.test", "")
    shown = done(store.readers.run(show_report, oldest.id))
    assert evolve(shown, id=0, received=0) == REPORT
    assert shown.received > 0
    with pytest.raises(NoSuchThing):
        done(store.readers.run(show_report, 99))


def test_old_ones_and_too_many_go(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(5):
        done(store.writer.run(keep_report, evolve(REPORT, report_id=f"id-{n}")))
    assert done(store.writer.run(forget_reports, 1000)) == 0
    monkeypatch.setattr(tls_reports, "EXCESS", tls_reports.EXCESS.offset(3))
    assert done(store.writer.run(forget_reports, 1000)) == 2
    assert [one.report_id for one in done(store.readers.run(list_reports, 10))] == [
        "id-4", "id-3", "id-2",
    ]  # fmt: skip
    assert done(store.writer.run(forget_reports, 0)) == 3
