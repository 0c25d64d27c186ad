"""THREAD: what is answered, however deep (RFC 5256 §3, §4)."""

from array import array
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.imap.extensions.thread import thread_data
from mailsuite.mailbox import threads
from mailsuite.mailbox.threads import Forest, Letters, by_references
from tests.imap.people import Imap


def letter(own: str, *references: str, subject: str = "", day: int = 1) -> bytes:
    head = f"References: {' '.join(f'<{r}@x>' for r in references)}\r\n" if references else ""
    return (
        f"Message-ID: <{own}@x>\r\n{head}Subject: {subject}\r\n"
        f"Date: {day} Jan 2024 00:00:00 +0000\r\n\r\nhi\r\n"
    ).encode()


def put(imap: Imap, *letters: bytes) -> None:
    for octets in letters:
        imap.put("INBOX", octets, date=86_400)
    imap.signed_in(select="INBOX")


def test_the_example_of_a_response() -> None:
    """RFC 5256 §4: threads that split, and siblings of a parent that is not there."""
    children: list[list[int] | None] = [None] * 9
    names = [2, 3, 6, 4, 23, 44, 7, 96]
    children[1], children[2], children[3], children[5], children[6] = [2], [3, 5], [4], [6], [7]
    forest = Forest(8, roots=[0, 1], children=children)
    assert thread_data(forest, names) == b"THREAD (2)(3 6 (4 23)(44 7 96))"
    dummy = Forest(2, roots=[2], children=[None, None, [0, 1]])
    assert thread_data(dummy, [3, 5]) == b"THREAD ((3)(5))"
    assert thread_data(Forest(0), []) == b"THREAD"


def test_the_three_algorithms(imap: Imap) -> None:
    """One mailbox, seen three ways; UIDs and numbers."""
    put(
        imap,
        letter("1", subject="A", day=3),
        letter("2", "1", subject="Re: A", day=4),
        letter("3", subject="B", day=1),
        letter("4", "9", subject="re: b", day=5),
        letter("5", "8", subject="C", day=6),
        letter("6", "8", subject="D", day=2),
    )
    imap.dialogue(r"""
        C: a THREAD REFERENCES UTF-8 ALL
        S: * THREAD (3 4)((6)(5))(1 2)
        S: a OK THREAD completed
        C: b THREAD REFS UTF-8 ALL
        S: * THREAD (1 2)(3)(4)((6)(5))
        S: b OK ...
        C: c THREAD ORDEREDSUBJECT UTF-8 ALL
        S: * THREAD (3 4)(6)(1 2)(5)
        S: c OK ...
        C: d UID THREAD REFERENCES US-ASCII UID 2:5
        S: * THREAD (3 4)(2)(5)
        S: d OK ...
        C: e THREAD ORDEREDSUBJECT US-ASCII TEXT "gewp"
        S: * THREAD
        S: e OK THREAD completed
        C: f CAPABILITY
        S: * CAPABILITY ... THREAD=ORDEREDSUBJECT THREAD=REFERENCES THREAD=REFS ...
        S: f OK ...
    """)


def test_the_newest_arrival_is_last_by_refs(imap: Imap) -> None:
    """REFS sorts threads by when their newest message arrived, messages by their date."""
    imap.put("INBOX", letter("1", day=3), date=86_400)
    imap.put("INBOX", letter("2", day=4), date=2 * 86_400)
    imap.put("INBOX", letter("3", "1", day=2), date=3 * 86_400)
    imap.put("INBOX", letter("4", "1", day=1), date=86_400)
    imap.signed_in(select="INBOX")
    imap.dialogue(r"""
        C: a THREAD REFS UTF-8 ALL
        S: * THREAD (2)(1 (4)(3))
        S: a OK ...
    """)


def test_subjects_split_into_threads_of_one_level(imap: Imap) -> None:
    """RFC 5256 §3: the second and all later ones are children of the first."""
    put(
        imap,
        *[letter(str(n), subject=("Re: x", "X", "x (fwd)", "")[n % 4], day=n) for n in range(1, 9)],
    )
    imap.dialogue(r"""
        C: a THREAD ORDEREDSUBJECT UTF-8 ALL
        S: * THREAD (1 (2)(4)(5)(6)(8))(3 7)
        S: a OK ...
    """)


def test_threads_follow_the_mailbox(imap: Imap) -> None:
    """What came is threaded with what was there, and what went is passed over."""
    put(imap, letter("1", day=1), letter("2", "1", day=2))
    imap.dialogue(r"""
        C: a UID THREAD REFERENCES UTF-8 ALL
        S: * THREAD (1 2)
        S: a OK ...
        C: b UID THREAD REFERENCES UTF-8 ALL
        S: * THREAD (1 2)
        S: b OK ...
    """)
    imap.put("INBOX", letter("3", "1", "2", day=3))
    imap.put("INBOX", letter("4", "1", day=4))
    imap.say(b"n NOOP\r\n")
    imap.dialogue(r"""
        C: c UID THREAD REFERENCES UTF-8 ALL
        S: * THREAD (1 (2 3)(4))
        S: c OK ...
    """)
    imap.say(b"s STORE 1 +FLAGS.SILENT \\Deleted\r\ne EXPUNGE\r\n")
    imap.dialogue(r"""
        C: d UID THREAD REFERENCES UTF-8 ALL
        S: * THREAD ((2 3)(4))
        S: d OK ...
        C: e THREAD REFERENCES UTF-8 ALL
        S: * THREAD ((1 2)(3))
        S: e OK ...
    """)


