"""Authenticated Received Chain (RFC 8617): evaluated, never sealed.

The chain says what hosts on the way saw before they changed a message. Anybody can make a valid
one about anything: it counts only as far as the operator trusts its sealers (threat D11).
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence

from attrs import evolve, frozen

from mailsuite.message.judgement import Result
from mailsuite.trust.dkim.bodies import Octets, body_begins, check_body, hash_bodies
from mailsuite.trust.dkim.canonical import BodyHash, Form, canonical_field
from mailsuite.trust.dkim.fields import Fields, SigningField
from mailsuite.trust.dkim.keys import PublicKey
from mailsuite.trust.dkim.signature import (
    BadSignature,
    Signature,
    read_arc_signature,
    read_seal,
    without_signature,
)
from mailsuite.trust.dkim.tags import BadTags, read_tags
from mailsuite.trust.dkim.verifying import (
    Signatures,
    are_valid,
    find_key,
    hashed_signatures,
    parse_signatures,
    to_hash,
)
from mailsuite.trust.ports import Asks
from mailsuite.trust.results import ArcResult
from mailsuite.wire.pools import Runs

MOST = 50  # sets of a chain (§4.2.1); a longer one is no chain
RESULTS, SIGNATURE, SEAL = "arc-authentication-results", "arc-message-signature", "arc-seal"
NONE, PASS, FAIL = b"none", b"pass", b"fail"

_INSTANCE = re.compile(rb"[ \t\r\n]*i[ \t\r\n]*=[ \t\r\n]*([0-9]{1,3})[ \t\r\n]*;")

ReadResults = Callable[[bytes], tuple[Result, ...]]  # of an Authentication-Results' value


@frozen
class Link:
    """One set: its seal and the message signature under it, and what each of them signed."""

    seal: Signature
    sealed: bytes  # digest
    results: bytes  # what it says it saw, after its instance


@frozen
class Chain:
    """The sets of a message; `broken` is why they are no chain, empty where they are one."""

    links: tuple[Link, ...] = ()
    newest: Signature | None = None  # the last message signature
    signed: bytes = b""  # its digest
    broken: str = ""


@frozen
class _Set:
    results: SigningField
    signature: SigningField
    seal: SigningField


class _Broken(Exception):  # noqa: N818 - an outcome
    """It is no chain."""


def read_chain(octets: Octets) -> Chain:
    """Read and hash what the sets of a message are about. Blocks: in a pool. Never raises."""
    return read_message(octets)[1]


def read_message(octets: Octets) -> tuple[Signatures, Chain]:
    """A message's signatures and its chain; the body is hashed once for both. As `read_chain`."""
    body_at = body_begins(octets)
    fields = Fields(octets[:body_at])
    parsed = parse_signatures(fields)
    wanted = to_hash(parsed)
    newest, broken = None, ""
    sets: list[_Set] = []
    try:
        sets = _sets(fields)
        if sets:
            newest = _newest(sets)
            wanted.append(newest)
    except _Broken as why:
        broken = str(why)
    hashes = hash_bodies(octets, body_at, wanted)
    signatures = hashed_signatures(parsed, fields, hashes)
    if newest is None or broken:
        return signatures, Chain(broken=broken)
    try:
        _check_body(newest, hashes)
        own = sets[-1].signature
        signed = fields.digest(
            newest.claim.signed, newest.header_form, own, without_signature(own.raw)
        )
        return signatures, Chain(_links(sets), newest, signed)
    except (BadSignature, _Broken) as why:
        return signatures, Chain(broken=str(why))


