"""One account with its mailboxes, and letters in them."""

from mailsuite.message.scan import scan
from mailsuite.store.blobs import prepare
from mailsuite.store.delivery import Append, append
from mailsuite.store.mailboxes import (
    MailboxRow,
    Usage,
    create_mailbox,
    find_mailbox,
    read_usage,
)
from mailsuite.store.opening import Store
from tests.store.letters import add_account, done


class Mail:
    """An account made for the test."""

    def __init__(self, store: Store, quota_octets: int = 0, quota_messages: int = 0) -> None:
        self.store = store
        self.account: int = done(
            store.writer.run(add_account, "ann@example.test", quota_octets, quota_messages)
        )
        self.inbox = self.row().id
        self.archive: int = done(store.writer.run(create_mailbox, self.account, "Archive")).id

    def row(self, name: str = "INBOX") -> MailboxRow:
        row: MailboxRow = done(self.store.readers.run(find_mailbox, self.account, name))
        return row

    def usage(self) -> Usage:
        usage: Usage = done(self.store.readers.run(read_usage, self.account))
        return usage

    def put(
        self, count: int, name: str = "INBOX", flags: int = 0, keywords: tuple[str, ...] = ()
    ) -> None:
        items = []
        for n in range(count):
            octets = b"Subject: %d\r\n\r\nHi\r\n" % n
            content = prepare(octets, scan(octets), self.store.large)
            items.append(Append(content, flags, keywords))
        done(self.store.writer.run(append, self.row(name).id, items))


def counted(mail: Mail, name: str = "INBOX") -> tuple[int, int, int]:
    row = mail.row(name)
    return row.messages, row.unseen, row.deleted
