"""One message as DMARC's aggregate reports count it (RFC 9990 §3.1.1.6)."""

import re
from collections.abc import Sequence

from attrs import frozen

from mailsuite.message.judgement import Arrival
from mailsuite.trust.results import MAIL_FROM, DkimResult, DmarcRecord, DmarcResult, SpfResult

SIGNATURES = 10  # told of one message: RFC 9990 §3.1.1.9 allows 100
# What a report's subject begins with (RFC 9990 §3.5.2.1): no reports about reports (D13).
_REPORT = re.compile(rb"\s*report[ -]+domain\s*:", re.IGNORECASE)


@frozen
class Signed:
    """One signature in a report."""

    domain: str
    selector: str
    word: str


@frozen
class Seen:
    """What messages that are counted together have in common."""

    policy_domain: str = ""  # whose record it was; empty: not to be reported
    header_from: str = ""
    envelope_from: str = ""
    source: str = ""  # the client's address
    disposition: str = "none"
    overridden: str = ""
    dkim: str = "fail"  # aligned
    spf: str = "fail"
    spf_domain: str = ""
    spf_word: str = ""
    signatures: tuple[Signed, ...] = ()
    record: DmarcRecord | None = None
    is_report: bool = False
    recipients: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        arrival: Arrival,
        subject: bytes,
        spf: SpfResult,
        dkim: Sequence[DkimResult],
        dmarc: DmarcResult,
    ) -> "Seen":
        """Put it together."""
        sender = arrival.reverse_path
        signed = [Signed(each.domain, each.selector, each.word) for each in dkim if each.domain][
            :SIGNATURES
        ]
        return cls(
            policy_domain=dmarc.found_at if dmarc.word in {"pass", "fail"} else "",
            header_from=dmarc.author,
            envelope_from="" if sender is None else sender.canonical.domain,
            source=arrival.peer,
            disposition=dmarc.disposition,
            overridden=dmarc.overridden,
            dkim="pass" if dmarc.dkim_aligned else "fail",
            spf="pass" if dmarc.spf_aligned else "fail",
            spf_domain=spf.domain if spf.identity == MAIL_FROM else "",
            spf_word=spf.word,
            signatures=tuple(signed),
            record=dmarc.record,
            is_report=is_report(subject),
            recipients=tuple(str(each.canonical) for each in arrival.recipients),
        )


def is_report(subject: bytes) -> bool:
    """Whether a message says that it is an aggregate report."""
    return _REPORT.match(subject) is not None


def unseen(_seen: Seen) -> None:
    """Nobody counts."""
