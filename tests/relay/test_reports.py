"""What senders are told: once, what they asked for, and never the null sender."""

import email
from typing import Any

import pytest

from mailsuite.errors import NoSuchUser, Unavailable
from mailsuite.relay.restraint import WINDOW_SECONDS
from mailsuite.relay.settings import RelaySettings
from mailsuite.store.opening import Store
from mailsuite.store.queue import UNREPORTED
from tests.relay.world import DAY, HOUR, World


def test_a_delay_is_told_once_after_four_hours(world: World) -> None:
    world.dns.host("there.test", "8.8.8.8")
    world.start()
    world.queue("bob@there.test")
    world.pass_time(4 * HOUR - 100)
    assert world.intake.reports == []
    world.pass_time(200)
    assert len(world.intake.reports) == 1
    world.pass_time(20 * HOUR, step=300)
    assert len(world.intake.reports) == 1
    message = email.message_from_bytes(world.intake.reports[0][1])
    assert "Will-Retry-Until" in str(message)


def test_no_delay_is_told_where_it_is_switched_off(store: Store) -> None:
    world = World(store, RelaySettings("us.test", delay_warning=0))
    world.dns.host("there.test", "8.8.8.8")
    world.start()
    world.queue("bob@there.test")
    world.pass_time(10 * HOUR, step=300)
    assert world.intake.reports == []


def test_a_refusal_comes_back_in_plain_words(world: World) -> None:
    sink = world.host("there.test")
    sink.say("RCPT", b"550 5.1.1 no such user here\r\n")
    world.start()
    world.queue("bob@there.test")
    ((to, octets),) = world.intake.reports
    assert to == "ann@us.test"
    message: Any = email.message_from_bytes(octets)
    text = message.get_payload(0).get_payload(decode=True).decode()
    assert "bob@there.test" in text
    assert "mx.there.test said:" in text
    assert "no such user here" in text
    assert "Check it for typing errors" in text
    assert world.entries() == []


@pytest.mark.threat("S10")
def test_nothing_is_ever_told_to_the_null_sender(world: World) -> None:
    world.host("there.test").say("RCPT", b"550 5.1.1 no\r\n")
    world.dns.host("down.test", "8.8.8.9")
    world.start()
    for notify in ("", "SUCCESS,FAILURE,DELAY"):
        world.queue("bob@there.test", reverse_path="", notify=notify)
        world.queue("bob@down.test", reverse_path="", notify=notify)
    world.pass_time(6 * DAY, step=1800)
    assert world.intake.reports == []
    assert world.entries() == []


NOTIFIES = [
    "",
    "NEVER",
    "SUCCESS",
    "FAILURE",
    "DELAY",
    "SUCCESS,FAILURE",
    "SUCCESS,DELAY",
    "FAILURE,DELAY",
    "SUCCESS,FAILURE,DELAY",
]


@pytest.mark.parametrize("ret", ["", "FULL", "HDRS"])
@pytest.mark.parametrize("notify", NOTIFIES)
def test_every_notify_and_ret_is_honoured(world: World, notify: str, ret: str) -> None:
    """RFC 3461 §4.1, §4.3: what is asked for comes, nothing else."""
    plain = tuple(keyword for keyword in ("PIPELINING", "8BITMIME"))
    world.host("ok.test", "8.8.8.1", extensions=plain)
    world.host("no.test", "8.8.8.2", extensions=plain).say("RCPT", b"550 5.1.1 no\r\n")
    world.dns.host("slow.test", "8.8.8.3")
    world.start()
    for domain in ("ok.test", "no.test", "slow.test"):
        world.queue(
            f"bob@{domain}", notify=notify, ret=ret, envid="env-1", orcpt=f"rfc822;old@{domain}"
        )
    world.pass_time(5 * HOUR, step=300)
    told = {}
    for _, octets in world.intake.reports:
        message: Any = email.message_from_bytes(octets)
        status = message.get_payload(1).get_payload()
        told[status[1]["Action"]] = message
        assert status[0]["Original-Envelope-Id"] == "env-1"
        assert status[1]["Original-Recipient"].startswith("rfc822; old@")
    words = notify.split(",") if notify else ["FAILURE", "DELAY"]
    expected = {"SUCCESS": "relayed", "FAILURE": "failed", "DELAY": "delayed"}
    assert set(told) == {action for word, action in expected.items() if word in words}
    for action, message in told.items():
        returned = message.get_payload(2)
        whole = ret == "FULL" and action == "failed"
        assert returned.get_content_type() == ("message/rfc822" if whole else "text/rfc822-headers")
        assert ("the text itself" in str(message)) == whole


