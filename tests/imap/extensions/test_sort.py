"""SORT and ESORT (RFC 5256 §3, RFC 5267 §3): every criterion, and an order that stays right."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailsuite.imap.answers import Bad
from mailsuite.imap.extensions import sort_display
from mailsuite.imap.extensions.sort import SORT_KEYS, read_order
from mailsuite.imap.grammar import Cursor
from mailsuite.mailbox import sorting
from mailsuite.message.dates import format_date
from mailsuite.store import sorting as store_sorting
from mailsuite.store.opening import Store
from mailsuite.store.schema_ordering import sort_key
from mailsuite.store.transaction import Transaction
from tests.imap.people import Imap, now


@frozen
class Letter:
    """What a message of a test is sorted by; the words are short and in capitals."""

    subject: str = ""
    sender: str = ""
    to: str = ""
    cc: str = ""
    name: str = ""
    sent: int | None = None
    arrival: int = 0
    padding: int = 0

    def octets(self) -> bytes:
        named = f'"{self.name}" ' if self.name else ""
        lines = [
            f"From: {named}<{self.sender}@x.y>" if self.sender else "X-From: none",
            f"To: {named}<{self.to}@x.y>, second@x.y" if self.to else "X-To: none",
            f"Cc: {self.cc}@x.y" if self.cc else "X-Cc: none",
            f"Subject: {self.subject}" if self.subject else "X-Subject: none",
            f"Date: {format_date(self.sent)}" if self.sent is not None else "Date: never",
            "X: " + "x" * self.padding,
        ]
        return "\r\n".join([*lines, "", "body", ""]).encode()

    def display(self, mailbox: str) -> str:
        return (self.name or f"{mailbox}@x.y").upper() if mailbox else ""


ORACLE: dict[str, Callable[[Letter], Any]] = {
    "ARRIVAL": lambda letter: letter.arrival,
    "CC": lambda letter: letter.cc.upper(),
    "DATE": lambda letter: letter.arrival if letter.sent is None else letter.sent,
    "FROM": lambda letter: letter.sender.upper(),
    "SIZE": lambda letter: len(letter.octets()),
    "SUBJECT": lambda letter: letter.subject.removeprefix("Re: ").upper(),
    "TO": lambda letter: letter.to.upper(),
    "DISPLAYFROM": lambda letter: letter.display(letter.sender),
    "DISPLAYTO": lambda letter: letter.display(letter.to),
}


def expected(mail: dict[int, Letter], criteria: list[tuple[str, bool]]) -> list[int]:
    """UIDs, sorted by the last criterion first, since Python's sort keeps what is equal."""
    order = sorted(mail)
    for name, reverse in reversed(criteria):
        key = ORACLE[name]
        ranks = {value: rank for rank, value in enumerate(sorted({key(m) for m in mail.values()}))}
        sign = -1 if reverse else 1
        order.sort(key=lambda uid: sign * ranks[key(mail[uid])])
    return order


def written(criteria: list[tuple[str, bool]]) -> str:
    return " ".join(("REVERSE " if reverse else "") + name for name, reverse in criteria)


def sorted_by(imap: Imap, criteria: str, keys: str = "ALL", verb: str = "UID SORT") -> list[int]:
    said = imap.say(f"a {verb} ({criteria}) UTF-8 {keys}\r\n".encode())
    lines = said.split(b"\r\n")
    assert lines[-2].startswith(b"a OK"), said
    line = next(line for line in lines if line.startswith(b"* SORT"))
    return [int(word) for word in line.split()[2:]]


WORDS = st.sampled_from(["", "A", "a", "B", "ba", "b", "Z"])
LETTERS = st.builds(
    Letter,
    subject=st.sampled_from(["", "A", "Re: a", "b", "Re: B", "a b", "zz"]),
    sender=WORDS,
    to=WORDS,
    cc=WORDS,
    name=st.sampled_from(["", "Ann", "ann", "bob", "B"]),
    sent=st.none() | st.integers(1, 5).map(lambda day: day * 86_400),
    arrival=st.integers(1, 5).map(lambda day: day * 86_400),
    padding=st.integers(0, 4),
)
CRITERIA = st.lists(
    st.tuples(st.sampled_from(sorted(ORACLE)), st.booleans()), min_size=1, max_size=3
)


def test_the_oracle_knows_every_criterion() -> None:
    assert sort_display.__doc__
    assert {name.decode() for name in SORT_KEYS} == {*ORACLE, "RELEVANCY"}  # see its own tests


