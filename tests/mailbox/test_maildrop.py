"""One session's list of messages, its marks, and the lock on it."""

import itertools
from collections.abc import AsyncGenerator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred

from mailsuite.directory.identity import Account
from mailsuite.errors import MailboxInUse, NoSuchMailbox, NoSuchThing
from mailsuite.mailbox.locks import Locks
from mailsuite.mailbox.maildrop import Maildrop, Maildrops, first_lines
from mailsuite.store.opening import Store
from tests.store.letters import done
from tests.store.mail import Mail


@pytest.fixture
def mail(store: Store) -> Mail:
    return Mail(store)


def read(pieces: AsyncGenerator[bytes, None]) -> list[bytes]:
    """What comes, to the end."""

    async def all_of() -> list[bytes]:
        return [piece async for piece in pieces]

    found: list[bytes] = done(Deferred.fromCoroutine(all_of()))
    return found


def opened(drops: Maildrops, number: int) -> Maildrop:
    account = Account(number, "ann@example.test", "user", 1)
    drop: Maildrop = done(Deferred.fromCoroutine(drops.open(account)))
    return drop


@pytest.mark.threat("P1")
def test_one_session_holds_it_and_only_the_holder_frees_it(mail: Mail) -> None:
    drops = Maildrops(mail.store)
    first = opened(drops, mail.account)
    with pytest.raises(MailboxInUse):
        opened(drops, mail.account)
    first.release()
    second = opened(drops, mail.account)
    first.release()
    with pytest.raises(MailboxInUse):
        opened(drops, mail.account)
    second.release()


@pytest.mark.threat("P1")
def test_what_could_not_be_opened_is_not_held(mail: Mail) -> None:
    drops = Maildrops(mail.store, locks := Locks())
    with pytest.raises(NoSuchMailbox):
        opened(drops, 99)
    assert locks.take(99)


def test_marks_count_and_can_be_taken_away(mail: Mail) -> None:
    mail.put(3)
    drop = opened(Maildrops(mail.store), mail.account)
    octets = drop.octets
    drop.delete(2)
    assert (drop.count, drop.highest, list(drop.numbers())) == (2, 3, [1, 3])
    assert drop.octets == octets - drop.size(2)
    assert [drop.has(number) for number in range(5)] == [False, True, False, True, False]
    drop.undelete_all()
    assert (drop.count, drop.octets) == (3, octets)


@pytest.mark.threat("P2")
def test_marks_act_at_commit_all_at_once(mail: Mail) -> None:
    mail.put(4)
    drop = opened(Maildrops(mail.store), mail.account)
    drop.delete(1)
    drop.delete(4)
    assert mail.row().messages == 4
    modseq = mail.row().modseq
    done(Deferred.fromCoroutine(drop.commit()))
    assert mail.row().messages == 2
    assert mail.row().modseq == modseq + 1, "one change, as IMAP sessions see it"


def test_without_marks_nothing_is_written(mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    mail.put(1)
    drop = opened(Maildrops(mail.store), mail.account)
    monkeypatch.delattr("mailsuite.store.writer.Writer.run")
    done(Deferred.fromCoroutine(drop.commit()))


def test_a_message_that_is_gone_for_good_is_told_so(mail: Mail) -> None:
    mail.put(2)
    drop = opened(Maildrops(mail.store), mail.account)
    drop._listed.message_ids[0] = 999
    with pytest.raises(NoSuchThing):
        read(drop.read(1))
    assert b"".join(read(drop.read(2))).endswith(b"Hi\r\n")


def test_what_is_read_along_is_dropped_when_the_order_ends(mail: Mail) -> None:
    mail.put(6)
    drop = opened(Maildrops(mail.store), mail.account)
    for number in (1, 2):
        read(drop.read(number))
    assert len(drop._ahead) == 4
    read(drop.read(1))
    assert not drop._ahead


@settings(max_examples=150)
@given(
    body=st.lists(st.sampled_from([b"x", b"\r\n", b"yy\r\n"])).map(b"".join),
    cuts=st.lists(st.integers(0, 60), max_size=6),
    lines=st.integers(0, 12),
)
def test_the_first_lines_do_not_depend_on_the_pieces(
    body: bytes, cuts: list[int], lines: int
) -> None:
    head = b"Subject: x\r\nTo: y\r\n\r\n"
    whole = head + body
    edges = [0, *sorted(cuts), len(whole)]

    async def pieces() -> AsyncGenerator[bytes, None]:
        for a, b in itertools.pairwise(edges):
            yield whole[a:b]

    expected = head + b"".join(body.splitlines(keepends=True)[:lines])
    assert b"".join(read(first_lines(pieces(), head, lines))) == expected


def test_the_first_piece_tells_where_a_damaged_header_ends() -> None:
    async def pieces() -> AsyncGenerator[bytes, None]:
        yield b"A: 1\r\n\r\none\r\ntw"
        yield b"o\r\nthree\r\n"

    assert b"".join(read(first_lines(pieces(), None, 2))) == b"A: 1\r\n\r\none\r\ntwo\r\n"
