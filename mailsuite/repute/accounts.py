"""How much an account may submit, and to how many whom it never wrote to (threat S18)."""

from collections import OrderedDict

from attrs import define, field

from mailsuite.message.addresses import Address
from mailsuite.repute.notices import Notices
from mailsuite.repute.ports import Account
from mailsuite.repute.rates import Meter, Over, Rate, Rates
from mailsuite.repute.verdicts import Denied, limited
from mailsuite.store.correspondents import find_strangers, read_use
from mailsuite.store.opening import Store
from mailsuite.wire.tallies import DAY

REMEMBERED = 20_000  # pairs of account and correspondent, so that most RCPTs read nothing


@define(eq=False)
class AccountLimits:
    """Counts minutes and hours in memory, over all workers; reads a day from the store."""

    store: Store
    meter: Meter
    notices: Notices
    rates: Rates
    _written_to: OrderedDict[tuple[int, str], None] = field(factory=OrderedDict, init=False)

    def too_fast(self, account: Account, over: Over, trace: str) -> Denied:
        """The account met a limit: tell whom it concerns."""
        self.notices.limit_met(account, over, trace)
        return limited(over)

    async def may_submit(self, account: Account, trace: str) -> Denied | None:
        """Whether the account may submit one message more today."""
        rate = self.rates.messages_per_account
        over = self.meter.count(
            ("messages", "account", account.id), without_day(rate), "messages", "your account"
        )
        if over is None and (most := of_day(rate)):
            used = await self.store.readers.run(read_use, account.id)
            if used.messages >= most:
                over = Over("messages", "your account", most, DAY)
        return self._told(account, over, trace)

    async def may_submit_to(
        self, account: Account, to: Address, already: int, strangers: set[str], trace: str
    ) -> Denied | None:
        """Whether the message may have one recipient more; it has `already` so many.

        `strangers` are those of them to whom the account had not written: it grows by this one.
        """
        rates = self.rates
        over = self.meter.count(
            ("recipients", "account", account.id),
            without_day(rates.recipients_per_account),
            "recipients",
            "your account",
        )
        address = str(to.canonical)
        new = await self._is_new(account.id, address)
        if over is None and new and address not in strangers:
            over = self.meter.count(
                ("strangers", account.id),
                without_day(rates.strangers_per_account),
                "new recipients",
                "your account",
            )
        if over is None:
            over = await self._over_day(account.id, already, len(strangers), new=new)
        if over is None and new:
            strangers.add(address)
        return self._told(account, over, trace)

    def _told(self, account: Account, over: Over | None, trace: str) -> Denied | None:
        return None if over is None else self.too_fast(account, over, trace)

    async def _is_new(self, account_id: int, address: str) -> bool:
        key = (account_id, address)
        if key in self._written_to:
            self._written_to.move_to_end(key)
            return False
        if await self.store.readers.run(find_strangers, account_id, [address]):
            return True
        self._written_to[key] = None
        if len(self._written_to) > REMEMBERED:
            self._written_to.popitem(last=False)
        return False

    async def _over_day(
        self, account_id: int, already: int, strangers: int, *, new: bool
    ) -> Over | None:
        people = of_day(self.rates.recipients_per_account)
        unknown = of_day(self.rates.strangers_per_account)
        if already and not new:
            return None  # looked at with the first recipient, and with each new one
        if not (people or unknown):
            return None
        used = await self.store.readers.run(read_use, account_id)
        if people and used.recipients + already >= people:
            return Over("recipients", "your account", people, DAY)
        if new and unknown and used.strangers + strangers >= unknown:
            return Over("new recipients", "your account", unknown, DAY)
        return None


def without_day(rate: Rate) -> Rate:
    """What is counted in memory; an account's day is in the store."""
    return tuple(each for each in rate if each[0] is not DAY)


def of_day(rate: Rate) -> int:
    """How much within a day; 0: any number."""
    return next((limit for window, limit in rate if window is DAY), 0)
