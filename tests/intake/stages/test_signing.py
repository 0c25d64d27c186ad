"""What leaves is signed as it leaves; what comes keeps the signatures that it brings."""

import base64
import re
from collections.abc import Coroutine
from typing import Any

import pytest
from attrs import evolve
from twisted.internet.defer import Deferred

from mailsuite.errors import SentTooOften
from mailsuite.intake.envelope import Kind
from mailsuite.message.addresses import Address
from mailsuite.message.sevenbit import seven_bit
from mailsuite.message.srs import Srs
from mailsuite.message.terms import Terms
from mailsuite.smtp.client.body import Outgoing
from mailsuite.store.accounts import add_account_address
from mailsuite.store.blobs import read_blob
from mailsuite.store.domains import add_domain
from mailsuite.store.queue_rows import Entry
from mailsuite.trust.dkim.admin import KeyAdmin
from mailsuite.trust.dkim.keyring import Keyring, SigningSettings
from mailsuite.trust.dkim.verifying import read_signatures, verify
from mailsuite.trust.results import DkimResult
from mailsuite.wire.pools import Inline
from mailsuite.wire.tallies import LocalTallies
from tests.intake.conftest import House
from tests.store.letters import done
from tests.trust.zone import Zone

LETTER = (
    b"From: me@example.test\r\nTo: far@elsewhere.example\r\nSubject: tea\r\n"
    b"Bcc: hidden@elsewhere.example\r\n\r\nat five\r\n"
)
FAR = "far@elsewhere.example"
NOW = 1_800_000_000


def ran(running: Coroutine[Any, Any, Any]) -> Any:
    return done(Deferred.fromCoroutine(running))


@pytest.fixture
def keys(house: House) -> KeyAdmin:
    """The house with keys that sign."""
    admin = KeyAdmin(house.store, Inline())
    ran(admin.add("example.test"))
    ran(admin.start("example.test"))
    signer = Keyring(house.store, LocalTallies(lambda: 0.0))
    house.intake._signer = signer
    return admin


def sent(house: House, entry: Entry | None = None) -> bytes:
    """A queue entry as it leaves."""
    one = entry or house.queued()[0]
    octets: bytes = one.prefix + done(house.store.readers.run(read_blob, one.blob_id))
    return octets


def words(admin: KeyAdmin, octets: bytes, domain: str = "example.test") -> list[str]:
    """What another host makes of its signatures."""
    zone = Zone()
    for key in ran(admin.all(domain)):
        zone.txt(key.record_name, key.record)
    found: tuple[DkimResult, ...] = ran(verify(zone, read_signatures(octets), NOW, Inline()))
    assert all(each.counts for each in found if each.word == "pass")
    return [each.word for each in found]


def test_what_a_user_sends_passes_with_both_keys(house: House, keys: KeyAdmin) -> None:
    house.submit(LETTER, FAR)
    octets = sent(house)
    assert words(keys, octets) == ["pass", "pass"]
    assert octets.startswith(b"DKIM-Signature: v=1; a=rsa-sha256;")
    assert b"hidden@" not in octets
    assert b"message-id" in octets.partition(b"\r\nReceived:")[0]


@pytest.mark.threat("D10")
def test_signatures_end(house: House, keys: KeyAdmin) -> None:
    house.submit(LETTER, FAR)
    assert sent(house).count(b"t=%d; x=%d;" % (NOW, NOW + 10 * 86_400)) == 2


@pytest.mark.threat("D7")
def test_from_and_its_like_are_signed_once_more_than_they_are_there(
    house: House, keys: KeyAdmin
) -> None:
    house.submit(LETTER, FAR)
    field = re.sub(rb"\s", b"", sent(house).partition(b"\r\nDKIM")[0])
    names = re.search(rb"h=([^;]*)", field)
    assert names is not None
    listed = names[1].split(b":")
    for name in (b"from", b"to", b"subject", b"date"):
        assert listed.count(name) == 2
    for name in (b"cc", b"reply-to", b"content-type", b"mime-version"):
        assert listed.count(name) == 1
    assert b"l=" not in field.split(b"h=")[0]


