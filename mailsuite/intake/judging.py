"""The judges of a message from another host, one after the other (`docs/architecture.md`)."""

from collections.abc import Callable, Sequence
from typing import Any

from attrs import define, field

from mailsuite.intake.envelope import Envelope, Source
from mailsuite.intake.ports import Judge
from mailsuite.message.judgement import UNJUDGED, Arrival, Judgement
from mailsuite.store.events import Event
from mailsuite.wire.link import Peer
from mailsuite.wire.pools import Runs
from mailsuite.wire.spool import Spool

Tell = Callable[[str, Peer, Event], None]


def nobody_told(_trace: str, _peer: Peer, _told: Event) -> None:
    """Refusals are told to the log alone."""


@define
class Court:
    """All judges, in their order, and who is told of what they refuse."""

    judges: Sequence[Judge] = ()
    tell: Tell = field(default=nobody_told)

    def concerned(self, source: Source) -> tuple[Judge, ...]:
        """Those who judge what comes from there: mostly none, for nothing."""
        if not self.judges:
            return ()
        kind = source.kind.value
        return tuple(judge for judge in self.judges if judge.concerns(source.peer, kind))

    async def judge(
        self,
        judges: Sequence[Judge],
        source: Source,
        envelope: Envelope,
        spool: Spool,
        *,
        now: int,
        runs: Runs,
    ) -> Judgement:
        """Hear each of them.

        Raises:
            MailError: what one of them refuses with.
        """
        arrival = arrival_of(source, envelope, now)
        evidence = await runs.run(_read, judges, arrival, spool)
        judgement = UNJUDGED
        for judge, found in zip(judges, evidence, strict=True):
            judgement = await judge.judge(arrival, found, judgement)
            if judgement.refusal is not None:
                self._tell(source, judgement)
                raise judgement.refusal
        return judgement

    def _tell(self, source: Source, judgement: Judgement) -> None:
        # What was answered is told by the session.
        for kind, sentence in judgement.story:
            self.tell(source.trace, source.peer, Event(kind, source.peer.address, sentence))


def arrival_of(source: Source, envelope: Envelope, now: int) -> Arrival:
    """What judges are told beside the octets."""
    accounts = dict.fromkeys(
        inbox.account_id
        for recipient in envelope.recipients
        for inbox in recipient.resolution.accounts
    )
    return Arrival(
        source.peer.address,
        source.helo,
        envelope.reverse_path,
        tuple(recipient.address for recipient in envelope.recipients),
        tuple(accounts),
        source.trace,
        now,
        source.reputation,
    )


def _read(judges: Sequence[Judge], arrival: Arrival, spool: Spool) -> list[Any]:
    with spool.octets() as octets:
        return [judge.read(arrival, octets) for judge in judges]
