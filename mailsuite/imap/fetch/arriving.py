"""FETCH lines that are sent by themselves when a message arrives (RFC 5465 §5.2 and §7).

NOTIFY asks for them of every new message, a search that is followed of those that it finds.
"""

from collections.abc import Sequence
from contextlib import aclosing

from mailsuite.imap.fetch.answer import jobs
from mailsuite.imap.fetch.asked import Asked
from mailsuite.imap.fetch.large import is_large, runs, send_large
from mailsuite.imap.ports import Session
from mailsuite.imap.view import SelectedView
from mailsuite.mailbox.reading import read_ahead


class Arrivals:
    """What is told of messages that came into the selected mailbox (an `imap.ports.Follower`)."""

    def __init__(self, session: Session, view: SelectedView, items: Asked) -> None:
        self._session = session
        self._view = view
        self._items = items

    def going(self, uids: Sequence[int]) -> bytes:  # noqa: ARG002 - of those that go, nothing
        """Say nothing."""
        return b""

    async def told(
        self,
        appended: Sequence[int],
        changed: Sequence[int],  # noqa: ARG002 - the view tells of them
    ) -> bytes:
        """Send what was asked for of new messages."""
        await self.send(appended)
        return b""

    async def send(self, uids: Sequence[int]) -> None:
        r"""Send what was asked for of these messages; `\Seen` is not set, whatever that is."""
        view, asked = self._view, self._items
        for before in asked.before:
            await before(view.mailbox, uids)
        for run in runs(view, uids, asked):
            if len(run) == 1 and is_large(view, run[0], asked):
                await send_large(self._session, view, run[0], asked)
                continue
            async with aclosing(read_ahead(view.mailbox, jobs(view, run, asked))) as answers:
                async for answer in answers:
                    self._session.write(answer.octets)
                    await self._session.drained()
