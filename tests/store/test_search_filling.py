"""Filling the search indexes: whole, in pieces, after damage, on both dialects."""

import pytest

from mailsuite.store import search_filling, search_sweeping
from mailsuite.store.flags import DELETED
from mailsuite.store.opening import Store
from mailsuite.store.placements_copy import copy_messages
from mailsuite.store.placements_expunge import expunge_messages
from mailsuite.store.search_file import (
    Damaged,
    Probe,
    Where,
    ask_for,
    match_of,
    open_to_read,
    path_of,
    runs_of,
)
from mailsuite.store.search_process import Round, reads_of
from mailsuite.store.search_sweeping import sweep
from mailsuite.store.upkeep import forget_expunged
from tests.store.indexes import fill
from tests.store.letters import done
from tests.store.mail import Mail


def known(mail: Mail, *probes: Probe) -> list[set[int] | None]:
    """What the file says; the messages of `Mail.put` have the ids 1, 2, 3 …"""
    found = open_to_read(mail.store.data_dir, mail.account, "1", lambda: False)
    assert found is not None
    with found:
        return [found.find(probe) for probe in probes]


def subject(text: str) -> Probe:
    return Probe(Where.FIELD, (text,), "SUBJECT")


def upto(mail: Mail) -> int:
    found = open_to_read(mail.store.data_dir, mail.account, "1", lambda: False)
    assert found is not None
    with found:
        return found.upto(mail.inbox, mail.row().uidvalidity)


def test_what_came_is_found_and_what_comes_later_too(store: Store) -> None:
    mail = Mail(store)
    mail.put(12)
    fill(store)
    assert [len(ids or ()) for ids in known(mail, subject("1"), subject("11"))] == [3, 1]
    assert upto(mail) == 12
    mail.put(2)
    assert upto(mail) == 12
    fill(store)
    assert upto(mail) == 14
    assert [len(ids or ()) for ids in known(mail, subject("1"))] == [4]


def test_batches_are_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """By octets and by messages; the next one goes on where the last one ended."""
    mail = Mail(store)
    mail.put(5)
    monkeypatch.setattr(search_filling, "BATCH_OCTETS", 30)
    fill(store, turns=1)
    assert upto(mail) == 2
    fill(store)
    assert upto(mail) == 5


def test_a_message_in_two_mailboxes_is_there_once(store: Store) -> None:

    mail = Mail(store)
    mail.put(3)
    fill(store)
    done(store.writer.run(copy_messages, mail.inbox, [(1, 2)], mail.archive))
    fill(store)
    assert [len(ids or ()) for ids in known(mail, Probe(Where.BODY, ("HI\r\n",)))] == [3]


@pytest.mark.threat("K17")
@pytest.mark.parametrize("octets", [b"", b"garbage" * 1000])
def test_a_damaged_file_is_made_anew(store: Store, octets: bytes) -> None:
    mail = Mail(store)
    mail.put(3)
    fill(store)
    path_of(store.data_dir, mail.account).write_bytes(octets)
    with pytest.raises(Damaged):
        open_to_read(store.data_dir, mail.account, "1", lambda: False)
    fill(store)
    assert upto(mail) == 3


@pytest.mark.threat("K17")
def test_a_file_that_is_asked_for_anew(store: Store) -> None:
    mail = Mail(store)
    mail.put(3)
    filling = search_filling.Filling(store.data_dir, reads_of(store.readers))
    for anew in (False, True):
        path_of(store.data_dir, mail.account).unlink(missing_ok=True)
        ask_for(store.data_dir, mail.account, anew=anew)
        filling.look()
        while filling.turn():
            pass
        assert upto(mail) == 3


def test_a_file_from_before_a_restore_is_none(store: Store) -> None:
    mail = Mail(store)
    mail.put(1)
    fill(store)
    with pytest.raises(Damaged):
        open_to_read(store.data_dir, mail.account, "2", lambda: False)


@pytest.mark.threat("K19")
def test_what_is_gone_goes_from_the_index(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    mail = Mail(store)
    mail.put(4, flags=DELETED)
    fill(store)
    done(store.writer.run(expunge_messages, mail.inbox, [(1, 2)]))
    assert sweep(store.data_dir, reads_of(store.readers)) == 0  # it can still be taken back
    done(store.writer.run(forget_expunged, 0))
    assert sweep(store.data_dir, reads_of(store.readers)) == 2
    assert known(mail, subject("0")) == [set()]
    monkeypatch.setattr(search_sweeping, "STALE_LEAST", 3)
    sweep(store.data_dir, reads_of(store.readers))
    assert not path_of(store.data_dir, mail.account).exists()  # half of it was stale


def test_files_of_nobody_go(store: Store) -> None:
    Mail(store)
    path_of(store.data_dir, 99).parent.mkdir(exist_ok=True)
    path_of(store.data_dir, 99).write_bytes(b"x")
    sweep(store.data_dir, reads_of(store.readers))
    assert not path_of(store.data_dir, 99).exists()


def test_a_round_ends_when_it_is_over(store: Store) -> None:
    mail = Mail(store)
    mail.put(2)
    waits: list[float] = []

    def over(seconds: float) -> bool:
        waits.append(seconds)
        return seconds > 0

    Round(store.data_dir, reads_of(store.readers), over).run()
    assert upto(mail) == 2
    assert waits[-1] > 0


@pytest.mark.threat("I6")
@pytest.mark.parametrize("needle", ['a"b', '" OR "', "NEAR(", "col:x", "***", "- ^ +", "''';"])
def test_no_needle_is_read_as_a_query(store: Store, needle: str) -> None:
    """Whatever is searched for is a string to FTS5, and a value to SQL."""
    mail = Mail(store)
    mail.put(1)
    fill(store)
    for where in (Where.BODY, Where.TEXT, Where.HEADER):
        assert known(mail, Probe(where, (needle,), "X")) == [set()]
    assert known(mail, subject(needle)) == [set()]


def test_runs_are_rare_and_bounded() -> None:
    assert runs_of("ab") == []
    assert runs_of("abcd") == ["abc", "bcd"]
    assert runs_of("a\0bcd") == ["bcd"]
    assert runs_of("<MESSAGE.777@EXAMPLE.COM>")[0] == "777"
    runs = runs_of("".join(chr(0x4E00 + n) for n in range(60_000)))
    assert len(runs) <= 6
    assert match_of(['a"b', "abc"]) == '"a""b" AND "abc"'
