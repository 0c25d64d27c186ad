"""INPROGRESS (RFC 9585): every ten seconds while a long command runs, and only then."""

from typing import Any

import pytest
from attrs import evolve
from twisted.internet.defer import Deferred

from mailsuite.imap.commands import store as store_command
from mailsuite.imap.searching import run
from mailsuite.imap.searching.truth import Level
from mailsuite.mailbox import changing
from mailsuite.mailbox.view import MailboxView
from tests.imap.people import LETTER, Imap


class Slow:
    """A job of the store that waits until the test lets it go on."""

    def __init__(self, job: Any) -> None:
        self.job = job
        self.waiting: list[Deferred[None]] = []

    async def __call__(self, *arguments: Any, **more: Any) -> Any:
        turn: Deferred[None] = Deferred()
        self.waiting.append(turn)
        await turn
        return await self.job(*arguments, **more)

    def go_on(self) -> None:
        self.waiting.pop(0).callback(None)


@pytest.fixture
def slow(imap: Imap, monkeypatch: pytest.MonkeyPatch) -> Slow:
    for _ in range(3):
        imap.put()
    imap.signed_in(select="INBOX")
    copying = Slow(changing.copy)
    monkeypatch.setattr(changing, "copy", copying)
    return copying


def test_a_command_without_counts(imap: Imap, slow: Slow) -> None:
    imap.dialogue("""
        C: A001 COPY 1:3 Trash
        T: 9
        T: 2
        S: * OK [INPROGRESS ("A001" NIL NIL)] Still working
        T: 10
        S: * OK [INPROGRESS ("A001" NIL NIL)] Still working
    """)
    slow.go_on()
    imap.dialogue("""
        S: A001 OK [COPYUID ...
        T: 30
        C: b NOOP
        S: b OK ...
    """)


def test_a_tag_that_would_end_the_code_is_not_told(imap: Imap, slow: Slow) -> None:
    """RFC 9585 §4."""
    imap.dialogue("""
        C: A]1 COPY 1:3 Trash
        T: 11
        S: * OK [INPROGRESS (NIL NIL NIL)] Still working
    """)
    slow.go_on()
    imap.dialogue("S: A]1 OK ...")


def test_a_command_that_counts(imap: Imap, slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 9585 §3, with a goal; of what is not begun and what is done nothing is said of it."""
    storing = Slow(changing.store_step)
    monkeypatch.setattr(store_command, "store_step", storing)
    monkeypatch.setattr(changing, "STEP", 1)
    imap.dialogue(r"""
        C: a STORE 1:3 +FLAGS.SILENT (\Seen)
        T: 11
        S: * OK [INPROGRESS ("a" NIL NIL)] Still working
    """)
    storing.go_on()
    imap.dialogue("""
        T: 10
        S: * OK [INPROGRESS ("a" 1 3)] Still working
    """)
    storing.go_on()
    storing.go_on()
    imap.dialogue("S: a OK ...")


def test_an_expunge_counts(imap: Imap, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        imap.put("INBOX", LETTER, r"\Deleted")
    imap.signed_in(select="INBOX")
    writing = Slow(MailboxView.write)
    monkeypatch.setattr(MailboxView, "write", lambda *arguments: writing(*arguments))  # noqa: PLW0108 - a function is bound as a method
    monkeypatch.setattr(changing, "STEP", 1)
    imap.dialogue("C: a EXPUNGE")
    writing.go_on()
    imap.dialogue("""
        S: * 1 EXPUNGE
        T: 11
        S: * OK [INPROGRESS ("a" 1 3)] Still working
    """)
    writing.go_on()
    writing.go_on()
    imap.dialogue("""
        S: * 1 EXPUNGE
        S: * 1 EXPUNGE
        S: a OK ...
    """)


def test_a_search_counts(imap: Imap, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the messages that have to be looked at."""
    for _ in range(3):
        imap.put()
    imap.signed_in(select="INBOX")
    reading = Slow(MailboxView.read)
    monkeypatch.setattr(MailboxView, "read", lambda *job: Deferred.fromCoroutine(reading(*job)))
    monkeypatch.setitem(run.SIZES, Level.OCTETS, 1)
    imap.dialogue("C: a SEARCH BODY lunch")
    reading.go_on()  # the arrays
    reading.go_on()  # the first message
    imap.dialogue("""
        T: 11
        S: * OK [INPROGRESS ("a" 1 3)] Still working
    """)
    reading.go_on()
    reading.go_on()
    imap.dialogue("""
        S: * SEARCH
        S: a OK ...
    """)


def test_whoever_does_not_see_it_is_not_told(imap: Imap, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = imap.porter.accounts["ann"]
    imap.porter.accounts["ann"] = evolve(ann, hidden=frozenset({b"INPROGRESS"}))
    imap.put()
    imap.signed_in(select="INBOX")
    copying = Slow(changing.copy)
    monkeypatch.setattr(changing, "copy", copying)
    imap.dialogue("""
        C: a COPY 1 Trash
        T: 60
    """)
    copying.go_on()
    imap.dialogue("S: a OK ...")
