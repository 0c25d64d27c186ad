"""People are told in words, once, and also when there is no room."""

import email
import email.policy

import pytest
from twisted.internet.task import Clock

from mailsuite.directory.identity import Inbox
from mailsuite.errors import OverQuota
from mailsuite.mailbox.quota_warnings import EVERY_SECONDS, QuotaWarnings, warning
from mailsuite.store.opening import Store
from mailsuite.store.quota_warnings import Crossing
from tests.store.mail import Mail


class Post:
    """What was sent, to whom."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes, int]] = []
        self.full = False

    async def report(self, recipient: str, message: bytes, trace: str, *, overdraft: int) -> None:
        assert trace
        if self.full:
            raise OverQuota
        self.sent.append((recipient, message, overdraft))


@pytest.fixture
def mail(store: Store) -> Mail:
    return Mail(store, quota_messages=10)


def inbox(mail: Mail, used: int) -> Inbox:
    return Inbox(mail.account, "ann", 0, 10 - used, 0, 10)


def made(mail: Mail, clock: Clock | None = None) -> tuple[QuotaWarnings, Post]:
    post = Post()
    return QuotaWarnings(mail.store, post, clock or Clock(), "mail.example.test", (80, 95)), post


def test_a_delivery_over_a_threshold_tells_once(mail: Mail) -> None:
    warnings, post = made(mail)
    mail.put(8)
    warnings.delivered(inbox(mail, 7), 100)
    [(recipient, message, overdraft)] = post.sent
    assert recipient == "ann@example.test"
    assert overdraft > len(message)
    mail.put(1)
    warnings.delivered(inbox(mail, 8), 100)
    mail.put(1)
    warnings.delivered(inbox(mail, 9), 100)
    assert len(post.sent) == 2


def test_below_a_threshold_the_store_is_not_asked(
    mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    warnings, post = made(mail)
    monkeypatch.setattr(mail.store.writer, "run", None)
    warnings.delivered(inbox(mail, 3), 100)
    assert post.sent == []


def test_what_came_by_other_ways_is_found_within_the_hour(mail: Mail) -> None:
    clock = Clock()
    warnings, post = made(mail, clock)
    mail.put(9)
    warnings.start()
    clock.advance(EVERY_SECONDS)
    assert len(post.sent) == 1
    clock.advance(EVERY_SECONDS)
    assert len(post.sent) == 1
    warnings.stop()
    assert clock.getDelayedCalls() == []


def test_who_cannot_be_told_stops_nobody_else(mail: Mail) -> None:
    warnings, post = made(mail)
    post.full = True
    mail.put(9)
    warnings.delivered(inbox(mail, 8), 100)
    assert post.sent == []


def test_it_is_a_message_in_plain_words() -> None:
    crossing = Crossing("jörg@example.test", 95, 96 << 20, 100 << 20, 5, 0)
    octets = warning(crossing, "mail.example.test", 1_700_000_000, b"\x01\x02")
    found = email.message_from_bytes(octets, policy=email.policy.default)
    assert found["Subject"] == "Your mailbox is over 95 % full"
    assert found["Auto-Submitted"] == "auto-generated"
    assert "It holds 96.0 of 100.0 MiB." in found.get_content()
    full = warning(Crossing("a@b.test", 100, 1, 1, 0, 0), "x.test", 0, b"")
    assert b"Subject: Your mailbox is full\r\n" in full