def test_what_stays_here_is_not_signed(house: House, keys: KeyAdmin) -> None:
    house.submit(LETTER, "you@example.test")
    assert b"DKIM-Signature" not in house.one()


def test_copies_here_have_the_signature_of_what_leaves(house: House, keys: KeyAdmin) -> None:
    house.submit(LETTER, "you@example.test", FAR)
    assert words(keys, house.one()) == ["pass", "pass"]


def test_eight_bits_are_converted_first_so_that_no_host_needs_it_done_later(
    house: House, keys: KeyAdmin
) -> None:
    """A host without 8BITMIME is sent what was signed (RFC 6376 §5.3)."""
    house.submit(LETTER.replace(b"at five", "um fünf".encode()), FAR)
    octets = sent(house)
    assert octets.isascii()
    assert not house.queued()[0].eightbit
    assert seven_bit(octets) == octets
    assert words(keys, octets) == ["pass", "pass"]


def test_no_line_of_what_was_signed_is_cut_on_its_way(house: House, keys: KeyAdmin) -> None:
    """A host takes lines of 998 octets; the relay cuts longer ones, and the text stays whole."""
    wide = b"References:" + b" <a@b.example>" * 200 + b"\r\n" + LETTER + b"x" * 2_500 + b"\r\n"
    house.submit(wide, FAR)
    octets = sent(house)
    outgoing = Outgoing()
    assert (outgoing.piece(octets) + outgoing.end()).removesuffix(b".\r\n") == octets
    assert words(keys, octets) == ["pass", "pass"]
    body = base64.b64decode(octets.partition(b"\r\n\r\n")[2])
    assert body.endswith(b"x" * 2_500 + b"\r\n")


def test_what_cannot_be_converted_is_signed_as_it_is(house: House, keys: KeyAdmin) -> None:
    odd = (
        b"Content-Type: multipart/signed; boundary=b\r\n" + LETTER + b"--b\r\n\r\n\xff\r\n--b--\r\n"
    )
    house.submit(odd, FAR)
    assert b"\xff" in sent(house)
    assert words(keys, sent(house)) == ["pass", "pass"]


def test_the_key_is_that_of_the_authors_domain_not_of_the_reverse_path(
    house: House, keys: KeyAdmin
) -> None:
    done(house.store.writer.run(add_domain, "second.test"))
    ran(keys.add("second.test"))
    ran(keys.start("second.test"))
    both = (Address.parse("me@example.test"), Address.parse("me@second.test"))
    done(house.store.writer.run(add_account_address, *both))
    house.submit(LETTER.replace(b"me@example.test", b"me@second.test"), FAR)
    assert words(keys, sent(house), "second.test") == ["pass", "pass"]
    large = LETTER.replace(b"me@example.test", b"me@second.test") + b"more\r\n" * 50_000
    house.submit(large, FAR)
    assert words(keys, sent(house, house.queued()[1]), "second.test") == ["pass", "pass"]


def test_our_own_reports_are_signed_by_the_domain_above_the_host(
    house: House, keys: KeyAdmin
) -> None:
    report = (
        b"From: MAILER-DAEMON@mx.example.test\r\nTo: a@b.example\r\nSubject: x\r\n\r\nsorry\r\n"
    )
    ran(house.intake.report(FAR, report, "t-9"))
    octets = sent(house)
    assert b"d=example.test;" in octets
    assert words(keys, octets) == ["pass", "pass"]


def test_a_scheduled_message_is_signed_when_it_is_released(house: House, keys: KeyAdmin) -> None:
    envelope = house.envelope(FAR, sender="me@example.test")
    envelope.terms = Terms(release_at=NOW + 86_400)
    house.accept(house.source(Kind.SUBMISSION), envelope, LETTER)
    kept = sent(house)
    assert b"DKIM-Signature" not in kept
    envelope.terms = Terms()
    house.accept(evolve(house.source(Kind.SUBMISSION), kind=Kind.RELEASED), envelope, kept)
    assert words(keys, sent(house, house.queued()[1])) == ["pass", "pass"]


