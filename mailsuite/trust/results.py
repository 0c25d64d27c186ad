"""What each method found out, as records; `told` is how Authentication-Results says it.

Words are those of RFC 8601 §2.7. `temperror` means that DNS may answer later; `permerror` that a
record or a signature can never be understood; `policy` that it passed, but does not count here.
"""

from attrs import evolve, frozen

from mailsuite.message.addresses import Address
from mailsuite.message.judgement import Result

__all__ = ["ArcResult", "DkimResult", "DmarcResult", "IprevResult", "Result", "SpfResult"]

HELO, MAIL_FROM = "helo", "mailfrom"
POLICIES = ("none", "quarantine", "reject")  # from the mildest on
WEAK_IN_PLAIN_WORDS = "does not cover the whole body (l=)"


@frozen
class SpfResult:
    """SPF of one identity (RFC 7208 §2.6)."""

    word: str  # none | neutral | pass | fail | softfail | temperror | permerror
    identity: str  # MAIL_FROM | HELO
    domain: str  # whose record was asked; canonical
    value: str  # the identity as it is told: an address, or the HELO name
    reason: str = ""
    explanation: str = ""  # of the domain's owner (exp=), for a fail; printable ASCII

    @property
    def told(self) -> Result:
        """As Authentication-Results has it (RFC 8601 §2.7.2)."""
        return Result("spf", self.word, self.reason, ((f"smtp.{self.identity}", self.value),))


@frozen
class DkimResult:
    """One DKIM signature (RFC 6376 §3.5, §6.1)."""

    word: str  # none | pass | fail | policy | neutral | temperror | permerror
    domain: str = ""  # d=, canonical (A-labels, lower case); empty where it has none
    selector: str = ""  # s=
    algorithm: str = ""  # rsa-sha256 | ed25519-sha256 …, as a=
    reason: str = ""
    identity: str = ""  # i=, or "@" and d=
    covers_body_whole: bool = True  # False: l= leaves octets out, which counts for nothing (D6)
    signed: tuple[str, ...] = ()  # names of h=, lower case, in their order
    signature: str = ""  # the first characters of b=, that tell it from others (RFC 6008)

    @property
    def counts(self) -> bool:
        """Whether DMARC may go by it: it passed, covers the whole body, and signs From (D6, D7)."""
        return self.word == "pass" and self.covers_body_whole and "from" in self.signed

    @property
    def told(self) -> Result:
        """As Authentication-Results has it (RFC 8601 §2.7.1, RFC 6008)."""
        reason = self.reason or ("" if self.covers_body_whole else WEAK_IN_PLAIN_WORDS)
        given = (
            ("header.d", self.domain),
            ("header.i", self.identity),
            ("header.s", self.selector),
            ("header.a", self.algorithm),
            ("header.b", self.signature),
        )
        return Result("dkim", self.word, reason, tuple(pair for pair in given if pair[1]))


@frozen
class ArcResult:
    """The chain of ARC sets, evaluated (RFC 8617 §5.2)."""

    word: str = "none"  # none | pass | fail
    reason: str = ""
    sealers: tuple[str, ...] = ()  # d= of each seal, the oldest first; canonical
    # What the sealers that the operator trusts vouch for; empty unless the chain passes and the
    # last sealer, and every one before it down to that set, stands on the operator's list (D11).
    trusted: tuple[Result, ...] = ()

    @property
    def told(self) -> Result:
        """As Authentication-Results has it (RFC 8617 §10.2)."""
        return Result("arc", self.word, self.reason)


@frozen
class IprevResult:
    """Whether the client's address leads to a name that leads back to it (RFC 8601 §3)."""

    word: str  # pass | fail | temperror | permerror
    address: str
    name: str = ""  # the confirmed name
    reason: str = ""

    @property
    def told(self) -> Result:
        """As Authentication-Results has it (RFC 8601 §2.7.3)."""
        return Result("iprev", self.word, self.reason, (("policy.iprev", self.address),))


@frozen
class DmarcRecord:
    """One record, defaults filled in. `pct`, `rf` and `ri` are history and not looked at."""

    p: str = "none"
    sp: str = ""  # empty: as `p`
    np: str = ""  # empty: as `sp`
    adkim: str = "r"
    aspf: str = "r"
    psd: str = "u"
    t: str = "n"
    rua: tuple[Address, ...] = ()

    def policy_for(self, *, is_subdomain: bool, exists: bool) -> str:
        """What the owner asks for (§4.10.1)."""
        if not is_subdomain:
            return self.p
        if not exists and self.np:
            return self.np
        return self.sp or self.p


@frozen
class DmarcResult:
    """The author's domain, its policy, and whether anything aligned (RFC 9989 §5.3)."""

    word: str  # none | pass | fail | temperror | permerror
    author: str = ""  # the domain of the one From address, canonical; empty: there is no such
    organization: str = ""  # the organizational domain of `author`
    found_at: str = ""  # whose record it is
    policy: str = ""  # none | quarantine | reject: what the owner asks for; empty without a record
    disposition: str = "none"  # none | quarantine | reject: what follows from it, `t=y` regarded
    reason: str = ""
    overridden: str = ""  # why less follows than the policy says: "trusted_forwarder" …
    spf_aligned: bool = False
    dkim_aligned: bool = False
    record: DmarcRecord | None = None

    @property
    def testing(self) -> bool:
        """Whether the owner only tests the policy (t=y)."""
        return self.record is not None and self.record.t == "y"

    def because(
        self, reason: str, *, word: str = "", disposition: str = "none", overridden: str = ""
    ) -> "DmarcResult":
        """The same with its reason, and what follows."""
        return evolve(
            self,
            reason=reason,
            word=word or self.word,
            disposition=disposition,
            overridden=overridden,
        )

    @property
    def told(self) -> Result:
        """As Authentication-Results has it (RFC 9989 §9.4)."""
        given = (("header.from", self.author), ("policy.dmarc", self.policy))
        return Result("dmarc", self.word, self.reason, tuple(pair for pair in given if pair[1]))
