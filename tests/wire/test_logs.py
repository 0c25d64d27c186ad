"""One event is one line, whatever a peer put into it."""

import json
from threading import Thread
from typing import Any, cast

import pytest
from twisted.logger import ILogObserver, Logger, LogLevel
from twisted.python.failure import Failure

from mailsuite.wire.logs import FIELD_CHARACTERS, Lines, clean

HOSTILE = "".join(map(chr, range(0x20))) + "\x7f\x9b31m\u202e\u2028\u2066\ufeff\ud800end"


def told(**event):
    lines: list[str] = []
    Lines(**event.pop("lines", {}), write=lines.append)(
        {
            "log_time": 1_800_000_000.5,
            "log_level": LogLevel.info,
            "log_namespace": "mailsuite.test",
            **event,
        }
    )
    return lines


@pytest.mark.threat("O1")
@pytest.mark.parametrize("form", ["logfmt", "json"])
@pytest.mark.parametrize("value", [HOSTILE, HOSTILE.encode("utf-8", "surrogatepass")])
def test_hostile_fields_stay_on_their_line(form, value):
    """No second line, no escape sequence, no mark that turns the text around."""
    (line,) = told(
        lines={"format": form}, log_format="hello {name}", name=value, trace=value, who=value
    )
    assert line.endswith("\n")
    assert all(c.isprintable() for c in line[:-1])


@pytest.mark.threat("O1")
def test_fields_are_cut():
    (line,) = told(log_format="x", name="y" * 10_000)
    assert len(line) < FIELD_CHARACTERS + 200
    assert "…" in line


def test_a_line_is_logfmt_with_time_in_utc_and_the_trace():
    (line,) = told(log_format="took {count}", count=3, trace="ab12", said='say "hi"')
    assert line == (
        "time=2027-01-15T08:00:00.500Z level=info at=mailsuite.test trace=ab12 "
        'event="took 3" count=3 said="say \\"hi\\""\n'
    )


def test_json_by_a_key():
    (line,) = told(lines={"format": "json"}, log_format="took {count}", count=3)
    found = json.loads(line)
    assert (found["event"], found["count"], found["level"]) == ("took 3", 3, "info")


def test_chatter_of_twisted_is_left_out_and_its_warnings_are_not():
    assert told(log_namespace="twisted.internet.tcp.Port", log_format="starting") == []
    assert len(told(log_namespace="log_legacy", log_level=LogLevel.critical, log_format="x")) == 1


def test_a_level_is_kept():
    assert told(lines={"level": "warn"}, log_format="x") == []


@pytest.mark.threat("O2")
def test_a_traceback_tells_places_and_no_values():
    def fails(password):
        raise RuntimeError("boom")

    try:
        fails("marker-secret")
    except RuntimeError:
        failure = Failure()
    (line,) = told(log_format="bug", log_level=LogLevel.critical, log_failure=failure)
    assert 'error="RuntimeError: boom"' in line
    assert "fails" in line
    assert "marker-secret" not in line


def test_an_event_that_cannot_be_told_says_so():
    class Broken(str):
        __slots__ = ()

        def __str__(self):
            raise ValueError("no")

    (line,) = told(log_format="x", name=Broken("y"))
    assert "could not be told" in line


def test_what_is_no_plain_value_is_told_by_its_words_only():
    (line,) = told(log_format="got {thing}", thing=[1, 2])
    assert 'event="got [1, 2]"' in line
    assert "thing=" not in line


def test_octets_are_shown_and_never_decoded_on_a_guess():
    assert clean(b"a\xff\x00") == "a\\xff\\x00"


def test_a_logger_reaches_it():
    lines: list[str] = []
    log = Logger("mailsuite.x", observer=cast("ILogObserver", Lines(write=lines.append)))
    log.info("hello {name}", name="you")
    assert lines[0].endswith('at=mailsuite.x event="hello you" name=you\n')


class TestAfterwards:
    """Ordinary events of the reactor thread wait for the end of its turn; nothing else does."""

    def setup_method(self):
        self.turn: list[Any] = []
        self.lines: list[str] = []
        self.observer = Lines(write=self.lines.append, afterwards=self.turn.append)
        self.log = Logger(namespace="mailsuite.test", observer=cast("ILogObserver", self.observer))

    def said(self):
        return [line.split("event=")[1].split()[0] for line in "".join(self.lines).splitlines()]

    def test_one_write_for_all_of_a_turn(self):
        self.log.info("one")
        self.log.info("two")
        assert (self.lines, len(self.turn)) == ([], 1)
        self.turn.pop()()
        assert (self.said(), len(self.lines)) == (["one", "two"], 1)
        self.log.info("three")
        assert len(self.turn) == 1

    def test_trouble_is_told_at_once_and_in_order(self):
        self.log.info("one")
        self.log.warn("trouble")
        assert self.said() == ["one", "trouble"]
        self.turn.pop()()
        assert self.said() == ["one", "trouble"]

    def test_another_thread_waits_for_no_turn(self):
        self.log.info("one")
        thread = Thread(target=self.log.info, args=("elsewhere",))
        thread.start()
        thread.join()
        assert self.said() == ["elsewhere"]

    def test_the_end_leaves_nothing_behind(self):
        self.log.info("one")
        self.observer.tell_rest()
        self.log.info("two")
        assert self.said() == ["one", "two"]
