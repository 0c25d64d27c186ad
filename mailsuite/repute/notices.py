"""Mail to people about what the door does: limits that an account met, lists that fail.

Nobody gets more than one about the same in an hour, however many workers meet the limit.
"""

import secrets
from collections.abc import Awaitable, Callable

from attrs import define
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from mailsuite.message.addresses import Address
from mailsuite.message.compose import addresses, message_id, structured, text_message, unstructured
from mailsuite.message.dates import format_date
from mailsuite.repute.ports import Account, Reports
from mailsuite.repute.rates import Over
from mailsuite.wire.tallies import DAY, HOUR, Tallies

LIMIT = """\
The account {name} met a limit of this host:

    {words}

What it sends beyond that is put off with 450 and not lost: its mail program tries again.

If you sent that much yourself, nothing is wrong; your administrator can raise the limit. If you
did not, somebody else knows your password: change it now, and your app passwords too.
"""
LIST = """\
{words}

It is asked no more until its test entries (RFC 5782, section 5) are right again; they are looked at
every hour. If it stays so, take the list out of [repute] lists.
"""


@define
class Notices:
    """Writes them.

    Args:
        clock: seconds UTC.
    """

    reports: Reports
    tallies: Tallies
    hostname: str
    clock: Callable[[], float]
    postmaster: Callable[[], Awaitable[Address | None]]  # whoever looks after this host
    random: Callable[[int], bytes] = secrets.token_bytes
    log = Logger()

    def limit_met(self, account: Account, over: Over, trace: str) -> None:
        """Tell the account's owner and the administrator (threat S18)."""
        window = max(over.window, HOUR)
        key = ("told", account.id, over.what)
        if self.tallies.count(key, window) > 1:
            return
        self.log.warn(
            "{account} met a limit: {words}", account=account.name, words=over.words, trace=trace
        )
        text = LIMIT.format(name=account.name, words=over.words)
        owner = Address.parse(account.name)
        postmaster = Address("postmaster", owner.domain)
        for to in (owner, postmaster):
            self._send(to, f"{account.name} sends more than it may", text, trace)

    def list_fails(self, zone: str, words: str) -> None:
        """Tell the administrator (threat D15)."""
        if self.tallies.count(("told", zone, words), DAY) > 1:
            return
        telling = Deferred.fromCoroutine(self._tell_postmaster(zone, words))
        telling.addErrback(self._unsent, "the postmaster")

    async def _tell_postmaster(self, zone: str, words: str) -> None:
        to = await self.postmaster()
        if to is not None:
            self._send(to, f"The DNS list {zone}", LIST.format(words=words), f"list-{zone}")

    def _send(self, to: Address, subject: str, text: str, trace: str) -> None:
        now = self.clock()
        sender = Address("postmaster", self.hostname)
        fields = [
            structured("Date", [format_date(int(now))]),
            addresses("From", [("Mail system", sender)]),
            addresses("To", [("", to)]),
            unstructured("Subject", subject),
            structured("Message-ID", [message_id(self.hostname, now, self.random(12))]),
            structured("Auto-Submitted", ["auto-generated"]),  # RFC 3834 §5
        ]
        message = text_message(fields, text)
        sending = Deferred.fromCoroutine(self.reports.report(str(to), message, trace))
        sending.addErrback(self._unsent, to)

    def _unsent(self, failure: Failure, to: object) -> None:
        self.log.warn("{to} could not be told: {why}", to=str(to), why=type(failure.value).__name__)
