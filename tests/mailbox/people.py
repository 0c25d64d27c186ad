"""One account and its mailboxes over an inline store."""

from collections.abc import Sequence

from mailsuite.mailbox.service import AccountMailboxes, Append, Mailboxes
from mailsuite.mailbox.view import MailboxView
from mailsuite.store.opening import Store
from mailsuite.wire.limits import Limits
from mailsuite.wire.pools import Inline
from tests.imap.people import now
from tests.store.mail import Mail


class Account:
    """Who `Mailboxes.of` is asked for."""

    def __init__(self, number: int) -> None:
        self.id = number
        self.read_only = False


class Box:
    """The services over a store, and the one account in it."""

    def __init__(self, store: Store, limits: Limits | None = None, quota_octets: int = 0) -> None:
        self.mail = Mail(store, quota_octets)
        self.services = Mailboxes(store, limits or Limits(), Inline())
        self.mine: AccountMailboxes = self.services.of(Account(self.mail.account))

    def open(self, name: str = "INBOX") -> MailboxView:
        return now(self.mine.open(name))

    def put(self, *flags: str, name: str = "INBOX") -> Sequence[int]:
        octets = b"Subject: x\r\n\r\n%d\r\n" % len(flags)
        return now(self.mine.append(name, [Append(octets, flags)])).uids
