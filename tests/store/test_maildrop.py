"""An INBOX as one list, and what is taken from it at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.errors import NoSuchMailbox, NoSuchThing
from mailsuite.store.maildrop import (
    end_of_lines,
    list_maildrop,
    read_some,
    read_top,
    remove_listed,
)
from mailsuite.store.opening import Store
from tests.store.failing import fails_cleanly
from tests.store.letters import done
from tests.store.mail import Mail, counted


@pytest.fixture
def mail(store: Store) -> Mail:
    return Mail(store)


def test_a_list_has_sizes_and_ids_in_the_order_of_uids(mail: Mail) -> None:
    mail.put(12)
    listed = done(mail.store.readers.run(list_maildrop, mail.account))
    assert list(listed.uids) == list(range(1, 13))
    assert sum(listed.sizes) == mail.row().octets
    assert len(set(listed.uidls)) == 12
    found = done(mail.store.readers.run(read_some, listed.message_ids[3], listed.message_ids[4:6]))
    assert [len(found[number]) for number in listed.message_ids[3:6]] == list(listed.sizes[3:6])


def test_an_empty_inbox_and_no_inbox(mail: Mail) -> None:
    assert len(done(mail.store.readers.run(list_maildrop, mail.account)).uids) == 0
    with pytest.raises(NoSuchMailbox):
        done(mail.store.readers.run(list_maildrop, 99))


@pytest.mark.threat("P2")
def test_all_go_or_none(mail: Mail) -> None:
    mail.put(5)
    assert fails_cleanly(mail.store, remove_listed, mail.inbox, [1, 3, 4]) == 3
    assert counted(mail)[0] == 2
    assert done(mail.store.writer.run(remove_listed, mail.inbox, [1, 2])) == 1


@pytest.mark.threat("P3")
def test_ids_survive_what_others_do(mail: Mail) -> None:
    mail.put(3)
    before = done(mail.store.readers.run(list_maildrop, mail.account))
    done(mail.store.writer.run(remove_listed, mail.inbox, [3]))
    mail.put(1)
    after = done(mail.store.readers.run(list_maildrop, mail.account))
    assert after.uidls[:2] == before.uidls[:2]
    assert after.uidls[2] not in before.uidls


def test_what_is_gone_is_left_out(mail: Mail) -> None:
    assert done(mail.store.readers.run(read_some, 77, [78])) == {}
    with pytest.raises(NoSuchThing):
        done(mail.store.readers.run(read_top, 77, 1))


def test_a_top_is_a_beginning(mail: Mail) -> None:
    mail.put(1)
    number = done(mail.store.readers.run(list_maildrop, mail.account)).message_ids[0]
    head = done(mail.store.readers.run(read_top, number, 0))
    assert head == b"Subject: 0\r\n\r\n"
    assert done(mail.store.readers.run(read_top, number, 1)) == head + b"Hi\r\n"
    assert done(mail.store.readers.run(read_top, number, 10**9)) == head + b"Hi\r\n"


@pytest.mark.threat("P5")
@given(
    lines=st.lists(st.sampled_from([b"", b"x", b"yy"]), max_size=12),
    start=st.integers(0, 3),
    count=st.integers(0, 15),
    piece=st.sampled_from([1, 2, 3, 5, 1000]),
)
def test_lines_are_counted_right_however_they_fall(
    lines: list[bytes], start: int, count: int, piece: int
) -> None:
    octets = b"H\r\n" + b"".join(line + b"\r\n" for line in lines)
    start = min(start, 3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mailsuite.store.maildrop.PIECE", piece)
        end = end_of_lines(octets, start, count)
    wanted = octets[start:].split(b"\n")[:count]
    expected = min(len(octets), start + sum(len(line) + 1 for line in wanted))
    assert end == expected