def test_each_language_has_one_subject(imap: Imap) -> None:
    """Subjects are compared by i;unicode-casemap (RFC 5256 §7)."""
    put(
        imap,
        letter("1", subject="=?utf-8?q?H=C3=A9llo?=", day=1),
        letter("2", subject="=?utf-8?q?Re:_HE=CC=81LLO?=", day=2),
    )
    imap.dialogue(r"""
        C: a THREAD REFERENCES UTF-8 ALL
        S: * THREAD (1 2)
        S: a OK ...
    """)


@pytest.mark.parametrize(
    "command",
    [
        b"THREAD JWZ UTF-8 ALL",
        b"THREAD REFERENCES ALL",
        b"THREAD REFERENCES UTF-8",
        b"THREAD REFERENCES UTF-8 ",
        b"THREAD (REFERENCES) UTF-8 ALL",
        b"THREAD RETURN () REFERENCES UTF-8 ALL",
    ],
)
def test_what_is_no_thread_is_refused(imap: Imap, command: bytes) -> None:
    imap.signed_in(select="INBOX")
    assert imap.say(b"a " + command + b"\r\n").startswith(b"a BAD")


def test_an_unknown_charset(imap: Imap) -> None:
    imap.signed_in(select="INBOX")
    assert imap.say(b"a THREAD REFS X-KLINGON ALL\r\n").startswith(b"a NO [BADCHARSET")


@pytest.mark.threat("I7")
def test_references_that_contradict_each_other_too_often_are_refused(
    imap: Imap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NO, and the session goes on."""
    monkeypatch.setattr(threads, "STEPS", -1)
    put(
        imap,
        letter("1", "2", "3"),
        letter("3", "4"),
        letter("2", "3", "2"),
        letter("4", "2", "3", "4", "2"),
        letter("5", "3", "4", "2"),
    )
    assert imap.say(b"a THREAD REFERENCES UTF-8 ALL\r\n").startswith(b"a NO [LIMIT]")
    assert imap.say(b"a THREAD ORDEREDSUBJECT UTF-8 ALL\r\n").startswith(b"* THREAD (")


DEEP = 100_000


@pytest.mark.threat("I7")
def test_an_answer_as_deep_as_the_mailbox() -> None:
    """Each message has an answer and a side remark: 25,000 lists inside each other."""
    numbers = range(1, DEEP + 1)
    parent = [0 if n == 1 else (n // 2 - 1 or 1) * 2 - 1 for n in numbers]
    forest_of = Letters(
        list(numbers),
        array("q", [p for p in parent if p]),
        array("I", [0, *range(DEEP)]),
        list(numbers),
        list(numbers),
        [0] * DEEP,
        [0] * DEEP,
    )
    said = thread_data(by_references(forest_of), numbers)
    depth = deepest = 0
    for octet in said:
        depth += (octet == 0x28) - (octet == 0x29)
        deepest = max(deepest, depth)
    assert depth == 0
    assert deepest > DEEP // 5
    assert sorted(map(int, said.replace(b"(", b" ").replace(b")", b" ").split()[1:])) == list(
        numbers
    )


TREES: st.SearchStrategy[Any] = st.recursive(
    st.just([]), lambda below: st.lists(below, max_size=3), max_leaves=20
)


@given(st.lists(TREES, max_size=3))
def test_what_is_written_can_be_read(shapes: list[Any]) -> None:
    """By the grammar of RFC 5256 §5: members, then two lists or more."""
    children: list[list[int] | None] = []

    def plant(shape: list[Any]) -> int:
        node = len(children)
        children.append(None)
        children[node] = [plant(below) for below in shape] or None
        return node

    roots = [plant(shape) for shape in shapes]
    said = thread_data(Forest(len(children), roots, children), range(1, len(children) + 1))
    text = said.decode().removeprefix("THREAD").strip()
    assert read_threads(text) == [read_tree(root, children) for root in roots]


def read_tree(node: int, children: list[list[int] | None]) -> tuple[int, list[Any]]:
    return (node + 1, [read_tree(child, children) for child in children[node] or ()])


def read_threads(text: str) -> list[tuple[int, list[Any]]]:
    """Read lists that follow each other; none stands alone below its parent."""
    found = []
    while text:
        depth = at = 0
        while not at or depth:
            depth += (text[at] == "(") - (text[at] == ")")
            at += 1
        found.append(read_members(text[1 : at - 1]))
        text = text[at:]
    return found


def read_members(text: str) -> tuple[int, list[Any]]:
    head, _, nested = text.partition("(")
    below = read_threads("(" + nested) if nested else []
    assert len(below) != 1
    numbers = [int(word) for word in head.split()]
    for number in reversed(numbers[1:]):
        below = [(number, below)]
    return (numbers[0], below)
