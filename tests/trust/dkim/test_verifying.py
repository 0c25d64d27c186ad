"""Signatures of others: the published vectors, and what each rule is there for."""

import base64
import json
import re
from hashlib import sha256
from pathlib import Path
from typing import Any

import dkim
import pytest
from twisted.internet.defer import Deferred

from mailsuite.trust.dkim.canonical import Form
from mailsuite.trust.dkim.fields import Fields, SigningField
from mailsuite.trust.dkim.signing import Period
from mailsuite.trust.dkim.verifying import MOST
from mailsuite.trust.results import DkimResult
from tests.store.letters import done
from tests.trust.dkim.letters import (
    ED25519,
    HERE,
    KEYS,
    LETTER,
    NOW,
    RSA,
    published,
    record,
    signed,
    verified,
)
from tests.trust.zone import Zone

DATA = Path(__file__).parents[2] / "data/dkim"
CASES: list[dict[str, Any]] = json.loads((DATA / "cases.json").read_text())
# Two that dkimpy lets pass, as the note of each says, and what it does without PyNaCl.
LAX = "dkimpy accepts it"


def results(octets: bytes, zone: Zone, now: int = NOW) -> tuple[DkimResult, ...]:
    found: tuple[DkimResult, ...] = done(Deferred.fromCoroutine(verified(octets, zone, now)))
    return found


def word(octets: bytes, zone: Zone | None = None, now: int = NOW) -> str:
    return results(octets, zone or published(), now)[0].word


def message_of(case: dict[str, Any]) -> bytes:
    return re.sub(rb"\r?\n", b"\r\n", (DATA / case["message"]).read_bytes())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['message']}-{case.get('note')}")
def test_published_vectors_come_out_as_they_say(case: dict[str, Any]) -> None:
    zone = Zone()
    for name, text in case["dns"].items():
        zone.txt(name, text)
    found = results(message_of(case), zone)[case["signature_index"]]
    assert found.word == case["expect"]
    assert found.counts == (found.word == "pass")


@pytest.mark.parametrize("case", [c for c in CASES if "ed25519" not in str(c["dns"])])
def test_dkimpy_agrees_where_it_keeps_to_the_rfc(case: dict[str, Any]) -> None:
    ours = case["expect"] == "pass"
    names = {f"{name}.".encode(): text.encode() for name, text in case["dns"].items()}
    try:
        theirs = dkim.DKIM(message_of(case), minkey=512).verify(
            case["signature_index"], dnsfunc=lambda name, timeout=5: names.get(name)
        )
    except dkim.DKIMException:
        theirs = False
    assert theirs == (True if LAX in case.get("note", "") else ours)


def test_what_we_sign_passes_with_both_keys_and_in_dkimpy() -> None:
    # dkimpy looks at the machine's clock.
    octets = signed(keys=KEYS, period=Period(1_700_000_000, 10**11))
    first, second = results(octets, published())
    assert (first.word, second.word) == ("pass", "pass")
    assert (first.algorithm, second.algorithm) == ("rsa-sha256", "ed25519-sha256")
    assert first.counts
    assert (first.domain, first.selector, first.identity) == (HERE, "r", f"@{HERE}")
    found = dkim.DKIM(octets).verify(0, dnsfunc=lambda name, timeout=5: record(RSA).encode())
    assert found is True


@pytest.mark.threat("D7")
@pytest.mark.parametrize(
    "name",
    [b"From", b"To", b"Cc", b"Subject", b"Date", b"Reply-To", b"Content-Type", b"MIME-Version"],
)
def test_nobody_adds_a_field_that_people_see_to_what_we_signed(name: bytes) -> None:
    octets = signed()
    assert word(octets) == "pass"
    assert word(name + b": another\r\n" + octets) == "fail"
    header, body = octets.split(b"\r\n\r\n", 1)
    assert word(header + b"\r\n" + name + b": another\r\n\r\n" + body) == "fail"


@pytest.mark.threat("D7")
def test_a_signature_without_from_is_none() -> None:
    """dkimpy lets it pass."""
    octets = signed().replace(b"h=from:from:", b"h=")
    assert word(octets) == "permerror"


@pytest.mark.threat("D6")
def test_a_body_that_is_signed_in_part_does_not_count() -> None:
    """It passes, as RFC 6376 says; DMARC does not go by it, and we never write l=."""
    octets = signed()
    assert b" l=" not in octets
    short = _signed_with_length(11)
    (found,) = results(short + b"<html>Forged</html>\r\n", published())
    assert (found.word, found.covers_body_whole, found.counts) == ("pass", False, False)
    (whole,) = results(_signed_with_length(28), published())
    assert (whole.word, whole.counts) == ("pass", True)
    assert word(_signed_with_length(29)) == "permerror"


def _signed_with_length(length: int) -> bytes:
    """The letter, whose signature says l= and holds."""
    canonical = b"Dear Bob,\r\n\r\ncome at five.\r\n"[:length]
    bh = base64.b64encode(sha256(canonical).digest())
    raw = (
        b"DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=example.org; s=e; l=%d;"
        b" h=from:to:subject; bh=%b; b=" % (length, bh)
    )
    fields = Fields(LETTER[: LETTER.index(b"\r\n\r\n") + 4])
    digest = fields.digest(("from", "to", "subject"), Form.RELAXED, SigningField(raw, 0), raw)
    return raw + base64.b64encode(ED25519.sign(digest)) + b"\r\n" + LETTER