@pytest.mark.parametrize("name", sorted(ORACLE))
@pytest.mark.parametrize("reverse", [False, True])
def test_every_criterion_by_itself(imap: Imap, name: str, *, reverse: bool) -> None:
    """With ties, which stay in the order of the mailbox whatever is reversed (RFC 5256 §3)."""
    mail = {}
    for at in range(12):
        letter = Letter(
            subject=("Re: b", "A", "", "c")[at % 4],
            sender=("bob", "", "Ann")[at % 3],
            to=("", "x", "Y", "x")[at % 4],
            cc=("m", "n", "")[at % 3],
            name=("", "zoe", "Al")[at % 3],
            sent=None if at % 5 == 0 else 86_400 * (at * 7 % 5 + 1),
            arrival=86_400 * (at * 5 % 7 + 1),
            padding=at * 3 % 4,
        )
        mail[imap.put("INBOX", letter.octets(), date=letter.arrival)] = letter
    imap.signed_in(select="INBOX")
    assert sorted_by(imap, written([(name, reverse)])) == expected(mail, [(name, reverse)])


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=st.lists(LETTERS, max_size=8),
    second=st.lists(LETTERS, max_size=5),
    criteria=CRITERIA,
    gone=st.sets(st.integers(0, 12), max_size=4),
)
def test_an_order_stays_right_as_the_mailbox_changes(
    imap: Imap,
    first: list[Letter],
    second: list[Letter],
    criteria: list[tuple[str, bool]],
    gone: set[int],
) -> None:
    """Sorted; then mail comes, and is merged; then mail goes."""
    if not imap.clients:
        imap.signed_in()
    imap.say(b"z CREATE Sorted\r\nz SELECT Sorted\r\n")
    mail = {imap.put("Sorted", m.octets(), date=m.arrival): m for m in first}
    try:
        imap.say(b"z NOOP\r\n")
        assert sorted_by(imap, written(criteria)) == expected(mail, criteria)
        mail |= {imap.put("Sorted", m.octets(), date=m.arrival): m for m in second}
        imap.say(b"z NOOP\r\n")
        assert sorted_by(imap, written(criteria)) == expected(mail, criteria)
        for uid in [uid for at, uid in enumerate(mail) if at in gone]:
            imap.say(b"z UID STORE %d +FLAGS.SILENT \\Deleted\r\nz UID EXPUNGE %d\r\n" % (uid, uid))
            del mail[uid]
        assert sorted_by(imap, written(criteria)) == expected(mail, criteria)
        numbers = {uid: number for number, uid in enumerate(sorted(mail), 1)}
        by_number = sorted_by(imap, written(criteria), verb="SORT")
        assert by_number == [numbers[uid] for uid in expected(mail, criteria)]
    finally:
        imap.say(b"z CLOSE\r\nz DELETE Sorted\r\n")


def test_a_criterion_given_twice_counts_where_it_stood_first(imap: Imap) -> None:
    """Whatever it says later, it has decided already."""
    for cc, padding in (("b", 1), ("a", 2), ("b", 0)):
        imap.put("INBOX", Letter(cc=cc, padding=padding).octets())
    imap.signed_in(select="INBOX")
    assert sorted_by(imap, "REVERSE CC SIZE CC") == [3, 1, 2]
    assert sorted_by(imap, "SIZE REVERSE CC") == [3, 1, 2]
    assert sorted_by(imap, "CC REVERSE SIZE") == [2, 1, 3]


def test_the_examples_of_the_rfc(imap: Imap) -> None:
    """RFC 5256 §3: by subject; by subject and then the newest first; and nothing found."""
    for subject, day in (("b", 1), ("B", 2), ("a", 1), ("Re: a", 3), ("", 9)):
        imap.put("INBOX", Letter(subject=subject, sent=day * 86_400).octets(), date=0)
    imap.signed_in(select="INBOX")
    imap.dialogue(r"""
        C: A282 SORT (SUBJECT) UTF-8 SENTSINCE 1-Jan-1970
        S: * SORT 5 3 4 1 2
        S: A282 OK SORT completed
        C: A283 SORT (SUBJECT REVERSE DATE) UTF-8 ALL
        S: * SORT 5 4 3 2 1
        S: A283 OK SORT completed
        C: A284 SORT (SUBJECT) US-ASCII TEXT "not in mailbox"
        S: * SORT
        S: A284 OK SORT completed
        C: A285 UID SORT (REVERSE SUBJECT) UTF-8 2:4
        S: * SORT 2 3 4
        S: A285 OK ...
    """)


