"""Counts of sessions, by day, domain and outcome."""

from mailsuite.store import tls_sessions
from mailsuite.store.opening import Store
from mailsuite.store.tls_sessions import (
    Counted,
    count_sessions,
    finished_days,
    forget_old_sessions,
    forget_sessions,
    list_sessions,
    read_sessions,
)
from tests.store.letters import done


def test_counts_add_up(store: Store) -> None:
    good, bad = Counted(5, "a.test", '{"r":""}', 2), Counted(5, "a.test", '{"r":"x"}', 1)
    for _ in range(2):
        done(store.writer.run(count_sessions, [good, bad, Counted(6, "b.test", "{}", 7)]))
    found = done(store.readers.run(read_sessions, 5, "a.test"))
    assert sorted((one.facts, one.sessions) for one in found) == [('{"r":""}', 4), ('{"r":"x"}', 2)]
    assert done(store.readers.run(finished_days, 6, 10)) == [(5, "a.test")]
    assert done(store.readers.run(finished_days, 7, 10)) == [(5, "a.test"), (6, "b.test")]
    done(store.writer.run(forget_sessions, 5, "a.test"))
    assert done(store.readers.run(list_sessions, 10)) == [Counted(6, "b.test", "{}", 14)]
    done(store.writer.run(forget_old_sessions, 7))
    assert done(store.readers.run(list_sessions, 10)) == []


def test_a_host_that_fails_in_ever_new_ways_fills_no_disk(store: Store) -> None:
    many = [Counted(5, "a.test", f'{{"n":{n}}}', 1) for n in range(300)]
    done(store.writer.run(count_sessions, many))
    found = done(store.readers.run(read_sessions, 5, "a.test"))
    assert len(found) <= tls_sessions.DOMAIN_KINDS + 1
    assert sum(one.sessions for one in found) == 300
