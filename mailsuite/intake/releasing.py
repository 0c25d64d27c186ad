"""Scheduled messages whose time has come: they go where their addresses lead now (RFC 4865)."""

from collections.abc import Sequence

from attrs import evolve, frozen

from mailsuite.errors import MailError
from mailsuite.intake.envelope import Envelope, Kind, Recipient, Source
from mailsuite.intake.service import Intake
from mailsuite.message.addresses import Address
from mailsuite.store.opening import Store
from mailsuite.store.queue_rows import Entry, EntryRecipient
from mailsuite.store.queue_scheduled import (
    Ended,
    fail_scheduled,
    postpone_scheduled,
    read_scheduled,
)
from mailsuite.store.streams import open_blob, read_piece
from mailsuite.wire.link import Peer
from mailsuite.wire.replies import reply_to

AGAIN_SECONDS = 60  # after trouble that will pass


@frozen
class Submitter:
    """Whose message it is."""

    id: int
    name: str = ""


class Releases:
    """Sends scheduled messages on. A message and the end of its waiting are one transaction."""

    def __init__(self, store: Store, intake: Intake) -> None:
        self._store = store
        self._intake = intake

    async def release_due(self) -> None:
        """Release everything whose time has come."""
        while found := await self._store.readers.run(read_scheduled):
            for entry in found:
                await self._release(entry)

    async def _release(self, entry: Entry) -> None:
        recipients = []
        for row in entry.recipients:
            try:
                recipients.append((row, await self._recipient(row)))
            except MailError as error:
                await self._refused(entry, [row], error)
        if not recipients:
            return
        try:
            await self._send(entry, recipients)
        except MailError as error:
            if reply_to(error).passing or len(recipients) == 1:
                await self._refused(entry, [row for row, _ in recipients], error)
                return
            # One that cannot have it must not keep it from the others.
            for each in recipients:
                await self._release_one(entry, each)

    async def _release_one(self, entry: Entry, one: tuple[EntryRecipient, Recipient]) -> None:
        try:
            await self._send(entry, [one])
        except MailError as error:
            await self._refused(entry, [one[0]], error)

    async def _send(
        self, entry: Entry, recipients: Sequence[tuple[EntryRecipient, Recipient]]
    ) -> None:
        ended = Ended(entry.id, tuple(row.n for row, _ in recipients))
        account = None if entry.account_id is None else Submitter(entry.account_id)
        source = Source(
            Kind.RELEASED, Peer("127.0.0.1"), "", "ESMTPSA", None, account,
            entry.trace, ended,
        )  # fmt: skip
        envelope = Envelope(
            Address.parse(entry.reverse_path) if entry.reverse_path else None,
            [recipient for _, recipient in recipients],
            ret=entry.ret,
            envid=entry.envid,
            body="8BITMIME",
            smtputf8=entry.smtputf8,
            terms=evolve(entry.terms, release_at=0),
            priority_given=True,
        )
        spool = self._intake.spool()
        try:
            opened = await self._store.readers.run(open_blob, entry.blob_id, entry.prefix)
            try:
                while piece := await self._store.readers.run(read_piece, opened):
                    await spool.append(piece)
            finally:
                opened.close()
            await self._intake.accept(source, envelope, spool)
        finally:
            spool.discard()

    async def _recipient(self, row: EntryRecipient) -> Recipient:
        address = Address.parse(row.address)
        resolution = await self._intake.directory.resolve(address)
        asked = frozenset(filter(None, row.notify.split(",")))
        return Recipient(address, resolution, asked, row.orcpt)

    async def _refused(
        self, entry: Entry, rows: Sequence[EntryRecipient], error: MailError
    ) -> None:
        """Try again later, or let the sender know."""
        reply = reply_to(error)
        ended = Ended(entry.id, tuple(row.n for row in rows))
        if reply.passing:
            again = int(self._store.clock()) + AGAIN_SECONDS
            await self._store.writer.run(postpone_scheduled, ended, again)
        else:
            words = f"{reply.smtp} {reply.enhanced} {reply.words}"
            await self._store.writer.run(fail_scheduled, ended, words)
