"""From the end of data to the store: what is kept, where, and what is refused."""

import random
import tracemalloc
from typing import Any

import pytest
from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from mailsuite.errors import (
    BadMessage,
    MailError,
    MessageTooBig,
    NoSuchUser,
    NotYourAddress,
    OverQuota,
    RelayDenied,
    StoreFull,
    Unavailable,
)
from mailsuite.intake.envelope import Accepted, Kind
from mailsuite.intake.service import Intake
from mailsuite.message.addresses import Address
from mailsuite.relay.reports import Reporter
from mailsuite.relay.settings import RelaySettings
from mailsuite.store.accounts import add_account_address, change_quota
from mailsuite.wire.limits import Limits
from mailsuite.wire.spool import MEMORY_OCTETS
from tests.intake.conftest import House, settled
from tests.message.corpus import messages
from tests.store.letters import done

MAIL = b"From: s@sender.example\r\nSubject: x\r\n\r\nbody\r\n"


def test_a_message_from_outside_is_stored_as_it_came_behind_its_trace(house: House) -> None:
    assert house.mail(MAIL).trace == "t-1"
    assert house.one() == (
        b"Return-Path: <s@sender.example>\r\n"
        b"Delivered-To: me@example.test\r\n"
        b"Received: from client.example ([192.0.2.7])\r\n"
        b"\tby mx.example.test with ESMTPS tls TLS_AES_256_GCM_SHA384\r\n"
        b"\tid t-1\r\n"
        b"\tfor <me@example.test>;\r\n"
        b"\tFri, 15 Jan 2027 08:00:00 +0000\r\n" + MAIL
    )
    assert house.queued() == []
    ((kind, who, words),) = house.events()
    assert (kind, who) == ("accepted", "s@sender.example")
    assert "1 stored, 0 queued" in words


def test_every_message_comes_back_byte_for_byte(house: House) -> None:
    """Mail as it is; what still has a bare CR is refused, as it would be on the wire."""
    for name, octets in messages()[:120]:
        if octets.count(b"\r") != octets.count(b"\r\n"):
            with pytest.raises(BadMessage):
                house.mail(octets)
            continue
        house.mail(octets)
        _, stored = house.stored()[-1]
        trace, _, rest = stored.partition(b" +0000\r\n")
        assert trace.startswith(b"Return-Path: <s@sender.example>\r\n"), name
        assert rest == octets, name


def test_one_copy_an_account_however_it_was_addressed(house: House) -> None:
    to = house.envelope("me@example.test", "mine@example.test", "team@example.test")
    house.accept(house.source(), to, MAIL)
    owners = [owner for owner, _ in house.stored()]
    assert len(owners) == len(set(owners)) == 2
    # Who the others were is told to nobody.
    assert all(b"for <" not in octets for _, octets in house.stored())
    assert all(b"team@" not in octets for _, octets in house.stored())


def test_an_alias_elsewhere_keeps_the_reverse_path(house: House) -> None:
    to = house.recipient("away@example.test", notify=frozenset({"FAILURE", "DELAY"}))
    house.accept(house.source(), evolve(house.envelope(to), ret="HDRS", envid="e1"), MAIL)
    (entry,) = house.queued()
    (there,) = entry.recipients
    assert (entry.reverse_path, entry.ret, entry.envid) == ("s@sender.example", "HDRS", "e1")
    assert (there.address, there.domain) == ("far@elsewhere.example", "elsewhere.example")
    assert (there.notify, there.orcpt) == ("DELAY,FAILURE", "rfc822;away@example.test")
    assert entry.prefix.startswith(b"Delivered-To: away@example.test\r\nReceived: ")
    assert entry.expires == 1_800_000_000 + 5 * 24 * 3600
    assert house.stored() == []


def test_a_submission_goes_to_people_here_and_elsewhere_at_once(house: House) -> None:
    far = house.recipient("far@müller.example", orcpt="rfc822;x@y")
    house.submit(b"From: me@example.test\r\n" + MAIL[24:], "you@example.test", far)
    (entry,) = house.queued()
    assert entry.account_id == house.me.id
    assert [(r.address, r.domain, r.orcpt) for r in entry.recipients] == [
        ("far@xn--mller-kva.example", "xn--mller-kva.example", "rfc822;x@y")
    ]
    assert len(house.stored()) == 1


@pytest.mark.threat("S1")
@pytest.mark.parametrize(
    "text", ["a%b@elsewhere.example", '"a@example.test"@elsewhere.example', "a@[192.0.2.1]"]
)
def test_nobody_relays_without_signing_in(house: House, text: str) -> None:
    to = house.envelope(house.recipient(text), "me@example.test")
    with pytest.raises(RelayDenied):
        house.accept(house.source(), to, MAIL)
    assert house.stored() == []
    assert house.queued() == []


