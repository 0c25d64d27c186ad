"""Where each recipient's copy goes: the plan that one transaction writes."""

from collections.abc import Callable, Iterator, Sequence

from attrs import evolve, frozen

from mailsuite.errors import RelayDenied
from mailsuite.intake.envelope import Envelope, Kind, Recipient, Source
from mailsuite.message.addresses import Address
from mailsuite.message.judgement import UNJUDGED, Judgement
from mailsuite.message.reputation import PASSED
from mailsuite.message.terms import NO_TERMS, RETURN, Terms
from mailsuite.store.blobs import Content
from mailsuite.store.correspondents import Use
from mailsuite.store.delivery import Delivery, LocalCopy, Onward, OnwardRecipient
from mailsuite.store.events import Event
from mailsuite.store.queue import DELIVERED, EXPANDED, SCHEDULED, WAITING

STRANGERS = frozenset({Kind.MX, Kind.LOCAL})  # who may not send to others
TO_GO = frozenset({WAITING, SCHEDULED})
JUNK = "\\Junk"
NAMED = 20  # recipients that one sentence of a story calls by their names


@frozen
class Disposition:
    """The copies for people here, and the queue entries for everybody else."""

    copies: tuple[LocalCopy, ...]
    onward: tuple[Onward, ...]

    @property
    def leaving(self) -> int:
        """How many recipients elsewhere it goes to."""
        return sum(r.state in TO_GO for entry in self.onward for r in entry.recipients)


@frozen
class Facts:
    """What the stages found out that the plan needs."""

    content: Content
    received: bytes
    eightbit: bool
    header_is_ascii: bool
    terms: Terms = NO_TERMS
    told: tuple[Event, ...] = ()  # what the stages add to the story
    message_id: str = ""
    body_hash: bytes = b""  # of what was signed here; empty: nothing was
    judgement: Judgement = UNJUDGED


Rewrite = Callable[[Address, str], Address]  # a reverse-path, and a domain of ours


def dispose(
    source: Source,
    envelope: Envelope,
    facts: Facts,
    expires: int,
    rewrite: Rewrite | None = None,
) -> Disposition:
    """Plan a message's way; `expires` is when the queue gives up, seconds UTC.

    An account that several recipients lead to gets one copy. What an alias leads elsewhere is a
    queue entry of its own, since its Delivered-To tells nobody else's address. It keeps the
    reverse-path (RFC 5321 §3.9.1); from outside with `rewrite`, which makes it lead back through
    us, as SPF asks for.

    Raises:
        RelayDenied: a recipient elsewhere, from someone who has not signed in (threat S1).
    """
    if facts.terms.release_at:
        return Disposition((), (_scheduled(source, envelope, facts, expires),))
    copies: dict[int, LocalCopy] = {}
    elsewhere: list[OnwardRecipient] = []
    told: list[OnwardRecipient] = []
    onward: list[Onward] = []
    return_path = _return_path(envelope)
    for recipient in envelope.recipients:
        resolution = recipient.resolution
        if not resolution.ours:
            if source.kind in STRANGERS:
                raise RelayDenied
            elsewhere.append(_onward(recipient, recipient.address))
            continue
        if resolution.backup:
            # As it came: a Delivered-To would look like a loop to the host that it is for.
            elsewhere.append(_onward(recipient, recipient.address))
            continue
        for inbox in resolution.accounts:
            if inbox.account_id not in copies:
                own = facts.judgement.copy_for(inbox.account_id)
                mark = return_path + _delivered_to(inbox.name)
                copies[inbox.account_id] = LocalCopy(
                    inbox.account_id,
                    prefix=mark + own.fields + facts.received,
                    special_use=JUNK if own.junk else "",
                )
        group = len(resolution.accounts) + len(resolution.onward) > 1
        if (resolution.accounts or group) and _wants_success(source, envelope, recipient):
            state = EXPANDED if group else DELIVERED
            told.append(evolve(_onward(recipient, recipient.address), state=state))
        if resolution.onward:
            asked = _of_a_group(recipient) if group else recipient
            there = tuple(_onward(asked, address) for address in resolution.onward)
            mark = _delivered_to(str(recipient.address.canonical))
            passed = _passed_on(source, envelope, recipient, rewrite)
            onward.append(_entry(source, passed, facts, there, expires=expires, mark=mark))
    onward += [
        _entry(source, envelope, facts, tuple(some), expires=expires)
        for some in (elsewhere, told)
        if some
    ]
    return Disposition(tuple(copies.values()), tuple(onward))


def _passed_on(
    source: Source, envelope: Envelope, recipient: Recipient, rewrite: Rewrite | None
) -> Envelope:
    sender = envelope.reverse_path
    if rewrite is None or sender is None or source.kind not in STRANGERS:
        return envelope
    return evolve(envelope, reverse_path=rewrite(sender, recipient.address.canonical.domain))


def _scheduled(source: Source, envelope: Envelope, facts: Facts, expires: int) -> Onward:
    """The message with its envelope as it came: where it goes is found out at its time."""
    there = tuple(
        evolve(
            _onward(recipient, recipient.address),
            orcpt=recipient.orcpt,
            state=SCHEDULED,
            address=str(recipient.address),
        )
        for recipient in envelope.recipients
    )
    kept = _entry(source, envelope, facts, there, expires=expires)
    return evolve(kept, next_try=facts.terms.release_at, smtputf8=envelope.smtputf8)


