"""The doors with the real directory, intake and store behind them."""

from collections.abc import Coroutine
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from mailsuite.directory.admin import Accounts, Domains, Recipients
from mailsuite.directory.service import Directory
from mailsuite.intake.service import Intake
from mailsuite.smtp.door import SmtpDoor
from mailsuite.smtp.ports import Services
from mailsuite.smtp.sources import Rates, SignedIn, Sources
from mailsuite.store.mailboxes import MailboxRow, list_mailboxes
from mailsuite.store.opening import Store
from mailsuite.store.queue_orders import list_queue
from mailsuite.wire.limits import Limits
from mailsuite.wire.pools import Inline
from mailsuite.wire.tallies import LocalTallies
from tests.dialogue import Dialogues
from tests.smtp.conftest import TLS

HOP = r"Received: by x; Mon, 1 Jun 2026 00:00:00 +0000\r\n"  # escaped, as `C!` takes it


def now(running: Any) -> Any:
    """Return what a coroutine or Deferred gives that waits for nothing."""
    found: list[Any] = []
    deferred = Deferred.fromCoroutine(running) if isinstance(running, Coroutine) else running
    deferred.addCallback(found.append)
    (result,) = found
    return result


@pytest.fixture
def door(store: Store) -> SmtpDoor:
    clock, limits, inline = Clock(), Limits(message_octets=20_000), Inline()
    now(Domains(store).add("example.org"))
    for name, quota in (("ada", 0), ("bo", 500)):
        adding = Accounts(store, inline, limits).add(
            f"{name}@example.org", "a long secret", quota_octets=quota, role="admin"
        )
        now(adding)
    directory = Directory(store, inline, clock, limits=limits, seconds=clock.seconds)  # type: ignore[arg-type]
    intake = Intake(store, directory, inline, clock, hostname="mx.example.org", limits=limits)  # type: ignore[arg-type]
    return SmtpDoor(
        Services(
            "mx.example.org",
            limits,
            directory,
            intake,
            Sources(tallies := LocalTallies(clock.seconds)),
            Rates(clock.seconds, limits),
            SignedIn(limits, tallies),
        )
    )


def inbox(store: Store, account_id: int) -> MailboxRow:
    rows: list[MailboxRow] = now(store.readers.run(list_mailboxes, account_id))
    return next(row for row in rows if row.name == "INBOX")


def test_refusals_are_421() -> None:
    assert SmtpDoor.refusal("Too many connections") == b"421 4.7.0 Too many connections\r\n"


def test_mail_comes_in_and_lies_in_the_inbox(door: SmtpDoor, store: Store) -> None:
    Dialogues(door.mx).dialogue(f"""
        S: 220 ...
        C: EHLO client.example
        S*: 250 ...
        C: MAIL FROM:<x@y.example>
        S: 250 ...
        C: RCPT TO:<nobody@example.org>
        S: 550 5.1.1 ...
        C: RCPT TO:<x@elsewhere.example>
        S: 550 5.7.1 ...
        C: RCPT TO:<postmaster>
        S: 250 ...
        C: RCPT TO:<ada@example.org>
        S: 250 ...
        C: DATA
        S: 354 ...
        C: Subject: hello
        C:
        C: text
        C: .
        S: 250 2.0.0 Ok: queued as t1.1
        C: MAIL FROM:<x@y.example> SIZE=600
        S: 250 ...
        C: RCPT TO:<bo@example.org>
        S: 552 5.2.2 ...
        C: RSET
        S: 250 ...
        C: MAIL FROM:<x@y.example>
        S: 250 ...
        C: RCPT TO:<bo@example.org>
        S: 250 ...
        C: DATA
        S: 354 ...
        C: Subject: too large for bo
        C:
        C: {"x" * 700}
        C: .
        S: 552 5.2.2 ...
        C: QUIT
        S: 221 ...
        S: <closed>
    """)
    assert inbox(store, 1).messages == 1
    assert inbox(store, 2).messages == 0


def test_a_loop_is_refused(door: SmtpDoor, store: Store) -> None:
    """Hop counts are the intake's; the client hears that nothing will change by trying again."""
    Dialogues(door.mx).dialogue(f"""
        S: 220 ...
        C: EHLO x
        S*: 250 ...
        C: MAIL FROM:<>
        S: 250 ...
        C: RCPT TO:<ada@example.org>
        S: 250 ...
        C: DATA
        S: 354 ...
        C!: {HOP * 60}
        C:
        C: .
        S: 554 5.4.6 ...
    """)
    assert inbox(store, 1).messages == 0


def test_a_person_s_mail_leaves_by_the_queue(door: SmtpDoor, store: Store) -> None:
    Dialogues(door.submission, tls=TLS).dialogue("""
        S: 220 ...
        C: EHLO phone
        S*: 250 ...
        C: AUTH LOGIN
        S: 334 VXNlcm5hbWU6
        C: YWRhQGV4YW1wbGUub3Jn
        S: 334 UGFzc3dvcmQ6
        C: YSBsb25nIHNlY3JldA==
        S: 235 ...
        C: MAIL FROM:<bo@example.org>
        S: 553 5.7.1 ...
        C: MAIL FROM:<ada@example.org>
        S: 250 ...
        C: RCPT TO:<x@elsewhere.example>
        S: 250 ...
        C: DATA
        S: 354 ...
        C: From: bo@example.org
        C:
        C: forged
        C: .
        S: 553 5.7.1 ...
        C: MAIL FROM:<ada@example.org>
        S: 250 ...
        C: RCPT TO:<x@elsewhere.example>
        S: 250 ...
        C: RCPT TO:<bo@example.org>
        S: 250 ...
        C: DATA
        S: 354 ...
        C: From: ada@example.org
        C:
        C: hello
        C: .
        S: 250 2.0.0 ...
    """)
    assert inbox(store, 2).messages == 1
    assert len(now(store.readers.run(list_queue, 0, 10))) == 1


def test_mail_for_a_host_that_is_away_waits_as_it_came(door: SmtpDoor, store: Store) -> None:
    """Nobody else there is taken in, and no Delivered-To of ours looks like a loop to that host."""
    now(Domains(store).add("Away.Example", "mx.away.example:2525"))
    now(Recipients(store).add(["ann@away.example", "bob@away.example"]))
    Dialogues(door.mx).dialogue("""
        S: 220 ...
        C: EHLO client.example
        S*: 250 ...
        C: MAIL FROM:<x@y.example>
        S: 250 ...
        C: RCPT TO:<nobody@away.example>
        S: 550 5.1.1 ...
        C: RCPT TO:<Ann@away.example>
        S: 250 ...
        C: RCPT TO:<bob@away.example>
        S: 250 ...
        C: DATA
        S: 354 ...
        C: .
        S: 250 ...
    """)
    (entry,) = now(store.readers.run(list_queue, 0, 10))
    assert [r.address for r in entry.recipients] == ["Ann@away.example", "bob@away.example"]
    assert entry.prefix.startswith(b"Received: ")
    assert b"Delivered-To" not in entry.prefix
