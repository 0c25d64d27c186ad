"""A million bad lines are a short log, and nobody else's lines drown in them."""

import re
import tracemalloc

import pytest
from twisted.logger import LogLevel

from mailsuite.wire.folding import KIND_OCTETS, NETWORK_OCTETS, NETWORKS, Folding
from mailsuite.wire.logs import Lines


class Log:
    """The observer over a list, on a clock that is set."""

    def __init__(self) -> None:
        self.now = 0.0
        self.lines: list[str] = []
        folding = Folding(lambda: self.now)
        self.observer = Lines(write=self._write, folding=folding)

    def _write(self, lines: str) -> None:
        self.lines += lines.splitlines(keepends=True)

    def tell(self, words: str, **fields: object) -> None:
        self.observer(
            {
                "log_time": 1_800_000_000.0,
                "log_level": LogLevel.info,
                "log_namespace": "mailsuite.test",
                "log_format": words,
                **fields,
            }
        )

    @property
    def octets(self) -> int:
        return sum(map(len, self.lines))


@pytest.mark.threat("R11")
def test_repeats_are_counted_and_told_in_one_line() -> None:
    log = Log()
    for _ in range(50_000):
        log.tell("bad line", trace="x")
    assert log.octets < KIND_OCTETS + 1_000
    told = len(log.lines)
    log.now = 61
    log.tell("something else")
    summary, other = log.lines[told:]
    assert f'event="{50_000 - told} more in a minute of: mailsuite.test: bad line"' in summary
    assert 'event="something else"' in other
    log.tell("bad line")
    assert len(log.lines) == told + 3, "a new minute, a new share"


@pytest.mark.threat("R11")
def test_a_loud_network_leaves_the_share_of_the_others() -> None:
    log = Log()
    for n in range(5_000):
        log.tell("connected {peer}", peer=f"192.0.2.{n % 256}")
    assert log.octets < NETWORK_OCTETS + 1_000
    before = len(log.lines)
    log.tell("connected {peer}", peer="198.51.100.1")
    assert "198.51.100.1" in log.lines[before]
    log.observer.tell_rest()
    assert re.search(r"more in a minute of: .* \(from 1 networks\)", log.lines[-1])
    log.observer.tell_rest()
    assert len(log.lines) == before + 2


@pytest.mark.threat("R11")
@pytest.mark.threat("R10")
def test_what_is_remembered_is_bounded() -> None:
    log = Log()
    tracemalloc.start()
    try:
        for n in range(3 * NETWORKS):
            log.tell("connected {peer}", peer=f"10.{n >> 8}.{n & 255}.1")
        log.lines.clear()
        small, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    folding = log.observer._folding
    assert len(folding._networks) == NETWORKS + 1
    assert small < 4 * 1024 * 1024


@pytest.mark.long
@pytest.mark.threat("R11")
def test_a_million_bad_lines_are_under_ten_mebibytes() -> None:
    """At five thousand lines a second, from everywhere."""
    log = Log()
    for n in range(1_000_000):
        log.now = n / 5_000
        log.tell("bad line from {peer}", peer=f"10.{n >> 16 & 15}.{n >> 8 & 255}.{n & 255}")
    assert log.octets < 10 * 1024 * 1024
