"""DMARC of one message: the policy that holds, what aligns, and what follows (RFC 9989 §5.3)."""

from collections.abc import Sequence

from attrs import frozen

from mailsuite.dns.answers import TemporaryFailure
from mailsuite.trust.dmarc.author import Author
from mailsuite.trust.dmarc.tree import Walks, organization
from mailsuite.trust.ports import Asks
from mailsuite.trust.results import (
    MAIL_FROM,
    POLICIES,
    ArcResult,
    DkimResult,
    DmarcRecord,
    DmarcResult,
    SpfResult,
)

SIGNERS = 10  # domains of signatures that are looked at: each may cost a walk
TRUSTED_FORWARDER = "trusted_forwarder"  # RFC 9990 §2.1.1: ARC vouches for it


@frozen
class Policy:
    """The record that holds for an author's domain (§4.10.1)."""

    organization: str
    found_at: str
    record: DmarcRecord
    asked: str  # none | quarantine | reject


@frozen
class Evidence:
    """What the other methods found out.

    Attributes:
        spf: of MAIL FROM (of HELO's name for the null sender).
        dkim: of every signature.
        arc: the chain's; None: not looked at.
    """

    spf: SpfResult
    dkim: Sequence[DkimResult] = ()
    arc: ArcResult | None = None


async def discover(walks: Walks, domain: str) -> Policy | None:
    """Find the record that holds: the domain's own, its organization's, or the suffix's.

    Raises:
        TemporaryFailure: DNS may know later.
    """
    found = await walks.walk(domain)
    if not found:
        return None
    owner = organization(domain, found)
    at = {each.domain: each.record for each in found}
    suffix = found[-1].domain
    where = next((name for name in (domain, owner, suffix) if name in at), "")
    if not where or (where == suffix and where not in {domain, owner} and at[where].psd != "y"):
        return None
    record = at[where]
    is_subdomain = where != domain
    # Asked for only where it matters.
    differs = is_subdomain and bool(record.np) and record.np != (record.sp or record.p)
    exists = await walks.exists(domain) if differs else True
    asked = record.policy_for(is_subdomain=is_subdomain, exists=exists)
    return Policy(owner, where, record, asked)


async def evaluate(asks: Asks, author: Author, evidence: Evidence) -> DmarcResult:
    """Tell whether the author's domain stands behind the message, and what follows. Never raises.

    Args:
        asks: answers the questions.
        author: what From says (`author.author`).
        evidence: what was found out before.
    """
    if not author.domain:
        return DmarcResult("permerror", disposition=author.disposition, reason=author.reason)
    walks = Walks(asks)
    try:
        policy = await discover(walks, author.domain)
        if policy is None:
            reason = f"{author.domain} has no DMARC record"
            return DmarcResult("none", author.domain, author.domain, reason=reason)
        return await _aligned(walks, policy, author.domain, evidence)
    except TemporaryFailure:
        reason = f"DNS has no answer about the policy of {author.domain}"
        return DmarcResult("temperror", author.domain, reason=reason)


async def _aligned(walks: Walks, policy: Policy, author: str, evidence: Evidence) -> DmarcResult:
    record, spf = policy.record, evidence.spf
    signers = dict.fromkeys(each.domain for each in evidence.dkim if each.counts)
    by_spf = spf.word == "pass" and spf.identity == MAIL_FROM
    spf_aligned = by_spf and await _aligns(walks, spf.domain, author, policy, record.aspf)
    dkim_aligned = False
    for domain in list(signers)[:SIGNERS]:
        dkim_aligned = dkim_aligned or await _aligns(walks, domain, author, policy, record.adkim)
    result = DmarcResult(
        "pass" if spf_aligned or dkim_aligned else "fail",
        author,
        policy.organization,
        policy.found_at,
        policy.asked,
        spf_aligned=spf_aligned,
        dkim_aligned=dkim_aligned,
        record=record,
    )
    return _decided(result, evidence)


def _decided(result: DmarcResult, evidence: Evidence) -> DmarcResult:
    """What follows, and the reason for people."""
    by = " and ".join(
        name for name, so in (("SPF", result.spf_aligned), ("DKIM", result.dkim_aligned)) if so
    )
    if result.word == "pass":
        return result.because(f"{by} of {result.author} passed")
    if _may_change(result, evidence):
        words = f"DNS has no answer that could tell whether it is from {result.author}"
        return result.because(words, word="temperror")
    words = f"neither SPF nor DKIM of {result.author} passed"
    asked = f"its owner asks for {result.policy}"
    disposition = result.policy
    if result.testing:
        # §4.7, t=y: one step milder.
        disposition = POLICIES[max(0, POLICIES.index(result.policy) - 1)]
        asked += " and tests it"
    if disposition != "none" and _vouched(evidence.arc, result.author):
        words += ", but a forwarder that is trusted here vouches for it"
        return result.because(words, overridden=TRUSTED_FORWARDER)
    return result.because(f"{words}, and {asked}", disposition=disposition)


def _may_change(result: DmarcResult, evidence: Evidence) -> bool:
    """Whether an answer of DNS that is missing could still make it pass."""
    near = result.organization or result.author
    waiting = [each.domain for each in evidence.dkim if each.word == "temperror"]
    if evidence.spf.word == "temperror":
        waiting.append(evidence.spf.domain)
    return any(_within(domain, near) for domain in waiting)


async def _aligns(walks: Walks, domain: str, author: str, policy: Policy, mode: str) -> bool:
    """Identifier alignment (§4.4): the same name, or in relaxed mode the same organization's."""
    if domain == author:
        return True
    # An organization's domain is what its names end with: all others need no walk.
    if mode == "s" or not _within(domain, policy.organization):
        return False
    return await walks.organization(domain) == policy.organization


def _within(domain: str, above: str) -> bool:
    return domain == above or domain.endswith(f".{above}")


def _vouched(arc: ArcResult | None, author: str) -> bool:
    """Whether sealers of the operator's list say that it passed when they got it (D11)."""
    if arc is None or arc.word != "pass":
        return False
    return any(
        found.method == "dmarc"
        and found.word == "pass"
        and dict(found.properties).get("header.from", author).lower() == author
        for found in arc.trusted
    )