@pytest.mark.parametrize("eightbit", [b"", b"\xc3\xa4"])
@pytest.mark.parametrize("asked", [False, True])
def test_the_queue_knows_what_the_next_host_must_understand(
    house: House, eightbit: bytes, asked: bool
) -> None:
    octets = b"From: me@example.test\r\nSubject: " + eightbit + b"\r\n\r\nbody\r\n"
    to = house.envelope("far@elsewhere.example", sender="me@example.test")
    house.accept(house.source(Kind.SUBMISSION), evolve(to, smtputf8=asked), octets)
    (entry,) = house.queued()
    assert entry.eightbit == bool(eightbit)
    assert entry.smtputf8 == (asked and bool(eightbit))


def test_an_international_recipient_needs_smtputf8(house: House) -> None:
    to = house.envelope("ä@elsewhere.example", sender="me@example.test")
    mail = b"From: me@example.test\r\n\r\n"
    house.accept(house.source(Kind.SUBMISSION), evolve(to, smtputf8=True), mail)
    (entry,) = house.queued()
    assert entry.smtputf8
    assert entry.recipients[0].orcpt == "utf-8;ä@elsewhere.example"


def test_whoever_signed_in_may_hear_of_success(house: House) -> None:
    """The relay tells it at its next sweep; until then it is on disk with the message."""
    you = house.recipient("you@example.test", notify=frozenset({"SUCCESS"}))
    house.submit(b"From: me@example.test\r\n\r\n", you)
    (entry,) = house.queued()
    (told,) = entry.recipients
    assert (told.address, told.state, told.finished) == ("you@example.test", "delivered", 0)
    assert "1 stored, 0 queued" in house.events()[0][2]
    reporter = Reporter(house.store, house.intake, RelaySettings(hostname="mx.example.test"))
    settled(reporter.tell_all_ends())
    assert house.queued() == []
    owner, report = house.stored()[-1]
    assert owner == house.me.id
    assert report.startswith(b"Return-Path: <>\r\n")
    assert b"\r\nFinal-Recipient: rfc822;you@example.test\r\n" in report.replace(b"; ", b";")
    assert b"\r\nAction: delivered\r\n" in report


@pytest.mark.parametrize(
    ("asked", "passed_on"),
    [("SUCCESS", "NEVER"), ("SUCCESS,FAILURE", "FAILURE"), ("FAILURE", "FAILURE"), ("", "")],
)
def test_of_a_group_it_is_told_that_it_was_expanded(
    house: House, asked: str, passed_on: str
) -> None:
    """RFC 3461 §5.2.7.3 (c): nobody is told who is behind it, nor of each one's success."""
    words = frozenset(asked.split(",")) if asked else frozenset()
    house.submit(
        b"From: me@example.test\r\n\r\n", house.recipient("team@example.test", notify=words)
    )
    people = [person for entry in house.queued() for person in entry.recipients]
    (far,) = [person for person in people if person.state == "waiting"]
    assert (far.address, far.notify) == ("far@elsewhere.example", passed_on)
    told = [(person.address, person.state) for person in people if person.state != "waiting"]
    assert told == ([("team@example.test", "expanded")] if "SUCCESS" in asked else [])
    assert "2 stored, 1 queued" in house.events()[0][2]


def test_an_alias_with_one_target_passes_on_what_was_asked(house: House) -> None:
    """RFC 3461 §5.2.7.2."""
    asked = house.recipient("away@example.test", notify=frozenset({"SUCCESS", "DELAY"}))
    house.submit(b"From: me@example.test\r\n\r\n", asked)
    (entry,) = house.queued()
    assert [(one.state, one.notify) for one in entry.recipients] == [("waiting", "DELAY,SUCCESS")]


@pytest.mark.threat("S10")
def test_a_stranger_hears_nothing_of_success(house: House) -> None:
    """Its reverse-path may be anybody's."""
    you = house.recipient("you@example.test", notify=frozenset({"SUCCESS"}))
    house.accept(house.source(), house.envelope(you), MAIL)
    assert house.queued() == []


