"""Lines that a client did not ask for, in each manner of telling them."""

import pytest

from mailsuite.imap.ports import Manner
from mailsuite.imap.telling import LONGEST_VANISHED, FlagLines, lead, vanished, vanished_earlier

PLAIN = Manner(0)


@pytest.mark.parametrize(
    ("manner", "by_uid", "line"),
    [
        (PLAIN, False, b"* 2 FETCH (FLAGS (\\Seen $Work))\r\n"),
        (PLAIN, True, b"* 2 FETCH (UID 9 FLAGS (\\Seen $Work))\r\n"),
        (Manner.UIDS, False, b"* 2 FETCH (UID 9 FLAGS (\\Seen $Work))\r\n"),
        (
            Manner.UIDS | Manner.MODSEQS,
            False,
            b"* 2 FETCH (UID 9 FLAGS (\\Seen $Work) MODSEQ (7))\r\n",
        ),
        (Manner.UNNUMBERED, True, b"* 9 UIDFETCH (FLAGS (\\Seen $Work))\r\n"),
    ],
)
def test_flags_are_told(manner: Manner, by_uid: bool, line: bytes) -> None:
    writes = FlagLines(manner, {5: "$Work"}, by_uid=by_uid)
    assert writes.line(2, 9, 1 | 1 << 5, 7) == line
    assert lead(manner) % (9 if manner == Manner.UNNUMBERED else 2) == line[: line.index(b"(") + 1]


def test_without_flags_only_the_modseq() -> None:
    writes = FlagLines(Manner.UIDS | Manner.MODSEQS, {})
    assert writes.line(2, 9, None, 7) == b"* 2 FETCH (UID 9 MODSEQ (7))\r\n"


def test_very_much_that_vanished_is_several_lines() -> None:
    """No line has more than a client can hold; each message is told once."""
    lines = list(vanished(range(1, 4 * LONGEST_VANISHED, 2)))
    assert len(lines) == 2
    assert max(map(len, lines)) < 8_192
    assert lines[1].startswith(b"* VANISHED %d," % (2 * LONGEST_VANISHED + 1))
    assert list(vanished([1, 2, 3, 7])) == [b"* VANISHED 1:3,7\r\n"]
    assert list(vanished_earlier([(1, 2), (5, 5)])) == [b"* VANISHED (EARLIER) 1:2,5\r\n"]
    assert list(vanished([])) == []
