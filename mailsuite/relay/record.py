"""What hosts have answered, on its way to the disk while the next letter is on its way to them."""

from collections.abc import Callable, Sequence

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from mailsuite.relay.outcomes import says_gone
from mailsuite.relay.settings import RelaySettings
from mailsuite.store.opening import Store
from mailsuite.store.queue import Outcome, give_back
from mailsuite.store.queue_rows import Entry
from mailsuite.store.queue_settling import settle
from mailsuite.store.suppressions import suppress_bounced

Report = Callable[[int], None]


class NotWritten(Exception):  # noqa: N818 - an outcome
    """What the host answered to a letter could not be written: nothing more goes to it."""


@define(eq=False)
class Record:
    """The outcomes of one connection's letters.

    The end of a letter waits until those before it are written (`Letter.before_end`): a process
    that is killed leaves one letter of each connection in doubt, which is sent again.
    """

    store: Store
    settings: RelaySettings
    owner: str  # of the leases
    report: Report
    _writing: list[Deferred[None]] = field(factory=list, init=False)

    log = Logger()

    def note(self, entry: Entry, outcomes: Sequence[Outcome]) -> None:
        """Begin to write; recipients without an outcome are due as they were."""
        self._writing.append(Deferred.fromCoroutine(self._settle(entry, outcomes)))

    async def written(self) -> None:
        """Every outcome so far is on disk. Raises `NotWritten`."""
        writing, self._writing = self._writing, []
        try:
            for deferred in writing:
                await deferred
        except Exception as error:
            raise NotWritten(str(error)) from error

    async def _settle(self, entry: Entry, outcomes: Sequence[Outcome]) -> None:
        run = self.store.writer.run
        if outcomes:
            await run(settle, self.owner, entry.id, outcomes)
        decided = {outcome.n for outcome in outcomes}
        if left := [recipient.n for recipient in entry.recipients if recipient.n not in decided]:
            await run(give_back, self.owner, entry.id, left)
        addresses = {recipient.n: recipient.address for recipient in entry.recipients}
        for outcome in outcomes:
            self.log.info(
                "{state}: {recipient}: {words}",
                trace=entry.trace,
                state=outcome.state,
                recipient=addresses[outcome.n],
                host=outcome.host,
                words=outcome.reply,
            )
        if any(outcome.report for outcome in outcomes):
            self.report(entry.id)
        bounced = [outcome for outcome in outcomes if says_gone(outcome)]
        if bounced and (seconds := self.settings.suppress_bounced):
            until = int(self.store.clock()) + seconds
            for outcome in bounced:
                words = f"{outcome.host} said: {outcome.reply}"
                await run(suppress_bounced, [addresses[outcome.n]], words, until)
