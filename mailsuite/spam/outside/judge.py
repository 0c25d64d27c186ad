"""The judges that are other programs, as one judge of the intake."""

import mmap
from collections.abc import Callable, Sequence
from typing import Any

from attrs import evolve, field, frozen
from twisted.internet.defer import Deferred, gatherResults
from twisted.logger import Logger

from mailsuite.errors import Unavailable, Unwanted
from mailsuite.message.judgement import Arrival, Judgement
from mailsuite.spam.judge import OUTSIDE
from mailsuite.spam.outside.asking import Place, Silence, ask
from mailsuite.spam.outside.clamd import ClamdTalk
from mailsuite.spam.outside.milter import MilterTalk
from mailsuite.spam.outside.rspamd import RspamdTalk
from mailsuite.spam.outside.talk import Advice, Letter, Opinion, Talk
from mailsuite.wire.link import Network, Peer

# Larger ones are shown to nobody: clamd and rspamd refuse them too, and each is held in memory.
SHOWN_OCTETS = 32 * 1024 * 1024

log = Logger()


@frozen
class Outside:
    """One of them."""

    name: str
    place: Place
    talk: Callable[[Letter], Talk]


def rspamd(place: Place) -> Outside:
    """Rspamd at that place."""
    return Outside("rspamd", place, lambda letter: RspamdTalk(letter, place.host))


def clamd(place: Place, virus: Advice) -> Outside:
    """ClamAV's daemon."""
    return Outside("clamd", place, lambda letter: ClamdTalk(letter, virus))


def milter(place: Place) -> Outside:
    """A milter."""
    return Outside("milter", place, MilterTalk)


@frozen(eq=False)
class OutsideJudges:
    """All that are configured, asked at once (`intake.ports.Judge`).

    Attributes:
        defers: whether a message is put off while one of them cannot be heard.
    """

    reactor: Any = field(repr=False)
    judges: Sequence[Outside]
    seconds: float
    defers: bool
    trusted: Sequence[Network] = ()

    def concerns(self, peer: Peer, kind: str) -> bool:
        """Whether they are asked about such mail."""
        return bool(self.judges) and kind in OUTSIDE and not peer.within(self.trusted)

    def read(self, arrival: Arrival, octets: bytes | mmap.mmap) -> Letter | None:
        """The message as it is shown to them; None: it is too large. In a pool."""
        if len(octets) > SHOWN_OCTETS:
            return None
        sender = "" if arrival.reverse_path is None else str(arrival.reverse_path)
        recipients = tuple(map(str, arrival.recipients))
        whole = bytes(octets)
        return Letter(whole, arrival.peer, arrival.helo, sender, recipients, arrival.trace)

    async def judge(
        self,
        arrival: Arrival,  # noqa: ARG002 - as every judge
        evidence: Letter | None,
        so_far: Judgement,
    ) -> Judgement:
        """Ask them; what they say together, or `Unavailable` as a refusal."""
        if so_far.refusal is not None:
            return so_far
        if evidence is None:
            words = "too large to be shown to judges outside"
            return evolve(so_far, story=(*so_far.story, ("filter", words)))
        asking = [Deferred.fromCoroutine(self._opinion(one, evidence)) for one in self.judges]
        # Each ends by itself, in its time, and fails never.
        opinions: list[Opinion | None] = await gatherResults(asking)
        for one, opinion in zip(self.judges, opinions, strict=True):
            so_far = self._with(so_far, one, opinion)
        return so_far

    async def _opinion(self, one: Outside, letter: Letter) -> Opinion | None:
        try:
            return await ask(self.reactor, one.place, one.talk(letter), self.seconds)
        except Silence as silence:
            log.warn(
                "{judge} at {place} is not heard: {words}",
                judge=one.name,
                place=str(one.place),
                words=str(silence),
                trace=letter.trace,
            )
            return None

    def _with(self, so_far: Judgement, one: Outside, opinion: Opinion | None) -> Judgement:
        if opinion is None:
            words = f"{one.name} is not heard"
            told = (*so_far.story, ("filter", words))
            if not self.defers:
                return evolve(so_far, story=told)
            return evolve(so_far, story=told, refusal=so_far.refusal or Unavailable(words))
        why = "; ".join(opinion.reasons)
        words = f"{one.name} {opinion.advice.value}" + (f": {why}" if why else "")
        told = (*so_far.story, ("filter", words))
        so_far = evolve(so_far, story=told, fields=so_far.fields + _lines(opinion))
        if opinion.advice is Advice.JUNK:
            return evolve(so_far, junk=(*so_far.junk, words))
        if opinion.advice is Advice.REFUSE:
            # For good outweighs for now.
            return evolve(so_far, refusal=Unwanted(words))
        if opinion.advice is Advice.DEFER:
            return evolve(so_far, refusal=so_far.refusal or Unavailable(words))
        return so_far


def _lines(opinion: Opinion) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in opinion.fields).encode("ascii")
