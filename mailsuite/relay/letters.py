"""From a queue entry to the letter that a host is offered."""

from collections.abc import Awaitable, Callable, Mapping

from mailsuite.message.terms import NOTIFY, REQUIRED, RETURN
from mailsuite.relay.ports import Addressee, Letter, Pieces, Verdict
from mailsuite.store.queue_rows import Entry


def demand_of(entry: Entry) -> str:
    """What is asked of TLS. A report is sent as well as can be (RFC 8689 §5)."""
    tls = entry.terms.tls
    return "" if tls == REQUIRED and not entry.reverse_path else tls


def is_told(entry: Entry, verdict: Verdict, now: int) -> bool:
    """Whether the sender must hear that it was passed on (RFC 2852 §4.1.4, §4.1.4.2)."""
    terms = entry.terms
    in_time = terms.by_mode == NOTIFY and now < terms.deliver_by
    return terms.by_trace or (in_time and verdict.untimed)


def is_too_late(entry: Entry, now: int) -> bool:
    """With R nothing more is tried after its time (RFC 2852 §4.1.3)."""
    return entry.terms.by_mode == RETURN and now >= entry.terms.deliver_by


def priority_field(entry: Entry, offered: frozenset[str]) -> bytes:
    """The priority for hosts that do not know the parameter (RFC 6758 §3.3).

    What was submitted here has lost any field of that name; what came from elsewhere keeps it.
    """
    wanted = entry.terms.priority and entry.account_id is not None
    if not wanted or "MT-PRIORITY" in offered:
        return b""
    return b"MT-Priority: %d\r\n" % entry.terms.priority


def letter_of(
    entry: Entry,
    pieces: Pieces,
    done: Mapping[int, Verdict],
    now: int,
    before_end: Callable[[], Awaitable[None]],
) -> Letter:
    """The letter for those recipients that are not `done`, `now` (seconds UTC)."""
    return Letter(
        reverse_path=entry.reverse_path,
        recipients=tuple(
            Addressee(r.n, r.address, r.notify, r.orcpt)
            for r in entry.recipients
            if r.n not in done
        ),
        pieces=pieces,
        envid=entry.envid,
        ret=entry.ret,
        # The body was looked at when it was taken in; the trace fields came after that.
        eightbit=entry.eightbit or not entry.prefix.isascii(),
        smtputf8=entry.smtputf8,
        terms=entry.terms,
        by_seconds=entry.terms.deliver_by - now,
        before_end=before_end,
    )