def test_the_examples_of_esort(imap: Imap) -> None:
    """RFC 5267 §3.3: results in order, in ranges that rise; MIN and MAX are first and last."""
    for day in (3, 5, 4, 1, 2):
        imap.put("INBOX", Letter(sent=day * 86_400).octets())
    imap.signed_in(select="INBOX")
    imap.dialogue(r"""
        C: E01 UID SORT RETURN () (REVERSE DATE) UTF-8 UNDELETED UNKEYWORD $Junk
        S: * ESEARCH (TAG "E01") UID ALL 2:3,1,5,4
        S: E01 OK SORT completed
        C: E02 SORT RETURN (MIN MAX COUNT) (DATE) UTF-8 ALL
        S: * ESEARCH (TAG "E02") MIN 4 MAX 2 COUNT 5
        S: E02 OK ...
        C: E03 SORT RETURN (MIN COUNT) (DATE) UTF-8 FLAGGED
        S: * ESEARCH (TAG "E03") COUNT 0
        S: E03 OK ...
    """)


def test_imap4rev2_sorts_as_ever(imap: Imap) -> None:
    """ESEARCH takes the place of SEARCH, not of SORT (RFC 9051 §6.4.4)."""
    imap.put("INBOX", Letter(sent=86_400).octets())
    imap.signed_in(select="INBOX")
    imap.dialogue(r"""
        C: e ENABLE IMAP4rev2
        S: * ENABLED ...
        S: e OK ...
        C: a SORT (DATE) UTF-8 ALL
        S: * SORT 1
        S: a OK ...
    """)


@pytest.mark.parametrize(
    "command",
    [
        b"SORT (DATE) ALL",
        b"SORT () UTF-8 ALL",
        b"SORT DATE UTF-8 ALL",
        b"SORT (DATE SUBJECT",
        b"SORT (REVERSE) UTF-8 ALL",
        b"SORT (REVERSE REVERSE DATE) UTF-8 ALL",
        b"SORT (MODSEQ) UTF-8 ALL",
        b"SORT (DATE) UTF-8",
        b"SORT (DATE) UTF-8 ",
        b"SORT (DATE) UTF-8 NOTHING",
        b"SORT (" + b" ".join([b"DATE"] * 21) + b") UTF-8 ALL",
        b"SORT RETURN (FIRST) (DATE) UTF-8 ALL",
    ],
)
def test_what_is_no_sort_is_refused(imap: Imap, command: bytes) -> None:
    imap.signed_in(select="INBOX")
    assert imap.say(b"a " + command + b"\r\n").startswith(b"a BAD")


def test_an_unknown_charset_is_no_error_of_syntax(imap: Imap) -> None:
    """NO with BADCHARSET, and what would do (RFC 3501 §6.4.4)."""
    imap.signed_in(select="INBOX")
    assert imap.say(b"a SORT (DATE) X-KLINGON ALL\r\n").startswith(b"a NO [BADCHARSET")


def test_who_speaks_utf8_names_no_other_charset(imap: Imap) -> None:
    """RFC 9755 §3: BAD, for SORT and THREAD."""
    imap.put("INBOX", Letter(sent=86_400).octets())
    imap.signed_in(select="INBOX")
    imap.dialogue(r"""
        C: e ENABLE UTF8=ACCEPT
        S: * ENABLED UTF8=ACCEPT
        S: e OK ...
        C: a SORT (DATE) US-ASCII ALL
        S: a BAD ...
        C: b THREAD REFS US-ASCII ALL
        S: b BAD ...
        C: c SORT (DATE) UTF-8 ALL
        S: * SORT 1
        S: c OK ...
    """)


def test_no_expunge_is_told_while_numbers_are_answered(imap: Imap) -> None:
    """It is after UID SORT (RFC 5256 §3)."""
    imap.put("INBOX", Letter(sent=86_400).octets())
    imap.put("INBOX", Letter(sent=2 * 86_400).octets())
    imap.signed_in(select="INBOX")
    imap.signed_in("1", select="INBOX")
    imap.say(b"a STORE 1 +FLAGS \\Deleted\r\na EXPUNGE\r\n", "1")
    imap.dialogue(r"""
        C: a SORT (REVERSE DATE) UTF-8 ALL
        S: * SORT 2
        S: a OK ...
        C: b UID SORT (REVERSE DATE) UTF-8 ALL
        S: * SORT 2
        S: * 1 EXPUNGE
        S: b OK ...
    """)