def test_a_report_comes_from_the_null_sender(house: House) -> None:
    settled(house.intake.report("me@example.test", b"Subject: Undelivered\r\n\r\n", "t-9"))
    assert house.one() == (
        b"Return-Path: <>\r\nDelivered-To: me@example.test\r\nSubject: Undelivered\r\n\r\n"
    )
    settled(house.intake.report("far@elsewhere.example", b"Subject: x\r\n\r\n", "t-9"))
    (entry,) = house.queued()
    assert (entry.reverse_path, entry.recipients[0].notify) == ("", "NEVER")
    for nobody in ("gone@example.test", "no address"):
        with pytest.raises(NoSuchUser):
            settled(house.intake.report(nobody, b"Subject: x\r\n\r\n", "t-9"))


def test_too_big(house: House) -> None:
    with pytest.raises(MessageTooBig):
        house.mail(MAIL + b"x" * 2_000_000)


def test_a_large_message_goes_through_a_file_and_comes_back(house: House) -> None:
    octets = b"Subject: large\r\n\r\n" + b"0123456789abcde\r\n" * 40_000
    assert len(octets) > 2 * MEMORY_OCTETS
    house.mail(octets)
    assert house.one().endswith(octets)
    house.submit(octets.replace(b"Subject", b"From: me@example.test\r\nBcc: x@y\r\nSubject", 1))
    assert house.stored()[-1][1].endswith(octets)


def test_an_empty_message_is_a_message(house: House) -> None:
    house.mail(b"")
    assert house.one().endswith(b"+0000\r\n")


