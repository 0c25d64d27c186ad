"""Counts that wait to be reported, by day and domain."""

from mailsuite.store.day_counts import DayCount, DayCounts
from mailsuite.store.opening import Store
from mailsuite.store.schema_dmarc import dmarc_seen
from mailsuite.store.tls_sessions import SESSIONS
from tests.store.letters import done


def test_counts_add_up(store: Store) -> None:
    good, bad = DayCount(5, "a.test", '{"r":""}', 2), DayCount(5, "a.test", '{"r":"x"}', 1)
    for _ in range(2):
        done(store.writer.run(SESSIONS.add, [good, bad, DayCount(6, "b.test", "{}", 7)]))
    found = done(store.readers.run(SESSIONS.of, 5, "a.test"))
    assert sorted((one.facts, one.count) for one in found) == [('{"r":""}', 4), ('{"r":"x"}', 2)]
    assert done(store.readers.run(SESSIONS.finished, 6, 10)) == [(5, "a.test")]
    assert done(store.readers.run(SESSIONS.finished, 7, 10)) == [(5, "a.test"), (6, "b.test")]
    done(store.writer.run(SESSIONS.forget, 5, "a.test"))
    assert done(store.readers.run(SESSIONS.oldest, 10)) == [DayCount(6, "b.test", "{}", 14)]
    done(store.writer.run(SESSIONS.forget_before, 7))
    assert done(store.readers.run(SESSIONS.oldest, 10)) == []


def test_a_host_that_fails_in_ever_new_ways_fills_no_disk(store: Store) -> None:
    many = [DayCount(5, "a.test", f'{{"n":{n}}}', 1) for n in range(300)]
    done(store.writer.run(SESSIONS.add, many))
    found = done(store.readers.run(SESSIONS.of, 5, "a.test"))
    assert len(found) <= 201
    assert sum(one.count for one in found) == 300


def test_a_flood_of_sources_is_left_out(store: Store) -> None:
    """What is known already goes on being counted (RFC 9990 §3.1.1)."""
    few = DayCounts(dmarc_seen, "messages", most=3)
    many = [DayCount(5, "a.test", f'{{"n":{n}}}', 1) for n in range(5)]
    for _ in range(2):
        done(store.writer.run(few.add, many))
    found = done(store.readers.run(few.of, 5, "a.test"))
    assert sorted((one.facts, one.count) for one in found) == [
        ('{"n":0}', 2), ('{"n":1}', 2), ('{"n":2}', 2),
    ]  # fmt: skip