def test_nothing_is_signed_while_no_key_is_published(house: House) -> None:
    house.intake._signer = Keyring(house.store, LocalTallies(lambda: 0.0))
    ran(KeyAdmin(house.store, Inline()).add("example.test"))
    house.submit(LETTER.replace(b"at five", "um fünf".encode()), FAR)
    assert b"DKIM-Signature" not in sent(house)
    assert not sent(house).isascii()


def test_a_key_that_leaves_signs_no_more_at_once(house: House, keys: KeyAdmin) -> None:
    house.submit(LETTER, FAR)
    for key in ran(keys.all("example.test")):
        ran(keys.retire("example.test", key.selector))
    house.submit(LETTER, FAR)
    assert b"DKIM-Signature" not in sent(house, house.queued()[1])


@pytest.mark.threat("D10")
def test_one_signed_text_leaves_so_often_a_day(house: House, keys: KeyAdmin) -> None:
    """Whoever has a stolen password cannot send the same text ten thousand times."""
    assert isinstance(house.intake._signer, Keyring)
    house.intake._signer.settings = SigningSettings(copies=3)
    for _ in range(3):
        house.submit(LETTER, FAR)
    with pytest.raises(SentTooOften):
        house.submit(LETTER.replace(b"tea", b"tea again"), FAR)
    house.submit(LETTER.replace(b"at five", b"at six"), FAR)
    house.submit(LETTER, "you@example.test")
    assert len(house.queued()) == 4


def test_complaints_are_asked_for_where_it_is_set(house: House, keys: KeyAdmin) -> None:
    """RFC 9477 §3.1: in the same domain as From, and signed."""
    assert isinstance(house.intake._signer, Keyring)
    house.intake._signer.settings = SigningSettings(feedback="abuse")
    house.submit(LETTER, FAR)
    octets = sent(house)
    assert b"\r\nCFBL-Address: abuse@example.test; report=arf\r\n" in octets
    assert words(keys, octets) == ["pass", "pass"]
    changed = octets.replace(b"abuse@example.test", b"abuse@other.example")
    assert words(keys, changed) == ["fail", "fail"]


def test_forwarded_mail_keeps_its_signatures_and_gets_a_reverse_path_of_ours(
    house: House, keys: KeyAdmin
) -> None:
    house.submit(LETTER, FAR)
    brought = sent(house)
    srs = Srs(b"s" * 32)
    house.intake.rewrite = lambda sender, domain: srs.forward(sender, domain, NOW)
    house.directory.srs = srs
    house.mail(brought, "away@example.test")
    entry = house.queued()[1]
    assert words(keys, sent(house, entry)) == ["pass", "pass"]
    assert sent(house, entry).count(b"DKIM-Signature:") == 2
    path = Address.parse(entry.reverse_path)
    assert path.localpart.startswith("SRS0=")
    assert path.domain == "example.test"
    # The bounce comes back to it, from the null sender, and goes on to the author.
    back = house.envelope(str(path), sender=None)
    house.accept(house.source(), back, b"From: <>\r\nSubject: bounce\r\n\r\nno\r\n")
    bounced = house.queued()[2]
    assert [r.address for r in bounced.recipients] == ["s@sender.example"]
    assert bounced.reverse_path == ""


def test_what_people_here_forward_keeps_its_reverse_path(house: House, keys: KeyAdmin) -> None:
    srs = Srs(b"s" * 32)
    house.intake.rewrite = lambda sender, domain: srs.forward(sender, domain, NOW)
    house.submit(LETTER, "away@example.test")
    assert house.queued()[0].reverse_path == "me@example.test"
    assert words(keys, sent(house)) == ["pass", "pass"]