@pytest.mark.threat("D8")
def test_of_a_thousand_signatures_ten_are_looked_at() -> None:
    one = signed()[: -len(LETTER)]
    zone = published()
    found = results(one * 1_000 + LETTER, zone)
    assert len(found) == MOST + 1
    assert [each.word for each in found[:MOST]] == ["pass"] * MOST
    assert (found[MOST].word, found[MOST].counts) == ("neutral", False)
    assert len(zone.asked) == MOST


@pytest.mark.threat("D8")
def test_a_signature_ends_and_none_is_from_the_future() -> None:
    octets = signed()
    assert word(octets, now=NOW + 86_400) == "pass"
    assert word(octets, now=NOW - 200) == "pass"
    zone = published()
    for now in (NOW + 87_000, NOW - 1_000):
        assert word(octets, zone, now) == "neutral"
    assert not zone.asked
    assert word(octets.replace(b"x=1800086400", b"x=1800000000")) == "permerror"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"v=1;", b"v=2;", "permerror"),
        (b"a=ed25519-sha256", b"a=rsa-sha1", "permerror"),
        (b"a=ed25519-sha256", b"a=ed25519-sha512", "permerror"),
        (b"a=ed25519-sha256", b"a=rsa-sha256", "permerror"),
        (b"d=example.org", b"d=org", "permerror"),
        (b"d=example.org", b"d=exa mple.org", "permerror"),
        (b"d=example.org", b"d=example.net", "permerror"),
        (b"s=e;", b"s=_e-;", "permerror"),
        (b"s=e;", b"s=a..b;", "permerror"),
        (b"c=relaxed/relaxed", b"c=loose/relaxed", "permerror"),
        (b"c=relaxed/relaxed", b"c=simple/relaxed", "fail"),
        (b"d=example.org;", b"d=example.org; i=ann@example.net;", "permerror"),
        (b"d=example.org;", b"d=example.org; i=@badexample.org;", "permerror"),
        (b"d=example.org;", b"d=example.org; d=example.org;", "permerror"),
        (b"d=example.org;", b"d=example.org;;", "permerror"),
        (b"d=example.org;", b"d=example.org; q=dns/other;", "permerror"),
        (b"d=example.org;", b"d=example.org; q=other:dns/txt;", "fail"),
        (b"d=example.org;", b"d=example.org; l=x;", "permerror"),
        (b"bh=", b"bh=!", "permerror"),
        (b"bh=", b"bh=AAAA", "fail"),
        (b"t=1800000000;", b"t=x;", "permerror"),
        (b"come  at", b"go  at", "fail"),
        (b"Subject: Tea", b"Subject: Coffee", "fail"),
        (b"Subject: Tea \r\n at  five", b"sUBJECT:  Tea at\tfive ", "pass"),
        (b"come  at five. \r\n", b"come at  five.\r\n\r\n\r\n", "pass"),
    ],
)
def test_each_tag_is_checked(old: bytes, new: bytes, expected: str) -> None:
    octets = signed()
    assert old in octets
    assert word(octets.replace(old, new, 1)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "permerror"),
        ("v=spf1 -all", "permerror"),
        ("p=", "permerror"),
        ("v=DKIM1; k=ed25519; p=AAAA", "permerror"),
        (record(RSA), "permerror"),
        (record(ED25519, " h=sha1;"), "permerror"),
        (record(ED25519, " s=other;"), "permerror"),
        (record(ED25519, " s=other:email; h=sha1:sha256; n=note; t=s:x; z=1;"), "pass"),
        ("p" * 5_000, "neutral"),
    ],
    # Named by place: the keys are made anew in each worker.
    ids=range(9),
)
def test_each_tag_of_its_key_is_checked(text: str, expected: str) -> None:
    zone = Zone()
    zone.txt("e._domainkey.example.org", text)
    assert word(signed(), zone) == expected


def test_of_several_records_the_one_that_is_a_key_is_taken() -> None:
    zone = Zone()
    for text in ("v=spf1 -all", record(ED25519)):
        zone.txt("e._domainkey.example.org", text)
    assert word(signed(), zone) == "pass"


def test_dns_that_does_not_answer_is_told_apart_from_no_key() -> None:
    assert word(signed(), Zone(silent={"*"})) == "temperror"
    assert word(signed(), Zone()) == "permerror"


def test_a_domain_that_only_tries_is_as_one_that_does_not_sign() -> None:
    zone = published(" t=y;")
    assert word(signed(), zone) == "pass"
    assert word(signed().replace(b"Tea", b"Coffee"), zone) == "neutral"


def test_a_changed_body_costs_no_question() -> None:
    zone = published()
    assert word(signed() + b"more\r\n", zone) == "fail"
    assert not zone.asked


def test_internationalized_names_are_asked_for_in_a_labels() -> None:
    """RFC 8616: d= of an internationalized message may hold U-labels."""
    octets = signed().replace(b"d=example.org", "d=bücher.example".encode())
    zone = published()
    assert word(octets, zone) == "permerror"
    assert zone.asked == [("e._domainkey.xn--bcher-kva.example", "TXT")]
