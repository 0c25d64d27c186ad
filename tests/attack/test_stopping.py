"""SIGTERM under load (threat O6)."""

import threading
from contextlib import suppress
from pathlib import Path

import pytest

from tests.attack.victim import MORE, Supervised, Talk, Victim


class Load:
    """One client that delivers or appends until the server says goodbye or hangs up."""

    def __init__(self, victim: Victim, number: int) -> None:
        self.acknowledged: list[bytes] = []
        self.last = b""
        self._victim = victim
        self._name = b"%d" % number
        work = self._append if number % 2 else self._deliver
        self.thread = threading.Thread(target=work, daemon=True)
        self.started = threading.Event()
        self.thread.start()

    def _deliver(self) -> None:
        with self._victim.connect("smtp") as talk, suppress(ConnectionError):
            talk.send(b"EHLO client.example.net\r\n")
            talk.until(b"250 ")
            for n in range(100_000):
                mark = b"<%b-%d@load>" % (self._name, n)
                talk.send(
                    b"MAIL FROM:<>\r\nRCPT TO:<ann@example.test>\r\nDATA\r\n"
                    b"Message-ID: %b\r\n\r\nx\r\n.\r\n" % mark
                )
                if not self._answered(talk, mark, (b"250 ", b"250 ", b"354 ", b"250 ")):
                    return

    def _append(self) -> None:
        with self._victim.connect("imap") as talk, suppress(ConnectionError):
            talk.send(b"a LOGIN ann@example.test secret\r\n")
            talk.until(b"a OK")
            for n in range(100_000):
                mark = b"<%b-%d@load>" % (self._name, n)
                letter = b"Message-ID: %b\r\n\r\nx\r\n" % mark
                talk.send(b"b APPEND INBOX {%d+}\r\n%b\r\n" % (len(letter), letter))
                # Our own message is news too: an EXISTS may come first.
                if not self._answered(talk, mark, (b"b OK",)):
                    return

    def _answered(self, talk: Talk, mark: bytes, wanted: tuple[bytes, ...]) -> bool:
        for start in wanted:
            self.last = talk.line()
            while self.last.startswith(b"* ") and not self.last.startswith(b"* BYE"):
                self.last = talk.line()
            if not self.last.startswith(start):
                return False
        self.acknowledged.append(mark)
        self.started.set()
        return True


def kept(victim: Victim) -> list[bytes]:
    """The Message-IDs in ann's INBOX."""
    with victim.connect("imap") as talk:
        talk.send(b"a LOGIN ann@example.test secret\r\nb SELECT INBOX\r\n")
        talk.until(b"b OK")
        talk.send(b"c FETCH 1:* BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]\r\n")
        told = talk.until(b"c OK")
    return [line.split()[1] for line in told if line.startswith(b"Message-ID: ")]


@pytest.mark.threat("O6")
def test_stopped_under_load_nothing_acknowledged_is_lost(tmp_path: Path) -> None:
    """Everybody hears 421 or BYE, the exit is 0 within 30 s, and it is all there afterwards."""
    victim = Supervised(tmp_path, "example.test", more=MORE)
    victim.account("ann")
    victim.start()
    loads = [Load(victim, n) for n in range(6)]
    with victim.connect("imaps") as idle:
        for load in loads:
            assert load.started.wait(30)
        # `stop` waits 40 s at most; the server gives what is in hand 25.
        assert victim.stop() == 0
        assert b"* BYE " in idle.rest()
    for load in loads:
        load.thread.join(10)
        assert not load.thread.is_alive()
        assert load.last[:4] in {b"421 ", b"* BY"}, load.last
    assert not victim.logged("ended unfinished|traceback")
    acknowledged = [mark for load in loads for mark in load.acknowledged]
    victim.start()
    try:
        found = kept(victim)
    finally:
        victim.stop()
    assert len(found) == len(set(found)), "some are there twice"
    assert set(acknowledged) <= set(found)
    # What was in hand and not yet answered may be there: one a client.
    assert len(found) <= len(acknowledged) + len(loads)
