"""IDLE (RFC 2177): the client listens, and is told at once what happens in its mailbox."""

from collections.abc import Awaitable

from mailsuite.imap.registry import Await, Bad, Done, Session, State, View, command


class Idling:
    """One IDLE: what is told while it lasts, several changes at once if they come quickly."""

    __slots__ = ("_again", "_busy", "_over", "_session", "_telling", "_view")

    def __init__(self, session: Session) -> None:
        self._session = session
        self._view: View | None = session.view if session.state is State.SELECTED else None
        self._telling: Awaitable[None] | None = None
        self._again = self._busy = self._over = False

    def begin(self) -> None:
        """Listen, and tell what changed since the last command (Delta Chat hangs otherwise).

        Only now: Thunderbird says DONE at the first EXISTS, and takes the `+` for its answer if
        that comes later; it then drops the connection.
        """
        if self._view is not None:
            self._view.watch(self.changed)
            self.changed()

    def changed(self) -> None:
        """Tell, or once more after what is being told now."""
        self._again = True
        if not self._busy and not self._over:
            self._busy = True
            telling = self._session.start(self._tell())
            self._telling = telling if self._busy else None

    async def _tell(self) -> None:
        view = self._view
        try:
            while self._again and not self._over and view is not None:
                self._again = False
                # One who does not read is told of everything at once when he reads again.
                await self._session.drained()
                await view.pending(expunges=True)
        finally:
            self._busy = False

    async def done(self, line: bytes) -> Done:
        """End at DONE; any other line is BAD, and the connection lives on."""
        self._over = True
        if self._view is not None:
            self._view.watch(None)
        if self._busy and self._telling is not None:
            # What is being told must not come after the OK: EXPUNGE only stands in a command.
            await self._telling
        if line.upper() != b"DONE":
            raise Bad("Expected DONE")
        return Done()

    def still_here(self) -> None:
        """Say so, before a client or a router between us gives up."""
        self._session.untagged(b"OK Still here")


@command(b"IDLE", states=State.AUTHENTICATED, capability=b"IDLE")
async def idle(session: Session) -> Await:
    """Tell changes as they happen, until DONE (RFC 2177 §3)."""
    idling = Idling(session)
    seconds = session.limits.imap_still_here_seconds
    tick = idling.still_here if seconds else None
    return Await(b"idling", idling.done, seconds or None, tick, idling.begin)
