"""A host of ann and bob: mail comes by SMTP, is judged, and lies where IMAP shows it."""

from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from twisted.internet.task import Clock

from mailsuite.directory.service import Directory
from mailsuite.intake.service import Intake
from mailsuite.smtp.door import SmtpDoor
from mailsuite.smtp.ports import Services
from mailsuite.smtp.sources import Rates, SignedIn, Sources
from mailsuite.spam.admin import SpamAdmin
from mailsuite.spam.judge import Spam
from mailsuite.spam.learning import Learner
from mailsuite.store.opening import Store
from mailsuite.wire.limits import Limits
from mailsuite.wire.link import Peer
from mailsuite.wire.pools import Inline
from mailsuite.wire.tallies import LocalTallies
from tests.dialogue import Dialogues
from tests.imap.people import Imap, now

MONEY = """From: Best Offers <win{n}@offers.example>
To: ann@example.test
Subject: FREE MONEY!!! Guaranteed
MIME-Version: 1.0
Content-Type: text/html

<html><body><font color=red>FREE MONEY!!!</font><p>Dear friend number {n}, click here to claim
your free cash, guaranteed, 100% risk free, no obligation. Order now! This is a limited time
offer. To be removed from our mailing list, click here:
<a href="http://192.0.2.1/remove">remove</a></p></body></html>
"""
NOTES = """From: Bob <bob{n}@friends.example>
To: ann@example.test
Subject: Re: minutes of the meeting
In-Reply-To: <{n}@friends.example>

Hi Ann,

thanks for the notes. I think that we should try the patch on the test server first, and
then ask Carol what she wrote about it last week.

Bob {n}
"""


class Host:
    """SMTP and IMAP over one store."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.imap = Imap(store, folder)
        self.clock = Clock()
        self.looks = 0
        clock: Any = self.clock
        self.spam = Spam(store)
        self.learner = Learner(store, Inline(), clock)
        directory = Directory(store, Inline(), clock)
        self.intake = Intake(store, directory, Inline(), clock, hostname="mx.example.test")
        self.intake.court = evolve(self.intake.court, judges=(self.spam,))
        tallies = LocalTallies(clock.seconds)
        limits = Limits()
        services = Services(
            "mx.example.test",
            limits,
            directory,
            self.intake,
            Sources(tallies),
            Rates(clock.seconds, limits),
            SignedIn(limits, tallies),
        )
        self.door = SmtpDoor(services)

    def mail(self, letter: str, n: int = 1, *to: str) -> None:
        """A message from another host, with the answers of RFC 5321."""
        talks = Dialogues(self.door.mx, clock=self.clock, peer=Peer("192.0.2.7", 4000))
        client = talks.client("")
        client.send(b"EHLO client.example\r\nMAIL FROM:<s@sender.example>\r\n")
        for one in to or ("ann@example.test",):
            client.send(f"RCPT TO:<{one}>\r\n".encode())
        text = letter.replace("{n}", str(n)).replace("\n", "\r\n").encode()
        client.send(b"DATA\r\n" + text + b".\r\n")
        assert b"\r\n250 2" in client.wire.take()[-200:]

    def learn(self) -> None:
        """The learner looks."""
        now(self.learner.catch_up())

    def account(self, user: str = "ann") -> int:
        return self.imap.porter.accounts[user].id

    def taught(self, user: str = "ann") -> tuple[int, int]:
        """How many good and unwanted messages an account has taught."""
        status = now(SpamAdmin(self.store).status(self.account(user)))
        return status.good, status.spam

    @property
    def admin(self) -> SpamAdmin:
        return SpamAdmin(self.store)

    def reasons(self, letter: str, n: int) -> str:
        """Mail it, and read what is written on it."""
        self.mail(letter, n)
        self.looks += 1
        client = self.imap.signed_in(f"reads {self.looks}", select="INBOX")
        client.send(b"f UID FETCH * BODY.PEEK[HEADER.FIELDS (X-Spam-Reason)]\r\n")
        return client.wire.take().decode()

    def threshold(self, user: str, given: str) -> None:
        now(SpamAdmin(self.store).set_threshold(self.account(user), given))

    def subjects(self, mailbox: str, user: str = "ann") -> int:
        """How many messages lie there."""
        self.looks += 1
        client = self.imap.signed_in(f"look {self.looks}", user)
        client.send(f'x STATUS "{mailbox}" (MESSAGES)\r\n'.encode())
        said = client.wire.take().decode()
        return int(said.split("MESSAGES ")[1].split(")")[0])


@pytest.fixture
def host(store: Store, tmp_path: Path) -> Host:
    return Host(store, tmp_path)
