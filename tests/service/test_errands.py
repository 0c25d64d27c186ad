"""What supervisor and workers say to each other."""

import itertools
import os
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mailsuite.config import Config
from mailsuite.service.errands import (
    AskReload,
    Errand,
    NewConfig,
    Ready,
    Standing,
    Words,
    first_line,
    line,
)

CONFIG = Config(Path("/etc/mailsuite.toml"), "mail.example.test", Path("/var/lib/mailsuite"))
ERRAND = Errand(CONFIG, 2, 3, (Standing("smtp", 10, proxied=False),))
SAID = [ERRAND, NewConfig(CONFIG), Ready(), AskReload()]


@given(cuts=st.lists(st.integers(0, 3_000), max_size=20))
def test_words_are_the_same_however_the_pipe_cut_them(cuts: list[int]) -> None:
    octets = b"".join(map(line, SAID))
    heard: list[Any] = []
    words = Words(heard.append)
    edges = [0, *sorted(cuts), len(octets)]
    for start, end in itertools.pairwise(edges):
        words.feed(octets[start:end])
    assert heard == SAID


def test_the_first_word_is_read_and_no_octet_of_the_next() -> None:
    ours, theirs = os.pipe()
    os.write(theirs, line(ERRAND) + line(Ready()))
    heard: list[Any] = []
    words = Words(heard.append)
    words.feed(first_line(ours))
    assert heard == [ERRAND]
    assert os.read(ours, 10_000) == line(Ready())
    os.close(ours)
    os.close(theirs)


def test_the_first_worker_has_what_only_one_may_have() -> None:
    assert not ERRAND.first
    assert Errand(CONFIG, 1, 3, ()).first
    assert ERRAND.wakes == (7, 8, 9)