def test_a_host_that_reports_itself_is_left_to_it(world: World) -> None:
    """RFC 3461 §5.2.2: with DSN offered, success is the next host's to tell."""
    sink = world.host("there.test")
    world.start()
    world.queue("bob@there.test", notify="SUCCESS")
    assert sink.mails[0].recipients[0].endswith(b"NOTIFY=SUCCESS")
    assert world.intake.reports == []


def test_a_delivery_in_our_own_mailboxes_is_told_where_it_was_asked_for(world: World) -> None:
    world.start()
    world.queue("bob@us.test", notify="SUCCESS", state="delivered")
    world.queue("carl@us.test", notify="FAILURE", state="delivered")
    world.pass_time(61)
    ((_, octets),) = world.intake.reports
    assert b"Action: delivered" in octets
    assert b"bob@us.test" in octets
    assert world.entries() == []


def test_a_group_is_told_as_expanded(world: World) -> None:
    """RFC 3464 §2.3.3: passed on to several, of whom no success is told."""
    world.start()
    world.queue("team@us.test", notify="SUCCESS", state="expanded")
    world.pass_time(61)
    ((_, octets),) = world.intake.reports
    assert b"Action: expanded\r\n" in octets
    assert b"Status: 2.0.0\r\n" in octets
    assert world.entries() == []


@pytest.mark.threat("S10")
def test_one_sender_gets_so_many_reports_an_hour_and_the_rest_afterwards(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stolen account's bounces flood nobody, and nobody else waits for them."""
    monkeypatch.setattr("mailsuite.relay.restraint.REPORTS", 5)
    monkeypatch.setattr("mailsuite.store.queue.UNREPORTED", UNREPORTED.limit(3))
    world.host("there.test").say("RCPT", b"550 5.1.1 no\r\n")
    world.start()
    for _ in range(12):
        world.queue("bob@there.test")
    world.queue("bob@there.test", reverse_path="carl@us.test")
    told = [sender for sender, _ in world.intake.reports]
    assert told == ["ann@us.test"] * 5 + ["carl@us.test"]
    world.intake.error = Unavailable()
    world.queue("bob@there.test", reverse_path="carl@us.test")
    world.intake.error = None
    world.pass_time(61)
    assert [sender for sender, _ in world.intake.reports].count("carl@us.test") == 2
    world.pass_time(3 * HOUR)
    assert len(world.intake.reports) == 14
    assert world.entries() == []


def test_a_report_that_cannot_be_stored_now_is_stored_later(world: World) -> None:
    world.host("there.test").say("RCPT", b"550 5.1.1 no\r\n")
    world.start()
    world.intake.error = Unavailable()
    world.queue("bob@there.test")
    assert world.states() == ["failed"]
    world.intake.error = None
    world.pass_time(61)
    assert len(world.intake.reports) == 1
    assert world.entries() == []


def test_a_report_that_nobody_can_receive_is_the_end(world: World) -> None:
    world.host("there.test").say("RCPT", b"550 5.1.1 no\r\n")
    world.start()
    world.intake.error = NoSuchUser()
    world.queue("bob@there.test")
    assert world.entries() == []


MOST = 5  # reports to strangers an hour


@pytest.mark.threat("S10")
def test_ten_thousand_forged_senders_of_forwarded_mail_hear_little(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the next host takes for spam is told to nobody; of other failures a bounded number."""
    sink = world.host("there.test")
    sink.say("RCPT", b"550 5.7.1 looks like spam\r\n")
    monkeypatch.setattr("mailsuite.relay.restraint.TO_STRANGERS", MOST)
    world.start()
    for n in range(20):
        world.queue("bob@there.test", reverse_path=f"forged{n}@x.test", account_id=None)
    assert (world.entries(), world.intake.reports) == ([], [])
    sink.say("RCPT", b"550 5.1.1 no such user\r\n")
    for n in range(MOST + 5):
        world.queue("bob@there.test", reverse_path=f"forged{n}@x.test", account_id=None)
    assert world.entries() == []
    assert len(world.intake.reports) == MOST
    world.clock.advance(WINDOW_SECONDS)
    world.queue("bob@there.test", reverse_path="forged@x.test", account_id=None)
    world.queue("bob@there.test", reverse_path="ann@us.test", account_id=1)
    assert len(world.intake.reports) == MOST + 2
