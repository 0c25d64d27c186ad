"""RETR and TOP: whole messages and their beginnings, as they are stored."""

import random
import tracemalloc
from collections.abc import AsyncGenerator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred

from mailsuite.pop3.session import PIECE, message_lines
from mailsuite.store.maildrop import Presents, read_some
from mailsuite.store.placements_expunge import expunge_messages
from mailsuite.store.streams import PIECE as READ_OCTETS
from mailsuite.store.transaction import Transaction
from tests.dialogue import OUTPUT_OCTETS
from tests.pop3.conftest import ONE, TWO, Pop
from tests.store.letters import done

LINES = b"Subject: lines\r\n\r\n1\r\n2\r\n.3\r\n"


def unstuffed(answer: bytes) -> bytes:
    """A multi-line answer as a client reads it (RFC 1939 §3)."""
    first, _, rest = answer.partition(b"\r\n")
    assert first.startswith(b"+OK"), first
    lines = rest.split(b"\r\n")
    assert lines[-2:] == [b".", b""], lines[-3:]
    assert b"." not in lines[:-2], "an end before the end"
    return b"".join(line.removeprefix(b".") + b"\r\n" for line in lines[:-2])


def answered(octets: bytes, cut: int = 64 * 1024) -> bytes:
    """The whole answer that a message makes, when it is read in pieces of so many octets."""

    async def pieces() -> AsyncGenerator[bytes, None]:
        for at in range(0, len(octets), cut):
            yield octets[at : at + cut]

    async def answer() -> bytes:
        return b"".join([piece async for piece in message_lines(b"+OK\r\n", pieces())])

    found: bytes = done(Deferred.fromCoroutine(answer()))
    return found


def retrieved(pop: Pop, command: bytes) -> bytes:
    client = pop.dialogues.client()
    client.send(command + b"\r\n")
    return client.wire.take()


BODY = st.lists(
    st.sampled_from([b".", b"..", b"x", b"\xff", b"\r\n", b"\r\n.\r\n", b"y" * 30])
).map(lambda pieces: b"".join(pieces).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))


@pytest.mark.threat("P5")
@settings(max_examples=100)
@given(
    body=BODY,
    cut=st.sampled_from([1, 2, 3, 7, 64 * 1024]),
    read=st.sampled_from([1, 2, 5, 64 * 1024]),
)
def test_every_message_comes_back_octet_for_octet(body: bytes, cut: int, read: int) -> None:
    """Dots are stuffed wherever the pieces of a long message were cut."""
    message = b"Subject: x\r\n\r\n" + body + b"\r\n"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mailsuite.pop3.session.PIECE", cut)
        assert unstuffed(answered(message, read)) == message


@pytest.mark.threat("P5")
@given(octets=st.lists(st.sampled_from([b".", b"\n", b"\r", b"x"]), max_size=8).map(b"".join))
def test_no_message_ends_its_own_answer(octets: bytes) -> None:
    """Not for a client that takes a bare LF for a line's end either."""
    answer = answered(octets)
    assert answer.endswith(b"\r\n.\r\n")
    lines = answer.split(b"\n")
    assert [n for n, line in enumerate(lines) if line.rstrip(b"\r") == b"."] == [len(lines) - 2]


@pytest.mark.threat("P5")
def test_octets_are_those_that_list_told(pop: Pop) -> None:
    pop.deliver(ONE, TWO)
    pop.sign_in()
    for number, letter in ((1, ONE), (2, TWO)):
        pop.dialogue(f"""
            C: LIST {number}
            S: +OK {number} {len(letter)}
        """)
        assert unstuffed(retrieved(pop, b"RETR %d" % number)) == letter


def test_messages_fetched_in_order_come_in_few_reads(
    pop: Pop, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters = [b"Subject: %d\r\n\r\nbody\r\n" % n for n in range(20)]
    pop.deliver(*letters)
    pop.sign_in()
    reads: list[int] = []

    def counted(
        tx: Transaction, wanted: int, along: Sequence[int], presents: Presents
    ) -> dict[int, bytes]:
        reads.append(wanted)
        return read_some(tx, wanted, along, presents)

    monkeypatch.setattr("mailsuite.mailbox.maildrop.read_some", counted)
    for number, letter in enumerate(letters, 1):
        assert unstuffed(retrieved(pop, b"RETR %d" % number)) == letter
    assert reads[1:] == reads[1:2], "the first, then all that follow"


def test_large_messages_are_not_read_along(pop: Pop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mailsuite.mailbox.maildrop.AHEAD_OCTETS", 60)
    letters = [b"Subject: %d\r\n\r\nbody\r\n" % n for n in range(5)]
    pop.deliver(*letters)
    pop.sign_in()
    for number, letter in enumerate(letters, 1):
        assert unstuffed(retrieved(pop, b"RETR %d" % number)) == letter
    assert not pop.dialogues.client().talks.maildrop._ahead  # type: ignore[attr-defined]


@pytest.mark.threat("R2")
def test_a_slow_reader_gets_a_large_message_as_it_takes_it(pop: Pop) -> None:
    letter = b"Subject: large\r\n\r\n" + b"x" * 70 + b"\r\n" * 2 + (b"y" * 76 + b"\r\n") * 40_000
    pop.deliver(letter)
    pop.sign_in()
    client = pop.dialogues.client()
    client.wire.slow = True
    client.send(b"RETR 1\r\n")
    answer = b""
    while len(client.wire.sent):
        assert len(client.wire.sent) <= OUTPUT_OCTETS + 2 * PIECE
        answer += client.wire.take()
    assert unstuffed(answer) == letter


def test_a_reader_who_leaves_in_the_middle_frees_the_maildrop(pop: Pop) -> None:
    pop.deliver(b"Subject: large\r\n\r\n" + (b"y" * 76 + b"\r\n") * 20_000)
    pop.sign_in("1")
    client = pop.dialogues.client("1")
    client.wire.slow = True
    client.send(b"RETR 1\r\n")
    client.gone()
    client.wire.take()
    pop.sign_in("2")


def test_deleted_and_missing_numbers_are_refused(pop: Pop) -> None:
    pop.deliver(ONE)
    pop.sign_in()
    pop.dialogue("""
        C: DELE 1
        S: +OK
        C: DELE 1
        S: -ERR No such message
        C: RETR 1
        S: -ERR No such message
        C: RETR 0
        S: -ERR No such message
        C: TOP 2 1
        S: -ERR No such message
        C: RSET
        S: +OK 1 messages ...
        C: TOP 1 0
        S: +OK
        S: Subject: one
        S:
        S: .
    """)


@pytest.mark.threat("P5")
@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (0, b"Subject: lines\r\n\r\n"),
        (1, b"Subject: lines\r\n\r\n1\r\n"),
        (3, LINES),
        (9_999_999_999, LINES),
    ],
)
def test_top_gives_the_header_and_so_many_lines(pop: Pop, lines: int, expected: bytes) -> None:
    pop.deliver(LINES)
    pop.sign_in()
    assert unstuffed(retrieved(pop, b"TOP 1 %d" % lines)) == expected


