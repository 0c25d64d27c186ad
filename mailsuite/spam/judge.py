"""The judge of mail from elsewhere: one score an account, the reasons on the copy, Junk above it.

`read` is all that costs time and runs in a pool; `judge` asks the store once for all accounts.
"""

import mmap
from collections import OrderedDict
from typing import Any

from attrs import define, evolve, field, frozen

from mailsuite.message.address_lists import owned_addresses
from mailsuite.message.addresses import BadAddress
from mailsuite.message.header import first, header_length
from mailsuite.message.judgement import Arrival, Copy, Judgement
from mailsuite.spam.bayes import Counts, Kind
from mailsuite.spam.fields import marks
from mailsuite.spam.likeness import REMEMBERED, Sketch, unpacked
from mailsuite.spam.ports import Store
from mailsuite.spam.score import Sender, Verdict, of_likeness, of_source, of_words, verdict
from mailsuite.spam.seed import Seed, shipped
from mailsuite.spam.threshold import of_tail
from mailsuite.spam.words import MESSAGE_OCTETS, VERSION, Stream, numbers, read, spelled
from mailsuite.store.spam import Model, read_counts, read_models, read_sketches
from mailsuite.wire.link import Network, Peer

KEPT_COUNTS = 16  # accounts whose counts stay in memory, 2 MiB each
OUTSIDE = frozenset({"mx", "local"})  # kinds of arrival that are judged
OFF = "off"
ADDRESS = 320
WORDS_TOLD = 8  # in a story


@frozen
class Evidence:
    """What was found in the octets of one message."""

    numbers: frozenset[int]
    sender: str  # canonical; empty where From names nobody, or several
    streams: tuple[Stream, ...] = field(default=(), repr=False)  # to name the loudest words


@frozen
class Settings:
    """`[spam]` of the configuration."""

    enabled: bool = True
    threshold: float | None = None  # for every account that has none of its own; None: automatic
    trusted: tuple[Network, ...] = ()  # of `[inbound]`: not judged


def sender_of(header: bytes) -> str:
    """The one address that From names, canonical; empty where it does not name just one."""
    value = first(header, b"from") or b""
    try:
        addresses = owned_addresses(value)
    except BadAddress:
        return ""
    return str(addresses[0].canonical)[:ADDRESS] if len(addresses) == 1 else ""


def look(octets: bytes | mmap.mmap) -> Evidence:
    """The evidence of a message. Never raises; at most 2 ms."""
    some = bytes(octets[:MESSAGE_OCTETS])
    streams = tuple(read(some))
    return Evidence(numbers(streams), sender_of(some[: header_length(some)]), streams)


@frozen
class Own:
    """What one account has taught."""

    counts: Counts | None = None
    sketches: tuple[Sketch, ...] = ()


def own_of(tx: Any, account_id: int) -> tuple[int, Own]:
    """The same as an account's judgements need it."""
    revision, counts = loaded(tx, account_id)
    sketches = tuple(
        unpacked(kind, octets)
        for kind in Kind
        for octets in read_sketches(tx, account_id, int(kind), REMEMBERED)
    )
    return revision, Own(counts, sketches)


def loaded(tx: Any, account_id: int) -> tuple[int, Counts | None]:
    """An account's counts with their revision; None where it taught nothing that is understood."""
    revision, octets = read_counts(tx, account_id)
    try:
        return revision, Counts.unpacked(octets) if octets else None
    except ValueError:
        return revision, None


@define(eq=False)
class Spam:
    """The judge (`intake.ports.Judge`). All calls but `read` are on the reactor thread."""

    store: Store
    settings: Settings = Settings()
    seed: Seed = field(factory=shipped)
    _known: OrderedDict[int, tuple[int, Own]] = field(factory=OrderedDict, init=False)

    def concerns(self, peer: Peer, kind: str) -> bool:
        """Whether such mail is judged at all."""
        settings = self.settings
        return settings.enabled and kind in OUTSIDE and not peer.within(settings.trusted)

    def read(self, arrival: Arrival, octets: bytes | mmap.mmap) -> Evidence:  # noqa: ARG002 - as every judge
        """Find the words. In a pool."""
        return look(octets)

    async def judge(self, arrival: Arrival, evidence: Evidence, so_far: Judgement) -> Judgement:
        """Add each account's own verdict to the judgement."""
        if so_far.refusal is not None or not arrival.accounts:
            return so_far
        models = await self.store.readers.run(read_models, arrival.accounts, evidence.sender)
        copies, story = dict(so_far.copies), list(so_far.story)
        for account_id, model in models.items():
            if model.given == OFF:
                continue
            found = await self._verdict(model, arrival, evidence, so_far)
            before = copies.get(account_id, Copy())
            junk = (*so_far.junk, *before.junk)
            reasons = _why(found) if found.is_spam else ()
            fields = marks(found, junked=bool(junk or reasons))
            copies[account_id] = Copy(before.fields + fields, (*before.junk, *reasons))
            told = _told(found, junked=bool(junk or reasons))
            loudest = self._loudest(evidence) if found.is_spam else ""
            story.append(("spam", f"{model.name}: {told}{loudest}"))
        return evolve(so_far, copies=copies, story=tuple(story))

    async def _verdict(
        self, model: Model, arrival: Arrival, evidence: Evidence, so_far: Judgement
    ) -> Verdict:
        own = await self.own_of(model)
        sender = Sender(model.wrote_to, model.kept_sender)
        reasons = [
            *of_words(self.seed, own.counts, evidence.numbers),
            *of_likeness(own.sketches, evidence.numbers),
            *of_source(arrival.reputation, so_far, sender, evidence.sender),
        ]
        return verdict(reasons, self.threshold_of(model))

    def _loudest(self, evidence: Evidence) -> str:
        """The words that speak loudest for spam; told of spam alone, since it costs 0.5 ms."""
        names = spelled(evidence.streams)
        loud = self.seed.telling(evidence.numbers, 3 * WORDS_TOLD)
        told = [f'"{names[number]}" {weight:+.1f}' for number, weight in loud if weight > 0]
        return f"; words: {', '.join(told[:WORDS_TOLD])}" if told else ""

    async def own_of(self, model: Model) -> Own:
        """What an account has taught, from memory where it has not changed since."""
        if not model.revision or model.words != VERSION:
            return Own()
        kept = self._known.get(model.account_id)
        if kept is None or kept[0] != model.revision:
            kept = await self.store.readers.run(own_of, model.account_id)
            self._known[model.account_id] = kept
            if len(self._known) > KEPT_COUNTS:
                self._known.popitem(last=False)
        self._known.move_to_end(model.account_id)
        return kept[1]

    def threshold_of(self, model: Model) -> float:
        """Where the account's threshold stands: its own, the host's, or by what it kept."""
        if model.given and model.given != OFF:
            return float(model.given)
        if self.settings.threshold is not None:
            return self.settings.threshold
        return model.threshold if model.kept else of_tail(self.seed.tail)


def _why(found: Verdict) -> tuple[str, ...]:
    return (f"its score of {found.score:.1f} is over {found.threshold:.1f}",)


def _told(found: Verdict, *, junked: bool) -> str:
    where = "into Junk" if junked else "not spam"
    reasons = "; ".join(f"{one.score:+.1f} {one.words}" for one in found.reasons[:5])
    return f"score {found.score:.1f} of {found.threshold:.1f}, {where}: {reasons}"
