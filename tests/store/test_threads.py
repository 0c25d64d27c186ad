"""Which thread a message belongs to: found once, within its account, and then for ever."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailsuite.message.scan import scan
from mailsuite.message.threading import message_hash
from mailsuite.store import threads
from mailsuite.store.blobs import prepare
from mailsuite.store.delivery import Append, append
from mailsuite.store.opening import Store
from mailsuite.store.removal import drop_some_mail
from mailsuite.store.schema import message
from mailsuite.store.schema_ordering import thread_link
from mailsuite.store.threads import UnthreadedRows, join_threads, read_unthreaded
from tests.store.letters import done, rows
from tests.store.mail import Mail


@pytest.fixture
def mail(store: Store) -> Mail:
    return Mail(store)


def put(mail: Mail, own: int, *references: int) -> None:
    refs = " ".join(f"<{number}@x>" for number in references)
    octets = f"Message-ID: <{own}@x>\r\nReferences: {refs}\r\n\r\nHi\r\n".encode()
    content = prepare(octets, scan(octets), mail.store.large)
    done(mail.store.writer.run(append, mail.inbox, [Append(content)]))


def ask(mail: Mail, low: int = 1, high: int = 1 << 32) -> UnthreadedRows:
    found: UnthreadedRows = done(mail.store.readers.run(read_unthreaded, mail.inbox, low, high))
    done(mail.store.writer.run(join_threads, mail.inbox, found.rows))
    return found


def told(mail: Mail) -> list[int]:
    found = sorted(rows(mail.store, message), key=lambda row: row.id)
    return [row.thread_id for row in found]


def test_a_thread_bears_the_id_of_the_message_that_began_it(mail: Mail) -> None:
    for own, references in ((1, ()), (2, (1,)), (3, ()), (4, (1, 2))):
        put(mail, own, *references)
    assert told(mail) == [0, 0, 0, 0]
    ask(mail)
    first, _, third, _ = sorted(row.id for row in rows(mail.store, message))
    assert told(mail) == [first, first, third, first]
    assert ask(mail).rows == []


def test_only_what_is_asked_for_is_found_out(mail: Mail) -> None:
    for own in (1, 2, 3):
        put(mail, own)
    assert len(ask(mail, 2, 2).rows) == 1
    assert [bool(thread) for thread in told(mail)] == [False, True, False]


def test_many_are_joined_step_by_step(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "MADE", 2)
    monkeypatch.setattr(threads, "UNTHREADED", threads.UNTHREADED.limit(2))
    for own in (1, 2, 3):
        put(mail, own, 1)
    assert ask(mail).last == 2
    assert ask(mail, 3).last == 0
    assert len(set(told(mail))) == 1


@pytest.mark.threat("I7")
def test_a_message_with_endless_references_has_a_bounded_number_of_links(mail: Mail) -> None:
    put(mail, 1, *range(100, 1_100))
    ask(mail)
    hashes = {row.hash for row in rows(mail.store, thread_link)}
    assert len(hashes) == threads.LINKS + 1
    assert {message_hash(b"100@x"), message_hash(b"1099@x"), message_hash(b"1@x")} <= hashes


def test_two_who_ask_at_once_are_told_the_same(mail: Mail) -> None:
    """What the second had read before the first wrote does not change a thread."""
    put(mail, 1)
    put(mail, 2, 1)
    early: UnthreadedRows = done(mail.store.readers.run(read_unthreaded, mail.inbox, 2, 2))
    ask(mail)
    before = told(mail)
    done(mail.store.writer.run(join_threads, mail.inbox, early.rows))
    assert told(mail) == before


def test_the_links_of_an_account_go_with_it(mail: Mail) -> None:
    put(mail, 1, 5)
    ask(mail)
    assert rows(mail.store, thread_link)
    while done(mail.store.writer.run(drop_some_mail, mail.account)):
        pass
    assert rows(mail.store, thread_link) == []


GRAPHS = st.lists(
    st.tuples(st.integers(1, 6), st.lists(st.integers(1, 8), max_size=3)), min_size=1, max_size=7
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(graph=GRAPHS, order=st.randoms(use_true_random=False))
def test_no_question_changes_what_was_told(
    mail: Mail, graph: list[tuple[int, list[int]]], order: object
) -> None:
    """Asked one after another in any order: RFC 8474 §5.2, MUST NOT change."""
    begin = len(rows(mail.store, message))
    for own, references in graph:
        put(mail, begin * 10 + own, *[begin * 10 + number for number in references])
    uids = list(range(begin + 1, begin + len(graph) + 1))
    order.shuffle(uids)  # type: ignore[attr-defined]
    known: dict[int, int] = {}
    for uid in uids:
        ask(mail, uid, uid)
        now = dict(enumerate(told(mail)))
        assert now[uid - 1]
        assert all(now[at] == thread for at, thread in known.items())
        known = {at: thread for at, thread in now.items() if thread}