def test_what_imap_expunged_is_still_read_and_quit_takes_the_rest(pop: Pop) -> None:
    """Both kinds of program see one INBOX."""
    pop.deliver(ONE, TWO)
    pop.sign_in()
    store = pop.house.store
    mailbox_id = pop.dialogues.client().talks.maildrop._listed.mailbox_id  # type: ignore[attr-defined]
    done(store.writer.run(expunge_messages, mailbox_id, [(1, 1)], 0))
    pop.dialogue("""
        C: RETR 1
        S: +OK ...
        S: Subject: one
        S:
        S: first
        S: .
        C: DELE 1
        S: +OK
        C: DELE 2
        S: +OK
        C: QUIT
        S: +OK Goodbye
        S: <closed>
        S2: +OK ...
        C2: USER ann@example.test
        S2: +OK
        C2: PASS correct horse
        S2: +OK 0 messages (0 octets)
    """)


NOISE = random.Random(3).randbytes(400_000).hex().encode()
LARGE = b"Subject: large\r\n\r\n" + b"\r\n".join(
    NOISE[at : at + 76] for at in range(0, len(NOISE), 76)
)


def test_a_large_message_comes_in_pieces_its_first_lines_too(
    pop: Pop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is never read whole, and none of its octets is lost between two pieces."""
    pop.deliver(ONE, LARGE + b"\r\n", LARGE)
    pop.sign_in()
    monkeypatch.delattr("mailsuite.mailbox.maildrop.read_some")
    monkeypatch.delattr("mailsuite.mailbox.maildrop.read_top")
    assert len(LARGE) > 3 * READ_OCTETS
    assert unstuffed(retrieved(pop, b"RETR 2")) == LARGE + b"\r\n"
    assert retrieved(pop, b"RETR 3").startswith(b"+OK %d octets\r\n" % len(LARGE))
    assert unstuffed(retrieved(pop, b"TOP 2 0")) == b"Subject: large\r\n\r\n"
    lines = LARGE.split(b"\r\n")
    assert unstuffed(retrieved(pop, b"TOP 2 9000")) == b"\r\n".join(lines[:9_002]) + b"\r\n"
    assert unstuffed(retrieved(pop, b"TOP 2 99999")) == LARGE + b"\r\n"


@pytest.mark.threat("P5")
def test_damage_in_a_large_message_ends_the_session_without_an_end_of_the_message(
    pop: Pop,
) -> None:
    """A client must not take half of it for the whole, and delete it here."""
    pop.deliver(LARGE)
    (path,) = [path for path, digest, _ in pop.house.store.large.listing() if digest]
    octets = bytearray(path.read_bytes())
    octets[-2] ^= 1
    path.write_bytes(octets)
    pop.sign_in()
    client = pop.dialogues.client()
    client.send(b"RETR 1\r\n")
    answer = client.wire.take()
    assert len(answer) > READ_OCTETS
    assert not answer.endswith(b".\r\n")
    assert client.wire.closed
    path.unlink()
    pop.sign_in("2")
    pop.dialogue("""
        C2: RETR 1
        S2: -ERR [SYS/PERM] ...
    """)


@pytest.mark.threat("R2")
def test_a_large_message_costs_what_its_reader_lets_wait(pop: Pop) -> None:
    """8 MiB, of which a slow client takes a little at a time."""
    pop.deliver(LARGE * 10)
    pop.sign_in()
    client = pop.dialogues.client()
    client.wire.slow = True
    tracemalloc.start()
    try:
        client.send(b"RETR 1\r\n")
        octets = 0
        while len(client.wire.sent):
            octets += len(client.wire.take())
        assert octets > 10 * len(LARGE)
        assert tracemalloc.get_traced_memory()[1] < 3 * 1024 * 1024
    finally:
        tracemalloc.stop()