def test_nothing_comes_in_when_room_is_short(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        raise StoreFull

    monkeypatch.setattr(house.store.space, "admit", full)
    with pytest.raises(StoreFull):
        house.intake.spool()


class Never:
    """A pool that has too much to do."""

    def run(self, *_args: Any, **_kwargs: Any) -> Deferred[Any]:
        return Deferred()

    def stop(self) -> None:
        """Nothing runs."""


@pytest.mark.threat("S8")
def test_what_takes_too_long_is_deferred_and_not_stored(house: House) -> None:
    """After ten seconds the sender hears 4xx, and no copy of its message is left behind."""
    clock: Any = Clock()  # zope's interfaces say nothing to the type checker
    intake = Intake(house.store, house.directory, Never(), clock, hostname="mx.example.test")
    spool = intake.spool()
    settled(spool.append(MAIL))
    running = Deferred.fromCoroutine(
        intake.accept(house.source(), house.envelope("me@example.test"), spool)
    )
    failures: list[Any] = []
    running.addErrback(failures.append)
    clock.advance(9.9)
    assert not failures
    clock.advance(0.2)
    assert failures[0].check(Unavailable)
    assert house.stored() == []


@pytest.mark.threat("S2")
@pytest.mark.parametrize(
    ("sender", "header"),
    [
        ("me@example.test", b"From: you@example.test"),
        ("you@example.test", b"From: me@example.test"),
        ("me@example.test", b"From: me@example.test, you@example.test"),
        ("me@example.test", b"From: me@example.test\r\nSender: you@example.test"),
        ("me@example.test", b"From: me@example.test\r\nFrom: you@example.test"),
        ("me@example.test", b"FROM : you@example.test"),
        ("me@example.test", b"From:\r\n you@example.test"),
        ("me@example.test", b"From: me@example.test <you@example.test>"),
        ("me@example.test", b'From: "me@example.test" <you@example.test>'),
        ("me@example.test", b"From: x: me@example.test, you@example.test;"),
        ("me@example.test", b"From: x:;"),
        ("me@example.test", b"From: me"),
        ("me@example.test", b"From: <@example.test:me@example.test>"),
        ("me@example.test", b"From: me@example.test.evil.example"),
        ("me@example.test", b"From: team@example.test"),
        ("team@example.test", b"From: me@example.test"),
    ],
)
def test_nobody_sends_as_somebody_else(house: House, sender: str, header: bytes) -> None:
    with pytest.raises(NotYourAddress):
        house.submit(header + b"\r\n\r\n", sender=sender)
    assert house.stored() == []


@pytest.mark.threat("S2")
@pytest.mark.parametrize(
    ("sender", "header"),
    [
        ("me@example.test", b"From: me@example.test"),
        ("ME@Example.Test", b"From: Me <mE@EXAMPLE.test>"),
        ("other@example.test", b"From: me@example.test, other@example.test"),
        ("mine@example.test", b"From: me+tag@example.test\r\nSender: mine@example.test"),
        ("me@example.test", b"From: all: me@example.test;"),
    ],
)
def test_every_address_of_ones_own_may_be_sent_from(
    house: House, sender: str, header: bytes
) -> None:
    house.submit(header + b"\r\n\r\n", sender=sender)
    assert len(house.stored()) == 1


def test_a_signed_in_account_is_needed_for_submission(house: House) -> None:
    with pytest.raises(NotYourAddress):
        house.accept(
            house.source(Kind.SUBMISSION, account=None),
            house.envelope("you@example.test", sender="me@example.test"),
            b"From: me@example.test\r\n\r\n",
        )


def test_the_null_sender_may_submit(house: House) -> None:
    """Read receipts have no reverse-path (RFC 8098 §3)."""
    to = house.envelope("you@example.test", sender=None)
    house.accept(house.source(Kind.SUBMISSION), to, b"From: me@example.test\r\n\r\n")
    assert house.one().startswith(b"Return-Path: <>\r\n")


@pytest.mark.parametrize("octets", [b"Subject: x\n\r\n", b"Subject: x\r\r\n\r\n", b"\r\n\0"])
def test_what_is_refused_leaves_nothing(house: House, octets: bytes) -> None:
    with pytest.raises(BadMessage):
        house.mail(octets)
    assert house.stored() == []
    assert house.events() == []


def test_a_spool_that_is_gone_is_refused(house: House) -> None:
    spool = house.intake.spool()
    settled(spool.append(MAIL))
    spool.discard()
    with pytest.raises(MailError):
        settled(house.intake.accept(house.source(), house.envelope("me@example.test"), spool))


NOISE = random.Random(6).randbytes(600_000).hex().encode()
LARGE = b"Subject: large\r\n\r\n" + b"".join(
    NOISE[at : at + 76] + b"\r\n" for at in range(0, len(NOISE), 76)
)


def bodies(house: House) -> list[object]:
    """Every file of a body, temporary ones too."""
    return [path for path, _, _ in house.store.large.listing()]


@pytest.mark.threat("S2")
def test_a_large_message_in_anothers_name_leaves_no_file(house: House) -> None:
    """Or whoever has an account could fill the disk with what is refused."""
    with pytest.raises(NotYourAddress):
        house.submit(b"From: you@example.test\r\n" + LARGE)
    assert bodies(house) == []
    house.submit(b"From: me@example.test\r\n" + LARGE)
    assert len(bodies(house)) == 1


def test_a_large_submission_is_completed_as_a_small_one(house: House) -> None:
    house.submit(b"From: me@example.test\r\nBcc: you@example.test\r\n" + LARGE)
    stored = house.one()
    assert stored.endswith(b"\r\nFrom: me@example.test\r\n" + LARGE)
    assert b"Message-ID: <" in stored
    assert b"Bcc" not in stored
    assert list((house.store.data_dir / "spool").iterdir()) == []


def test_a_large_message_is_never_all_in_memory(house: House) -> None:
    """Not while it is looked at, nor while its header is edited, hashed and compressed."""
    octets = b"Subject: large\r\n\r\n" + LARGE[18:] * 6
    house.intake.configure("mx.example.test", Limits(message_octets=20_000_000), 3_600)
    spool = house.intake.spool()
    for at in range(0, len(octets), 100_000):
        settled(spool.append(octets[at : at + 100_000]))
    envelope = house.envelope("you@example.test", sender="me@example.test")
    tracemalloc.start()
    try:
        settled(house.intake.accept(house.source(Kind.SUBMISSION), envelope, spool))
        assert tracemalloc.get_traced_memory()[1] < 3 * 1024 * 1024 < len(octets) // 2
    finally:
        tracemalloc.stop()
        spool.discard()
    assert house.one().endswith(octets)


def test_a_sender_in_utf8_that_is_added_to_the_header_makes_it_8_bit(house: House) -> None:
    """The relay asks nobody else."""
    accented = Address.parse("m\u00e9@example.test")
    add = house.store.writer.run(add_account_address, Address.parse("me@example.test"), accented)
    done(add)
    house.submit(b"Subject: x\r\n\r\nbody\r\n", "far@elsewhere.example", sender=str(accented))
    (entry,) = house.queued()
    assert entry.eightbit


def test_each_recipient_has_an_outcome_of_its_own(house: House) -> None:
    """LMTP: one that has no room keeps the message from nobody else (RFC 2033 §4.2)."""
    done(house.store.writer.run(change_quota, Address.parse("you@example.test"), 1, None))
    spool = house.intake.spool()
    settled(spool.append(b"Subject: x\r\n\r\nhello\r\n"))
    envelope = house.envelope("me@example.test", "you@example.test", "far@elsewhere.example")
    outcomes = settled(house.intake.accept_each(house.source(Kind.LOCAL), envelope, spool))
    assert [type(outcome) for outcome in outcomes] == [Accepted, OverQuota, RelayDenied]
    assert [owner for owner, _ in house.stored()] == [house.me.id]
