"""Annotations as the client knows them: which entries have another value (RFC 5465 §5.6, §5.7)."""

from collections.abc import Iterable

from mailsuite.imap.notifying.mailboxes import Known
from mailsuite.imap.notifying.request import Event, Request
from mailsuite.mailbox.service import AccountMailboxes
from mailsuite.store.annotations import SERVER, read_annotations
from mailsuite.store.transaction import Transaction

Digests = dict[str, int]  # of values, by the names of their entries: values may be large


class Annotations:
    """What METADATA lines are due; reads nothing for who does not ask for them."""

    def __init__(self, request: Request, account_id: int) -> None:
        self._of_mailboxes = request.asks(Event.MAILBOX_METADATA)
        self._of_server = request.asks(Event.SERVER_METADATA)
        self._account_id = account_id
        self._known: dict[int, Digests] = {}

    async def changed(self, mailboxes: AccountMailboxes, known: Known) -> list[bytes]:
        """Return a line for each mailbox that has a changed entry since the last call."""
        ids = [SERVER] if self._of_server else []
        if self._of_mailboxes:
            rows = known.rows.values()
            ids += [row.id for row in rows if Event.MAILBOX_METADATA in known.events(row)]
        if not ids:
            return []
        found = await mailboxes.store.readers.run(read_digests, ids, self._account_id)
        before, self._known = self._known, found
        lines = []
        for mailbox_id, now in found.items():
            then = before.get(mailbox_id)
            if then is None or then == now:
                continue
            entries = sorted(name for name in then.keys() | now.keys() if _differ(name, then, now))
            name = known.rows[mailbox_id].name if mailbox_id != SERVER else ""
            words = " ".join(entries).encode("utf-8")
            spelled = known.manner.spelled(name) if name else b'""'
            lines.append(b"* METADATA %b %b\r\n" % (spelled, words))
        return lines


def _differ(name: str, then: Digests, now: Digests) -> bool:
    return then.get(name) != now.get(name)


def read_digests(
    tx: Transaction, mailbox_ids: Iterable[int], account_id: int
) -> dict[int, Digests]:
    """Read what the account sees of the annotations of these mailboxes."""
    return {
        mailbox_id: {
            entry: hash(value)
            for entry, value in read_annotations(tx, mailbox_id, account_id).items()
        }
        for mailbox_id in mailbox_ids
    }
