"""Accounts by the name that somebody signs in with, remembered for a moment.

A phone opens five connections at once, and each asked the store twice: whose name it is, and
whether that is still so once the session watches. Both were hops to a reader thread, which were a
third of what a sign-in cost.
"""

import time
from collections.abc import Callable

from attrs import define, field

from mailsuite.directory.identity import Account
from mailsuite.message.addresses import Address
from mailsuite.store.credentials import SignIn, find_sign_in
from mailsuite.store.opening import Store

REMEMBERED = 4_096
# A change is announced to every worker of this host; one that another host made on the same store
# is not, and holds after so long.
REMEMBERED_SECONDS = 1.0


@define(eq=False)
class SignInRows:
    """Rows of accounts that exist; any change of people or accounts forgets them all.

    Args:
        seconds: a monotonic clock.
    """

    store: Store
    seconds: Callable[[], float] = time.monotonic
    _rows: dict[str, tuple[float, SignIn]] = field(factory=dict, init=False)
    _moves: int = field(default=0, init=False)  # how often something may have changed

    def __attrs_post_init__(self) -> None:
        """Listen for changes from now on."""
        self.store.changes.on_people(self._moved)

    async def find(self, at: Address) -> SignIn | None:
        """The account that signs in with this canonical address; None: nobody's."""
        name = str(at)
        known = self._known(name)
        if known is not None:
            return known
        moves = self._moves
        row = await self.store.readers.run(find_sign_in, at)
        # What was read beside a change may be what was before it. Names that are nobody's are
        # not kept: strangers make up as many as they like.
        if row is not None and moves == self._moves:
            if len(self._rows) >= REMEMBERED:
                self._rows.clear()
            self._rows[name] = (self.seconds() + REMEMBERED_SECONDS, row)
        return row

    def is_current(self, account: Account) -> bool:
        """Whether it is known without asking that the account is as it was when it signed in.

        No change of it was announced since its row was read. False: nobody knows.
        """
        row = self._known(account.name)
        return row is not None and (row.account_id, row.generation) == (
            account.id,
            account.generation,
        )

    def _known(self, name: str) -> SignIn | None:
        known = self._rows.get(name)
        return known[1] if known is not None and known[0] > self.seconds() else None

    def _moved(self) -> None:
        self._moves += 1
        self._rows.clear()
