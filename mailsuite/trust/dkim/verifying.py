"""Verifies the signatures of a message (RFC 6376 §6): octets in a pool, DNS, numbers in a pool.

1. `read_signatures` reads, canonicalises and hashes: once the header, once the body.
2. `verify` asks for the keys, and looks whether each signed what was hashed.
"""

from collections.abc import Mapping, Sequence

from attrs import evolve, frozen

from mailsuite.dns.answers import NoSuchName, NoSuchRecord, TemporaryFailure
from mailsuite.trust.dkim.bodies import Octets, body_begins, check_body, hash_bodies
from mailsuite.trust.dkim.canonical import BodyHash, Form
from mailsuite.trust.dkim.fields import Fields, SigningField
from mailsuite.trust.dkim.keys import KeyRecord, PublicKey, check_key, is_valid, read_key
from mailsuite.trust.dkim.signature import (
    BadSignature,
    Claim,
    Signature,
    read_claim,
    read_signature,
    without_signature,
)
from mailsuite.trust.ports import Asks
from mailsuite.trust.results import DkimResult
from mailsuite.wire.pools import Runs

MOST = 10  # signatures that are verified, the topmost ones (threat D8)
RECORDS = 4  # at one name: there should be one (RFC 6376 §3.6.2.2)
NAME = "dkim-signature"


@frozen
class Pending:
    """A signature that lacks nothing but its key."""

    signature: Signature
    digest: bytes  # of the header fields
    covers_body_whole: bool = True


@frozen
class Signatures:
    """What a message bears, in its order: what waits for a key, and what is decided."""

    found: tuple[Pending | DkimResult, ...] = ()


Parsed = Sequence[tuple[SigningField, Signature | DkimResult]]


def read_signatures(octets: Octets) -> Signatures:
    """Read and hash what the signatures of a message are about. Blocks: in a pool. Never raises."""
    body_at = body_begins(octets)
    fields = Fields(octets[:body_at])
    parsed = parse_signatures(fields)
    hashes = hash_bodies(octets, body_at, to_hash(parsed))
    return hashed_signatures(parsed, fields, hashes)


def parse_signatures(fields: Fields) -> Parsed:
    """Each signature as its tags say it, or what is wrong with it."""
    return [(own, _parsed(own)) for own in fields.named(NAME)]


def to_hash(parsed: Parsed) -> list[Signature]:
    """Those whose bodies are to be hashed."""
    return [signature for _, signature in parsed[:MOST] if isinstance(signature, Signature)]


def hashed_signatures(
    parsed: Parsed, fields: Fields, hashes: Mapping[Form, tuple[BodyHash, bytes]]
) -> Signatures:
    """What is left to do once the body is hashed."""
    found = [
        signature if isinstance(signature, DkimResult) else _hashed(own, signature, fields, hashes)
        for own, signature in parsed[:MOST]
    ]
    if len(parsed) > MOST:
        more = len(parsed) - MOST
        found.append(DkimResult("neutral", reason=f"{more} more signatures were not looked at"))
    return Signatures(tuple(found))


async def verify(
    asks: Asks, signatures: Signatures, now: int, runs: Runs
) -> tuple[DkimResult, ...]:
    """The result of each signature, in their order; `now` in seconds UTC.

    A message without one gives none. What asks for keys bounds the time that it takes; the
    arithmetic is one job of `runs`.
    """
    decided = [
        await _with_key(asks, each, now) if isinstance(each, Pending) else each
        for each in signatures.found
    ]
    jobs = [
        (record.key, pending.signature.octets, pending.digest)
        for pending, record in (each for each in decided if isinstance(each, tuple))
    ]
    valid = iter(await runs.run(are_valid, jobs) if jobs else ())
    return tuple(
        each if isinstance(each, DkimResult) else _result(*each, valid=next(valid))
        for each in decided
    )


def are_valid(jobs: Sequence[tuple[PublicKey, bytes, bytes]]) -> list[bool]:
    """Of each key, signature and digest whether they fit. Blocks: in a pool."""
    return [is_valid(*job) for job in jobs]


async def find_key(asks: Asks, signature: Signature) -> KeyRecord:
    """The key that a signature names (RFC 6376 §6.1.2).

    Raises:
        BadSignature: there is none that could verify it; `temperror` where DNS cannot say.
    """
    try:
        answer = await asks.query(signature.key_name, "TXT")
    except (NoSuchName, NoSuchRecord):
        raise BadSignature("permerror", "it has no key in DNS") from None
    except TemporaryFailure:
        raise BadSignature("temperror", "DNS does not tell its key now") from None
    wrong = BadSignature("permerror", "it has no key in DNS")
    for record in answer.records[:RECORDS]:
        try:
            key = read_key(record if isinstance(record, bytes) else str(record).encode())
            check_key(key, signature)
        except BadSignature as bad:
            wrong = bad
        else:
            return key
    raise wrong


def _parsed(own: SigningField) -> Signature | DkimResult:
    try:
        return read_signature(own.value)
    except BadSignature as bad:
        return _refused(read_claim(own.value), bad)


def _hashed(
    own: SigningField,
    signature: Signature,
    fields: Fields,
    hashes: Mapping[Form, tuple[BodyHash, bytes]],
) -> Pending | DkimResult:
    try:
        whole = check_body(signature, hashes)
    except BadSignature as bad:
        return _refused(signature.claim, bad)
    signed = without_signature(own.raw)
    digest = fields.digest(signature.claim.signed, signature.header_form, own, signed)
    return Pending(signature, digest, whole)


async def _with_key(
    asks: Asks, pending: Pending, now: int
) -> DkimResult | tuple[Pending, KeyRecord]:
    try:
        pending.signature.check_time(now)
        return pending, await find_key(asks, pending.signature)
    except BadSignature as bad:
        return _refused(pending.signature.claim, bad)


def _result(pending: Pending, record: KeyRecord, *, valid: bool) -> DkimResult:
    told = _told(pending.signature.claim, "pass" if valid else "fail")
    if valid:
        return evolve(told, covers_body_whole=pending.covers_body_whole)
    if record.testing:
        # §3.6.1: the same as no signature at all.
        return evolve(told, word="neutral", reason="it does not fit; its domain tries DKIM out")
    return evolve(told, reason="a signed header field was changed")


def _refused(claim: Claim, bad: BadSignature) -> DkimResult:
    return evolve(_told(claim, bad.word), reason=str(bad))


def _told(claim: Claim, word: str) -> DkimResult:
    return DkimResult(
        word,
        claim.domain,
        claim.selector,
        claim.algorithm,
        identity=claim.identity,
        signed=claim.signed,
        signature=claim.signature,
    )