async def evaluate_arc(
    asks: Asks,
    chain: Chain,
    sealers: frozenset[str],
    runs: Runs,
    read_results: ReadResults,
) -> ArcResult:
    """Whether the chain is whole, and what trusted sealers vouch for (§5.2; threat D11).

    `sealers` are the domains (canonical) on the operator's list; `read_results` reads what follows
    the instance of an ARC-Authentication-Results. Arithmetic is one job of `runs`.
    """
    if chain.broken:
        return ArcResult("fail", chain.broken)
    if chain.newest is None:
        return ArcResult()
    told = ArcResult("fail", sealers=tuple(link.seal.claim.domain for link in chain.links))
    jobs: list[tuple[PublicKey, bytes, bytes]] = []
    pairs = [(link.seal, link.sealed) for link in reversed(chain.links)]
    try:
        for signature, digest in [(chain.newest, chain.signed), *pairs]:
            record = await find_key(asks, signature)
            jobs.append((record.key, signature.octets, digest))
    except BadSignature as bad:
        return evolve(told, reason=f"{signature.claim.domain}: {bad}")
    valid = await runs.run(are_valid, jobs)
    if not valid[0]:
        return evolve(told, reason="the message was changed after its last seal")
    if not all(valid):
        broken = told.sealers[len(pairs) - valid[1:].index(False) - 1]
        return evolve(told, reason=f"the seal of {broken} does not fit")
    return evolve(told, word="pass", trusted=_trusted(chain, sealers, read_results))


def _check_body(newest: Signature, hashes: Mapping[Form, tuple[BodyHash, bytes]]) -> None:
    # A seal vouches for what came before it: a part of the body is not a body (D6).
    if not check_body(newest, hashes):
        raise _Broken("the last message signature does not cover the whole body")


def _trusted(
    chain: Chain, sealers: frozenset[str], read_results: ReadResults
) -> tuple[Result, ...]:
    """What the oldest set says that none but trusted sealers stand on."""
    vouched: Link | None = None
    for link in reversed(chain.links):
        if link.seal.claim.domain not in sealers:
            break
        vouched = link
    return () if vouched is None else read_results(vouched.results)


def _sets(fields: Fields) -> list[_Set]:
    """The sets from the first to the last (§5.2 steps 1 to 3)."""
    columns = [_by_instance(fields.named(name)) for name in (RESULTS, SIGNATURE, SEAL)]
    count = max(map(len, columns))
    if count > MOST:
        raise _Broken("a chain of too many sets")
    wanted = list(range(1, count + 1))
    if any(sorted(column) != wanted for column in columns):
        raise _Broken("a set is not whole")
    return [_Set(*(column[n] for column in columns)) for n in wanted]


def _by_instance(found: Sequence[SigningField]) -> dict[int, SigningField]:
    numbered: dict[int, SigningField] = {}
    for each in found:
        instance = _instance(each)
        if not 1 <= instance <= MOST:
            raise _Broken("a set without its number, or with one too many")
        if instance in numbered:
            raise _Broken("a set has one of its fields twice")
        numbered[instance] = each
    return numbered


def _instance(each: SigningField) -> int:
    if each.raw[: len(RESULTS)].lower() == RESULTS.encode():
        match = _INSTANCE.match(each.value)
        return int(match[1]) if match else 0
    try:
        number = read_tags(each.value).get("i", b"")
    except BadTags as bad:
        raise _Broken(str(bad)) from bad
    return int(number) if number.isdigit() and len(number) <= 3 else 0


def _newest(sets: Sequence[_Set]) -> Signature:
    """The last message signature, once each seal says of itself that the chain was whole."""
    for n, each in enumerate(sets, 1):
        status = read_tags(each.seal.value).get("cv", b"").lower()
        if status == FAIL:
            raise _Broken("a sealer found it broken")
        if status != (NONE if n == 1 else PASS):
            raise _Broken("a seal says what it cannot know")
    try:
        signatures = [read_arc_signature(each.signature.value) for each in sets]
    except BadSignature as bad:
        raise _Broken(str(bad)) from bad
    return signatures[-1]


def _links(sets: Sequence[_Set]) -> tuple[Link, ...]:
    """Each seal with the digest of all that it sealed (§5.1.1): hashed once, not once a seal."""
    links = []
    before = hashlib.sha256()
    for each in sets:
        before.update(canonical_field(each.results.raw, Form.RELAXED))
        before.update(canonical_field(each.signature.raw, Form.RELAXED))
        whole = before.copy()
        whole.update(canonical_field(without_signature(each.seal.raw), Form.RELAXED)[:-2])
        results = each.results.value.partition(b";")[2]
        links.append(Link(read_seal(each.seal.value), whole.digest(), results))
        before.update(canonical_field(each.seal.raw, Form.RELAXED))
    return tuple(links)