def delivery(
    source: Source, envelope: Envelope, facts: Facts, disposition: Disposition
) -> Delivery:
    """The store's plan, with the first sentence of the message's story."""
    copies, onward = disposition.copies, disposition.onward
    queued = disposition.leaving
    words = f"{facts.content.size} octets "
    if source.kind is Kind.OWN:
        words += "made here"
    elif source.kind is Kind.RELEASED:
        words += "whose time has come"
    else:
        words += f"from {source.peer.address} as {source.protocol}"
    if facts.message_id:
        words += f" <{facts.message_id}>"
    accepted = Event(
        "accepted",
        "" if envelope.reverse_path is None else str(envelope.reverse_path),
        f"{words} for {_named(envelope.recipients)}: {len(copies)} stored, {queued} queued",
    )
    judged = (Event(kind, words=words) for kind, words in facts.judgement.story)
    events = (
        accepted,
        *_others(envelope.recipients),
        *_known(source),
        *facts.told,
        *judged,
        *_junked(facts.judgement),
    )
    return Delivery(
        facts.content,
        copies,
        onward,
        source.trace,
        events,
        source.instead_of,
        _use(source, envelope),
        source.overdraft,
    )


def _use(source: Source, envelope: Envelope) -> Use | None:
    """What is counted for the account that submits it (threat S18)."""
    if source.kind is not Kind.SUBMISSION or source.account is None:
        return None
    count = len(envelope.recipients)
    return Use(source.account.id, count, tuple(sorted(envelope.strangers)))


def _junked(judgement: Judgement) -> Iterator[Event]:
    """Why it lies in Junk: for all, or for one account."""
    if judgement.junk:
        yield Event("junk", words="; ".join(judgement.junk))
    for own in judgement.copies.values():
        if own.junk:
            yield Event("junk", words="; ".join(own.junk))


def _named(recipients: Sequence[Recipient]) -> str:
    """The first recipients, for people."""
    words = ", ".join(str(recipient.address) for recipient in recipients[:NAMED])
    more = len(recipients) - NAMED
    return words if more <= 0 else f"{words} and {more} more"


def _others(recipients: Sequence[Recipient]) -> Iterator[Event]:
    """Everybody else, so that the story is found by each of them."""
    for start in range(NAMED, len(recipients), NAMED):
        some = recipients[start : start + NAMED]
        yield Event("accepted", words="for " + ", ".join(str(one.address) for one in some))


def _known(source: Source) -> Iterator[Event]:
    """What the door found out about the source, where that decided or may decide something."""
    reputation = source.reputation
    for entry in reputation.listed:
        words = f"{entry.about}: {', '.join(entry.answers)}, score {entry.score:g} {entry.words}"
        yield Event("listed", entry.zone, words.rstrip())
    if reputation.greylist == PASSED:
        waited = reputation.waited_seconds
        yield Event("greylist", source.peer.address, f"came again after {waited} s and passed")


def _entry(
    source: Source,
    envelope: Envelope,
    facts: Facts,
    recipients: tuple[OnwardRecipient, ...],
    *,
    expires: int,
    mark: bytes = b"",
) -> Onward:
    sender = envelope.reverse_path
    terms = facts.terms
    ascii_only = facts.header_is_ascii and (sender is None or sender.is_ascii)
    ascii_only = ascii_only and all(recipient.address.isascii() for recipient in recipients)
    return Onward(
        recipients=recipients,
        # RFC 2852 §4.1.3: what comes too late is not delivered at all.
        expires=min(expires, terms.deliver_by) if terms.by_mode == RETURN else expires,
        terms=terms,
        reverse_path="" if sender is None else _wire(sender),
        prefix=mark + facts.judgement.fields + facts.received,
        account_id=None if source.account is None else source.account.id,
        envid=envelope.envid,
        ret=envelope.ret,
        # What came was looked at, but a From that was added here may hold an address in UTF-8.
        eightbit=facts.eightbit or not facts.header_is_ascii,
        # Asked for, and needed: raw 8-bit headers of old programs go on as they always did.
        smtputf8=envelope.smtputf8 and not ascii_only,
    )


def _of_a_group(recipient: Recipient) -> Recipient:
    """What is asked about those behind a group: no success (RFC 3461 §5.2.7.3 (c))."""
    rest = recipient.notify - {"SUCCESS"}
    # Whoever asked for nothing else did not ask for the default either.
    return evolve(recipient, notify=rest or (recipient.notify and frozenset({"NEVER"})))


def _onward(recipient: Recipient, address: Address) -> OnwardRecipient:
    # The original recipient is what a report to the sender must name (RFC 3461 §4.2, §5.2.1).
    kind = "rfc822" if recipient.address.is_ascii else "utf-8"
    return OnwardRecipient(
        address=_wire(address),
        domain=address.canonical.domain,
        notify=",".join(sorted(recipient.notify)),
        orcpt=recipient.orcpt or f"{kind};{recipient.address}",
    )


def _wants_success(source: Source, envelope: Envelope, recipient: Recipient) -> bool:
    # Only whoever signed in is told of success: a stranger's reverse-path may be anybody's
    # (threat S10).
    known = source.kind is not Kind.MX and envelope.reverse_path is not None
    return known and "SUCCESS" in recipient.notify


def _wire(address: Address) -> str:
    """With the domain in A-labels, so that a host without SMTPUTF8 can be told it."""
    return str(Address(address.localpart, address.canonical.domain))


def _return_path(envelope: Envelope) -> bytes:
    path = "" if envelope.reverse_path is None else str(envelope.reverse_path)
    return f"Return-Path: <{path}>\r\n".encode()


def _delivered_to(address: str) -> bytes:
    return f"Delivered-To: {address}\r\n".encode()