@pytest.mark.threat("M10")
def test_a_date_that_is_none_falls_back_to_the_arrival(imap: Imap) -> None:
    """Year 0, year 99999, a zone of +9999 (RFC 5256 §2.2)."""
    dates = ("1 Jan 0 00:00:00 +0000", "1 Jan 99999 00:00:00 +0000", "1 Jan 2001 00:00:00 +9999")
    for at, date in enumerate(dates):
        imap.put("INBOX", f"Date: {date}\r\n\r\nx\r\n".encode(), date=86_400 * (10 - 3 * at))
    imap.put("INBOX", Letter(sent=86_400 * 5).octets(), date=86_400 * 100)
    imap.signed_in(select="INBOX")
    assert sorted_by(imap, "DATE") == [3, 4, 2, 1]


def test_keys_are_made_once(imap: Imap) -> None:
    """The delivery makes none; who sorts first makes them, and the next one finds them."""
    imap.put("INBOX", Letter(subject="b").octets())
    imap.put("INBOX", Letter(subject="a").octets())

    def made(tx: Transaction) -> int:
        return len(tx.execute(sort_key.select()).tuples())

    assert now(imap.store.readers.run(made)) == 0
    imap.signed_in(select="INBOX")
    assert sorted_by(imap, "ARRIVAL") == [1, 2]
    assert now(imap.store.readers.run(made)) == 0  # nothing of the header was needed
    assert sorted_by(imap, "SUBJECT") == [2, 1]
    assert now(imap.store.readers.run(made)) == 2


def test_a_mailbox_is_read_in_pieces(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the size of a piece, and wherever keys have to be made."""
    imap = Imap(store, tmp_path)
    mail = {}
    for at in range(23):
        letter = Letter(subject="abcdefg"[at * 5 % 7], sent=86_400 * (at % 3 + 1), arrival=1)
        mail[imap.put("INBOX", letter.octets(), date=1)] = letter
        if at == 7:
            imap.signed_in(select="INBOX")
            sorted_by(imap, "SUBJECT")
    monkeypatch.setattr(store_sorting, "PIECE", 5)
    monkeypatch.setattr(store_sorting, "MADE", 3)
    store_sorting._statement.cache_clear()
    try:
        imap.say(b"a NOOP\r\n")
        criteria = [("SUBJECT", False), ("DATE", True)]
        assert sorted_by(imap, written(criteria)) == expected(mail, criteria)
    finally:
        store_sorting._statement.cache_clear()


def test_a_few_are_sorted_without_the_rest(imap: Imap, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys of 5 messages are made, where 30 are there; threads of them likewise."""
    mail = {}
    for at in range(30):
        letter = Letter(subject="hgfedcba"[at % 8], arrival=at)
        mail[imap.put("INBOX", letter.octets(), date=at)] = letter
    imap.signed_in(select="INBOX")
    monkeypatch.setattr(sorting, "MADE", 2)
    some = {uid: mail[uid] for uid in range(20, 25)}
    assert sorted_by(imap, "SUBJECT", "UID 20:24") == expected(some, [("SUBJECT", False)])
    assert imap.say(b"a UID THREAD REFERENCES UTF-8 UID 20:24\r\n").startswith(
        b"* THREAD (20)(21)(22)(23)(24)\r\n"
    )

    def made(tx: Transaction) -> int:
        return len(tx.execute(sort_key.select()).tuples())

    assert now(imap.store.readers.run(made)) == 5
    assert sorted_by(imap, "SUBJECT") == expected(mail, [("SUBJECT", False)])
    assert sorted_by(imap, "SUBJECT", "UID 20:24") == expected(some, [("SUBJECT", False)])


def test_what_a_sort_keeps_is_bounded(imap: Imap, monkeypatch: pytest.MonkeyPatch) -> None:
    """The least used order goes; the answers stay the same."""
    monkeypatch.setattr("mailsuite.mailbox.orders.CACHED_OCTETS", 100)
    mail = {}
    for at in range(4):
        letter = Letter(subject="dcba"[at], arrival=at)
        mail[imap.put("INBOX", letter.octets(), date=at)] = letter
    imap.signed_in(select="INBOX")
    for name in ("SUBJECT", "DATE", "SIZE", "SUBJECT"):
        assert sorted_by(imap, name) == expected(mail, [(name, False)])


@given(
    st.lists(st.sampled_from([b"DATE", b"REVERSE", b"SIZE", b" ", b"(", b")", b"X"])).map(b"".join)
)
def test_criteria_are_read_or_refused(octets: bytes) -> None:
    """Never another error, and each criterion once."""
    try:
        order = read_order(Cursor([octets]))
    except Bad:
        return
    assert len({one.name for one in order}) == len(order) > 0
