"""When each app password was last used: written behind the sign-ins, many at once.

A phone that signs in for every click costs no commit: what is on disk is at most an hour old.
"""

from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from mailsuite.store.app_passwords import AppPassword, note_uses
from mailsuite.store.opening import Store

NOTED_SECONDS = 3_600  # a later use within that is not written
BEHIND_SECONDS = 30.0
MOST = 1_000  # of a commit


class Uses:
    """Uses that are not written yet. A crash loses those of half a minute."""

    log = Logger()

    def __init__(self, store: Store, reactor: Any) -> None:
        self._store = store
        self._reactor = reactor
        self._due: dict[int, int] = {}
        self._call: Any = None

    def note(self, app: AppPassword) -> None:
        """Somebody signed in with it now."""
        now = int(self._store.clock())
        if app.last_used + NOTED_SECONDS > now or len(self._due) >= MOST:
            return
        self._due[app.id] = now
        if self._call is None:
            self._call = self._reactor.callLater(BEHIND_SECONDS, self._write)

    async def end(self) -> None:
        """Write what is due now: the process ends."""
        if self._call is not None and self._call.active():
            self._call.cancel()
            await self._written()

    def _write(self) -> None:
        running = Deferred.fromCoroutine(self._written())
        running.addErrback(lambda failure: self.log.failure("noting uses", failure))

    async def _written(self) -> None:
        due, self._due, self._call = self._due, {}, None
        if due:
            await self._store.writer.run(note_uses, due)
