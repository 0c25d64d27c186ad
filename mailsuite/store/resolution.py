"""Where an address leads: the one resolver that every door asks (threats S1, S9)."""

from typing import Any

from attrs import define, field, frozen
from sqlalchemy import bindparam, func, select

from mailsuite.errors import NoSuchUser, TooMany
from mailsuite.message.addresses import Address
from mailsuite.store.addresses import ACCOUNT, ALIAS, CATCH_ALL, LISTED, MASK, WILD
from mailsuite.store.masks import is_live
from mailsuite.store.schema import account, address, alias_target, domain
from mailsuite.store.transaction import Transaction, any_of

POSTMASTER = "postmaster"  # valid in every domain of ours (RFC 5321 §4.5.1)
EXPANSION = 10_000  # addresses that one address may lead through

# A row for the domain alone says that it is ours and has none of the addresses.
FIND = (
    select(
        domain.c.id.label("domain_id"),
        domain.c.backup_for,
        address.c.id,
        address.c.localpart,
        address.c.kind,
        address.c.account_id,
    )
    .select_from(
        domain.outerjoin(
            address,
            (address.c.domain_id == domain.c.id) & any_of(address.c.localpart, "localparts"),
        )
    )
    .where(domain.c.name == bindparam("domain"))
)
# Asked where nothing else fits: each beginning of the local part is one step in the index.
WILDCARDS = (
    select(address.c.id, address.c.localpart, address.c.kind, address.c.account_id)
    .where(
        address.c.domain_id == bindparam("domain_id"),
        any_of(address.c.localpart, "localparts"),
        address.c.kind == bindparam("alias"),
    )
    .order_by(func.length(address.c.localpart).desc())
    .limit(1)
)
TARGETS_OF = (
    select(alias_target.c.target)
    .where(alias_target.c.address_id == bindparam("id"))
    .order_by(alias_target.c.target)
)
# Who has an address in the domain comes first, then the eldest.
POSTMASTERS = (
    select(account.c.id)
    .select_from(
        account.outerjoin(
            address,
            (address.c.account_id == account.c.id)
            & (address.c.domain_id == bindparam("domain_id")),
        )
    )
    .where(account.c.state == "active", account.c.role == bindparam("role"))
    .order_by(address.c.id.is_(None), account.c.id)
    .limit(1)
)
ROOMS = (
    select(
        account.c.id,
        account.c.name,
        account.c.quota_octets,
        account.c.used_octets,
        account.c.quota_messages,
        account.c.used_messages,
    )
    .where(
        any_of(account.c.id, "ids"),
        account.c.state != "removed",
        account.c.state != "vanished",  # `mailsuite.store.outside`
    )
    .order_by(account.c.id)
)


@frozen
class Room:
    """An account that mail goes to, with what is used of its quota (0: no quota)."""

    account_id: int
    name: str
    quota_octets: int
    used_octets: int
    quota_messages: int
    used_messages: int


@frozen
class Resolved:
    """Where an address leads."""

    ours: bool
    rooms: tuple[Room, ...] = ()
    onward: tuple[Address, ...] = ()
    backup: bool = False  # `onward` is the address itself: another host has its mailbox
    # Each step had this one way: who is found at its end may send as the address.
    alone: bool = True
    row: int = 0  # of the table of addresses, where the way began; 0: of none


@define
class _Walk:
    """One expansion, with all that it has met."""

    tx: Transaction
    accounts: set[int] = field(factory=set)
    onward: list[Address] = field(factory=list)
    alone: bool = True
    row: int = 0
    _seen: set[Address] = field(factory=set)

    def visit(self, start: Address) -> bool:
        """Follow every way from `start`; False when its domain is not ours."""
        waiting: list[Address] = []
        ours = self._step(start, waiting)
        # No recursion: how deep groups stand in groups is up to whoever made them.
        while waiting:
            target = waiting.pop()
            if not self._step(target.canonical, waiting):
                self.onward.append(target)
        return ours

    def _step(self, at: Address, waiting: list[Address]) -> bool:
        if at in self._seen:
            return True
        self._seen.add(at)
        if len(self._seen) > EXPANSION:
            raise TooMany("an alias leads through too many addresses")
        base = at.without_subaddress.localpart
        localparts = self.tx.array((at.localpart, base, CATCH_ALL))
        rows = self.tx.execute(FIND, {"domain": at.domain, "localparts": localparts}).all()
        if rows:
            self._choose(at, rows, base, waiting)
        return bool(rows)

    def _choose(self, at: Address, rows: list[Any], base: str, waiting: list[Address]) -> None:
        found = {row.localpart: row for row in rows}
        row = found.get(at.localpart) or found.get(base)
        if row is None and base == POSTMASTER:
            if rows[0].backup_for:
                self.onward.append(at)
            else:
                self._postmaster(rows[0].domain_id)
            return
        row = row or self._wildcard(at, rows[0].domain_id) or found.get(CATCH_ALL)
        if row is None:
            return
        self.row = self.row or row.id
        if row.kind == LISTED:
            self.onward.append(at)
            return
        if row.kind == MASK and not is_live(self.tx, row.id):
            return  # refused, and no catch-all takes it
        if row.kind in {ACCOUNT, MASK}:
            self.accounts.add(row.account_id)
            return
        targets = self.tx.execute(TARGETS_OF, {"id": row.id}).tuples()
        self.alone = self.alone and len(targets) == 1
        waiting += [Address.parse(target) for (target,) in targets]

    def _wildcard(self, at: Address, domain_id: int) -> Any:
        """The alias that ends in `WILD` and fits best, by what was written before a `+` too."""
        starts = [at.localpart[:end] + WILD for end in range(len(at.localpart) + 1)]
        asked = {"domain_id": domain_id, "localparts": self.tx.array(starts), "alias": ALIAS}
        return self.tx.execute(WILDCARDS, asked).one_or_none()

    def _postmaster(self, domain_id: int) -> None:
        for role in ("domain-admin", "admin", "user"):
            asked = {"domain_id": domain_id, "role": role}
            found = self.tx.execute(POSTMASTERS, asked).value()
            if found is not None:
                self.accounts.add(found)
                return


def resolve_address(tx: Transaction, given: Address) -> Resolved:
    """Follow an address to accounts here and addresses elsewhere; `given` in canonical form.

    In this order: the address itself; the same without its subaddress; postmaster, who is an
    administrator; the alias with the longest beginning of it before a `*`; the domain's
    catch-all. Aliases and groups lead on; no address twice.

    Raises:
        NoSuchUser: the domain is ours, and the address leads nowhere.
        TooMany: it leads through more than `EXPANSION` addresses.
    """
    walk = _Walk(tx)
    if not walk.visit(given):
        return Resolved(ours=False)
    rooms = tx.execute(ROOMS, {"ids": tx.array(walk.accounts)}).tuples()
    if not rooms and not walk.onward:
        raise NoSuchUser(f"{given} leads nowhere")
    return Resolved(
        ours=True,
        rooms=tuple(Room(*row) for row in rooms),
        onward=tuple(dict.fromkeys(walk.onward)),
        alone=walk.alone,
        row=walk.row,
        backup=walk.onward == [given] and not rooms,
    )
