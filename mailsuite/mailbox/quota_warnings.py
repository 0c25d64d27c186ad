"""Tells people by mail that their mailbox fills up, once for each threshold.

Behind a delivery, from what RCPT had read of the account: whoever has no quota, or stays on the
same side of every threshold, costs a comparison. Once an hour all are looked at, for what came by
APPEND and what was deleted.
"""

import secrets
from collections import OrderedDict
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from mailsuite.errors import MailError
from mailsuite.message.addresses import Address
from mailsuite.message.compose import (
    addresses,
    message_id,
    structured,
    text_message,
    unstructured,
)
from mailsuite.message.dates import format_date
from mailsuite.store.opening import Store
from mailsuite.store.quota_warnings import Crossing, level, list_due, note_level
from mailsuite.wire.again import Again

EVERY_SECONDS = 3_600.0
REMEMBERED = 10_000  # accounts whose threshold is known
MOST_OCTETS = 64 * 1024  # that a warning may go beyond a quota: a full mailbox is told that it is


class Limited(Protocol):
    """An account that mail came for, as it was before that."""

    @property
    def account_id(self) -> int:
        """Its id."""
        ...

    @property
    def octets_left(self) -> int | None:
        """None: there is no limit."""
        ...

    @property
    def messages_left(self) -> int | None:
        """None: there is no limit."""
        ...

    @property
    def quota_octets(self) -> int:
        """0: there is no limit."""
        ...

    @property
    def quota_messages(self) -> int:
        """0: there is no limit."""
        ...


class Posts(Protocol):
    """What delivers our own mail (`mailsuite.intake.service`)."""

    async def report(self, recipient: str, message: bytes, trace: str, *, overdraft: int) -> None:
        """Deliver it from the null sender, over a quota by so much. Raises `MailError`."""


class QuotaWarnings:
    """One a process. `thresholds` in percent of a quota; none: nobody is told."""

    log = Logger()

    def __init__(
        self, store: Store, posts: Posts, reactor: Any, hostname: str, thresholds: tuple[int, ...]
    ) -> None:
        self._store = store
        self._posts = posts
        self._hostname = hostname
        self._levels: OrderedDict[int, int] = OrderedDict()
        self.thresholds = thresholds
        # One process of a host looks at all.
        self._rounds = Again(reactor, "quota warnings", self.look_at_all, EVERY_SECONDS)
        self.start, self.stop = self._rounds.start, self._rounds.stop

    def delivered(self, inbox: Limited, octets: int) -> None:
        """A message of so many octets has come to an account with a quota."""
        reached = level(
            self.thresholds,
            octets=inbox.quota_octets - (inbox.octets_left or 0) + octets,
            quota_octets=inbox.quota_octets,
            messages=inbox.quota_messages - (inbox.messages_left or 0) + 1,
            quota_messages=inbox.quota_messages,
        )
        if reached != self._levels.get(inbox.account_id, 0):
            self._begin(inbox.account_id)

    async def look(self, account_id: int) -> None:
        """Note where an account stands, and tell its owner of what was crossed."""
        reached, crossing = await self._store.writer.run(
            note_level, account_id, list(self.thresholds)
        )
        self._levels.pop(account_id, None)
        if reached:
            self._levels[account_id] = reached
            if len(self._levels) > REMEMBERED:
                self._levels.popitem(last=False)
        if crossing is not None:
            await self._tell(crossing)

    async def look_at_all(self) -> None:
        """Look at every account that may have crossed a threshold."""
        lowest, after = min(self.thresholds, default=101), 0
        while due := await self._store.readers.run(list_due, lowest, after):
            for account_id in due:
                await self.look(account_id)
            after = due[-1]

    def _begin(self, account_id: int) -> None:
        running = Deferred.fromCoroutine(self.look(account_id))
        running.addErrback(lambda failure: self.log.failure("quota warning", failure))

    async def _tell(self, crossing: Crossing) -> None:
        trace = secrets.token_hex(8)
        message = warning(crossing, self._hostname, self._store.clock(), secrets.token_bytes(12))
        try:
            await self._posts.report(crossing.name, message, trace, overdraft=MOST_OCTETS)
        except MailError as error:
            self.log.warn(
                "{account} was not told of its quota: {why}",
                account=crossing.name,
                why=type(error).__name__,
                trace=trace,
            )


def warning(crossing: Crossing, hostname: str, now: float, random: bytes) -> bytes:
    """The message: plain words about what is full, and what to do."""
    at = Address.parse(crossing.name)
    full = crossing.threshold >= 100
    about = "Your mailbox is full" if full else f"Your mailbox is over {crossing.threshold} % full"
    fields = [
        addresses("From", [("Mail system", Address("postmaster", at.domain))]),
        addresses("To", [("", at)]),
        unstructured("Subject", about),
        structured("Date", [format_date(int(now))]),
        structured("Message-ID", [message_id(hostname, now, random)]),
        structured("Auto-Submitted", ["auto-generated"]),  # RFC 3834 §5
    ]
    return text_message(fields, f"{about}: {crossing.name}\n\n{_words(crossing)}\n{ADVICE}")


def _words(crossing: Crossing) -> str:
    lines = []
    if crossing.quota_octets:
        used, quota = (_mib(n) for n in (crossing.used_octets, crossing.quota_octets))
        lines.append(f"It holds {used} of {quota} MiB.\n")
    if crossing.quota_messages:
        lines.append(f"It holds {crossing.used_messages} of {crossing.quota_messages} messages.\n")
    return "".join(lines)


def _mib(octets: int) -> str:
    return f"{octets / (1 << 20):.1f}"


ADVICE = """\
When it is full, new mail is refused and its senders are told so. To make room, delete
messages that you do not need, the largest first, and empty the trash. Or ask whoever
looks after this mail host for more room.

This message was written by the mail host. You will not get it again before the mailbox
has been emptier.
"""
