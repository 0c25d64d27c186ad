"""Tells senders what became of their messages: once each, and never the null sender."""

import secrets
from collections.abc import Sequence

from twisted.logger import Logger

from mailsuite.errors import MailError, Unavailable
from mailsuite.message.terms import REQUIRED, RETURN, Terms
from mailsuite.relay.dsn import (
    DELAYS,
    RETURNED_OCTETS,
    Kind,
    Reported,
    Stamp,
    Told,
    compose_dsn,
    status_of,
)
from mailsuite.relay.outcomes import DELAY, FAILURE, SUCCESS, wants
from mailsuite.relay.ports import Intake
from mailsuite.relay.restraint import Restraint
from mailsuite.relay.settings import RelaySettings
from mailsuite.store.opening import Store
from mailsuite.store.queue import (
    DELIVERED,
    EXPANDED,
    EXPIRED,
    TOLD_DELAY,
    TOLD_LATE,
    mark_reported,
    mark_warned,
    read_delayed,
    read_ended,
    read_late,
    read_unreported,
)
from mailsuite.store.queue_rows import Entry, EntryRecipient
from mailsuite.store.streams import read_start

EXPIRED_WORDS = "It could not be delivered in the time that this host tries."


class Reporter:
    """Makes reports and hands them to the intake.

    A crash between the intake's commit and ours doubles one report; nothing loses one.
    """

    log = Logger()

    def __init__(self, store: Store, intake: Intake, settings: RelaySettings) -> None:
        self._store = store
        self._intake = intake
        self._settings = settings
        self._restraint = Restraint(store.clock)

    async def tell_ends(self, queue_id: int) -> None:
        """Report the ends of one entry that were not told yet."""
        for entry in await self._store.readers.run(read_ended, queue_id):
            await self._tell_ends(entry)

    async def tell_all_ends(self) -> None:
        """Report every end that was not told yet: after a crash, or the operator's `fail`."""
        for entry in await self._store.readers.run(read_unreported, self._restraint.satisfied()):
            await self._tell_ends(entry)

    async def warn(self) -> None:
        """Tell senders, once, of messages that wait for long."""
        for entry in await self._store.readers.run(read_late):
            await self._tell_delay(entry, Kind.LATE, TOLD_LATE)
        delay = self._settings.delay_warning
        if not delay:
            return
        before = int(self._store.clock()) - delay
        for entry in await self._store.readers.run(read_delayed, before):
            await self._tell_delay(entry, Kind.DELAYED, TOLD_DELAY)

    async def _tell_delay(self, entry: Entry, kind: Kind, told: int) -> None:
        wanted = [r for r in entry.recipients if wants(entry, r, DELAY)]
        if not wanted or await self._sent(entry, kind, wanted):
            numbers = [recipient.n for recipient in entry.recipients]
            await self._store.writer.run(mark_warned, entry.id, numbers, told)

    async def _tell_ends(self, entry: Entry) -> None:
        by_kind: dict[Kind, list[EntryRecipient]] = {}
        done: list[int] = []
        for recipient in entry.recipients:
            kind, word = _end(recipient)
            # A relayed one that is not finished is to be told: so it was decided when it left.
            relayed = kind is Kind.RELAYED
            if self._is_backscatter(entry, recipient, kind):
                done.append(recipient.n)
            elif relayed or wants(entry, recipient, word):
                by_kind.setdefault(kind, []).append(recipient)
            else:
                done.append(recipient.n)
        for kind, recipients in by_kind.items():
            if await self._sent(entry, kind, recipients):
                done += [recipient.n for recipient in recipients]
        if done:
            await self._store.writer.run(mark_reported, entry.id, done)

    def _is_backscatter(self, entry: Entry, recipient: EntryRecipient, kind: Kind) -> bool:
        """Whether a report would go to somebody who may never have written (threat S10).

        The sender of what came from outside and was passed on for one of our people is whoever
        the envelope names. What the next host refuses by its rules is mostly such mail.
        """
        if entry.account_id is not None or kind is not Kind.FAILED:
            return False
        status = status_of(recipient.last_reply.partition(" ")[2], kind)
        refused = bool(recipient.last_host) and status.startswith("5.7.")
        if not refused and self._restraint.may_tell_stranger():
            return False
        self.log.info(
            "no report to {sender} about {recipient}: it was passed on for somebody here",
            trace=entry.trace,
            sender=entry.reverse_path,
            recipient=recipient.address,
        )
        return True

    async def _sent(self, entry: Entry, kind: Kind, recipients: Sequence[EntryRecipient]) -> bool:
        """Whether the report is stored, or can never be."""
        if self._restraint.has_enough(entry.reverse_path):
            # Ends are told when the hour is over; that something takes longer is not.
            return kind in DELAYS
        told = [_told(entry, kind, recipient) for recipient in recipients]
        octets = entry.prefix + await self._body(entry)
        secret = entry.terms.tls == REQUIRED
        # RFC 8689 §5: a report about such a message is one, and brings no more than its header.
        ret = "HDRS" if secret else entry.ret
        reported = Reported(
            entry.reverse_path, octets, entry.created, entry.envid, ret, entry.terms
        )
        message = compose_dsn(kind, reported, told, self._stamp())
        try:
            # RFC 6710 §4.6: as urgent as the message.
            asked = Terms(tls=REQUIRED if secret else "", priority=entry.terms.priority)
            await self._intake.report(entry.reverse_path, message, entry.trace, asked)
        except Unavailable:
            return False  # the next sweep tries it again
        except MailError as refused:
            # The sender's address does not answer: a report about a report is never made.
            self.log.warn(
                "report to {sender} refused: {why}",
                trace=entry.trace,
                sender=entry.reverse_path,
                why=type(refused).__name__,
            )
        self._restraint.note(entry.reverse_path)
        return True

    async def _body(self, entry: Entry) -> bytes:
        """As much as a report may show: of a larger one its header alone is given back."""
        try:
            return await self._store.readers.run(read_start, entry.blob_id, RETURNED_OCTETS + 1)
        except MailError:  # damaged: its trace fields are what can be shown
            return b"\r\n"

    def _stamp(self) -> Stamp:
        return Stamp(self._settings.hostname, int(self._store.clock()), secrets.token_bytes(16))


def _end(recipient: EntryRecipient) -> tuple[Kind, str]:
    """How an ended recipient is told, and the word of NOTIFY that asks for it."""
    if recipient.state == EXPANDED:
        return Kind.EXPANDED, SUCCESS
    if recipient.state != DELIVERED:
        return Kind.FAILED, FAILURE
    # Without a host it never left: the intake notes what it put into mailboxes here.
    return (Kind.RELAYED if recipient.last_host else Kind.DELIVERED), SUCCESS


def _told(entry: Entry, kind: Kind, recipient: EntryRecipient) -> Told:
    words = recipient.last_reply
    status = status_of(words.partition(" ")[2], kind)
    if recipient.state == EXPIRED:
        words = f"{EXPIRED_WORDS} Last: {words}" if words else EXPIRED_WORDS
        timed = entry.terms.by_mode == RETURN
        status = "5.4.7" if timed or status == "5.0.0" else status  # delivery time expired
    if kind is Kind.LATE:
        status = "4.4.7"
    until = entry.expires if kind in DELAYS else 0
    return Told(recipient.address, status, words, recipient.last_host, recipient.orcpt, until=until)
