"""ARC chains: the whole validation suite, and that a chain alone moves nothing."""

import base64
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from mailsuite.message.judgement import Result
from mailsuite.trust.arc import evaluate_arc, read_chain, read_message
from mailsuite.trust.dkim.canonical import Form, canonical_field
from mailsuite.trust.dkim.fields import Fields, SigningField
from mailsuite.trust.results import ArcResult
from mailsuite.wire.pools import Inline
from tests.store.letters import done
from tests.trust.dkim.letters import ED25519, LETTER, record, signed
from tests.trust.zone import Zone

SUITE = Path(__file__).parents[1] / "data/arc/validation.json"
SCENARIOS: list[dict[str, Any]] = json.loads(SUITE.read_text())
CASES = [
    pytest.param(scenario["records"], test, id=name)
    for scenario in SCENARIOS
    for name, test in scenario["tests"].items()
]
SAID = Result("spf", "pass")


def evaluated(octets: bytes, zone: Zone, sealers: frozenset[str] = frozenset()) -> ArcResult:
    found: ArcResult = done(
        Deferred.fromCoroutine(
            evaluate_arc(zone, read_chain(octets), sealers, Inline(), _read_results)
        )
    )
    return found


def _read_results(octets: bytes) -> tuple[Result, ...]:
    return (SAID, Result("", octets.decode().strip()))


@pytest.mark.parametrize(("records", "test"), CASES)
def test_the_suite_comes_out_as_it_says(records: dict[str, str], test: dict[str, str]) -> None:
    zone = Zone()
    for name, text in records.items():
        zone.txt(name, text)
    found = evaluated(test["message"].replace("\n", "\r\n").encode(), zone)
    assert found.word == test["cv"].lower()


def sealed(octets: bytes, number: int, domain: str = "example.org") -> bytes:
    """The message with one more set, made by the rules of RFC 8617 §5.1."""
    n = b"i=%d; " % number
    body = base64.b64encode(_body_hash())
    results = b"ARC-Authentication-Results: " + n + b"%b; spf=pass" % domain.encode()
    ams = (
        b"ARC-Message-Signature: " + n + b"a=ed25519-sha256; c=relaxed/relaxed; d=%b; s=e;"
        b" h=from:to:subject; bh=%b; b=" % (domain.encode(), body)
    )
    fields = Fields(octets[: octets.index(b"\r\n\r\n") + 4])
    names = ("from", "to", "subject")
    ams += _signature(fields.digest(names, Form.RELAXED, SigningField(ams, 0), ams))
    status = b"none" if number == 1 else b"pass"
    seal = b"ARC-Seal: " + n + b"a=ed25519-sha256; d=%b; s=e; cv=%b; b=" % (domain.encode(), status)
    made = b"\r\n".join([seal, ams, results, b""])
    return (
        made.replace(seal, seal + _signature(_sealed_digest(octets, results, ams, seal))) + octets
    )


def _sealed_digest(octets: bytes, results: bytes, ams: bytes, seal: bytes) -> bytes:
    """Fields of all sets, the oldest first, each set as results, signature, seal."""
    fields = Fields(octets[: octets.index(b"\r\n\r\n") + 4])
    names = ("arc-authentication-results", "arc-message-signature", "arc-seal")
    older = [fields.named(name)[::-1] for name in names]
    chain = [field.raw for one in zip(*older, strict=True) for field in one]
    sha = sha256(b"".join(canonical_field(raw, Form.RELAXED) for raw in [*chain, results, ams]))
    sha.update(canonical_field(seal, Form.RELAXED)[:-2])
    return sha.digest()


def _signature(digest: bytes) -> bytes:
    return base64.b64encode(ED25519.sign(digest))


def _body_hash() -> bytes:
    return sha256(b"Dear Bob,\r\n\r\ncome at five.\r\n").digest()


def zone_of(*domains: str) -> Zone:
    zone = Zone()
    for domain in domains:
        zone.txt(f"e._domainkey.{domain}", record(ED25519))
    return zone


@pytest.mark.threat("D11")
def test_a_valid_chain_of_somebody_says_nothing_by_itself() -> None:
    """Anybody can make one: only sealers on the operator's list are believed, down to a stranger."""
    zone = zone_of("list.example", "evil.example", "relay.example")
    octets = sealed(sealed(LETTER, 1, "evil.example"), 2, "list.example")
    found = evaluated(octets, zone)
    assert (found.word, found.sealers) == ("pass", ("evil.example", "list.example"))
    assert found.trusted == ()
    assert evaluated(octets, zone, frozenset({"evil.example"})).trusted == ()
    (_, said) = evaluated(octets, zone, frozenset({"list.example"})).trusted
    assert said.word == "list.example; spf=pass"
    both = frozenset({"list.example", "evil.example"})
    assert evaluated(octets, zone, both).trusted[1].word == "evil.example; spf=pass"
    assert evaluated(sealed(octets, 3, "relay.example"), zone, both).trusted == ()


@pytest.mark.threat("D11")
def test_a_chain_of_more_than_fifty_is_none() -> None:
    octets = LETTER
    zone = zone_of("list.example")
    for number in range(1, 51):
        octets = sealed(octets, number, "list.example")
    assert evaluated(octets, zone).word == "pass"
    longer = evaluated(sealed(octets, 51, "list.example"), zone)
    assert (longer.word, longer.trusted) == ("fail", ())


def test_a_changed_letter_and_a_missing_answer_break_it() -> None:
    octets = sealed(sealed(LETTER, 1, "a.example"), 2, "b.example")
    zone = zone_of("a.example", "b.example")
    assert evaluated(octets.replace(b"Tea", b"Coffee"), zone).reason == (
        "the message was changed after its last seal"
    )
    assert evaluated(octets.replace(b"five. ", b"six. "), zone).word == "fail"
    changed = octets.replace(b"a.example; spf=pass", b"a.example; spf=none")
    assert evaluated(changed, zone).reason.startswith("the seal of")
    assert "DNS" in evaluated(octets, Zone(silent={"*"})).reason


def test_the_body_is_hashed_once_for_signatures_and_chain() -> None:
    signatures, chain = read_message(sealed(signed(), 1, "a.example"))
    assert len(signatures.found) == 1
    assert chain.newest is not None
    assert evaluated(signed(), zone_of()).word == "none"
