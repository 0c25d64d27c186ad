"""Which mailboxes of others somebody sees, and what may be done there (RFC 4314).

The owner of a mailbox has every right in it, always. Everybody else has what the list grants.
Mailboxes of nobody in particular ("Shared/…") belong to an account that nobody can sign in to;
administrators have every right in them.
"""

from collections.abc import Iterable, Sequence

from attrs import evolve, frozen
from sqlalchemy import bindparam, func, insert, select

from mailsuite.errors import NoSuchMailbox
from mailsuite.store.accounts import REMOVED
from mailsuite.store.acl import OWNER_OF, read_entries
from mailsuite.store.addresses import addresses_of, shown
from mailsuite.store.ids import reserve_id
from mailsuite.store.mailboxes import (
    COLUMNS,
    MailboxRow,
    find_mailbox,
    superiors,
)
from mailsuite.store.rights import ALL, ANYONE, GROUP, NEGATIVE, Right, added_up
from mailsuite.store.schema import account, address, alias_target, domain, mailbox
from mailsuite.store.schema_sharing import acl
from mailsuite.store.transaction import Transaction, any_of

COMMON = "shared"  # the account that mailboxes of nobody in particular belong to
MOST_GROUPS = 1_000  # that one account is in
MOST_GRANTED = 10_000  # mailboxes of others that one account is shown

_OTHERS = mailbox.join(account, account.c.id == mailbox.c.account_id)
FIND = (
    select(*COLUMNS)
    .select_from(_OTHERS)
    .where(
        account.c.name == bindparam("owner"),
        account.c.state != bindparam("removed"),
        mailbox.c.name == bindparam("name"),
    )
)
GROUPS = select(acl.c.identifier).where(acl.c.kind == bindparam("group")).distinct()
ENTRIES_OF = (
    select(acl.c.mailbox_id, acl.c.identifier, acl.c.rights)
    .where(any_of(acl.c.identifier, "identifiers"))
    .order_by(acl.c.mailbox_id)
    .limit(MOST_GRANTED)
)
ROWS = (
    select(*COLUMNS, account.c.name)
    .select_from(_OTHERS)
    .where(any_of(mailbox.c.id, "ids"), account.c.state != bindparam("removed"))
)
OF_OWNER = select(mailbox.c.id).where(mailbox.c.account_id == bindparam("account_id"))
ACCOUNT = select(account.c.id).where(
    account.c.name == bindparam("name"), account.c.state != bindparam("removed")
)
ROLE = select(account.c.role).where(account.c.id == bindparam("id"))
LEADING_TO = (
    select(address.c.localpart, domain.c.name)
    .select_from(
        alias_target.join(address, address.c.id == alias_target.c.address_id).join(
            domain, domain.c.id == address.c.domain_id
        )
    )
    .where(any_of(func.lower(alias_target.c.target), "targets"))
)
ADD_ACCOUNT = insert(account)


@frozen
class Granted:
    """A mailbox of another account, with what the viewer may do there."""

    owner: str
    row: MailboxRow


def find_granted(tx: Transaction, viewer_id: int, owner: str, name: str) -> MailboxRow:
    """The mailbox of that name, with the viewer's rights; `owner` "" is the viewer itself.

    Raises:
        NoSuchMailbox: there is none. One in which the viewer has no right is still found: what
            that means is decided in one place, `mailsuite.mailbox.rights`.
    """
    if not owner:
        return find_mailbox(tx, viewer_id, name)
    where = {"owner": owner, "name": name, "removed": REMOVED}
    found = tx.execute(FIND, where).tuples()
    row = MailboxRow(*found[0]) if found else None
    # Looked up for a mailbox that is not there, too: the two take the same time.
    rights = rights_in(tx, viewer_id, row.id if row else 0, owner)
    if row is None or row.account_id == viewer_id:  # one's own mailbox has one name only
        raise NoSuchMailbox
    return evolve(row, rights=rights)


def rights_in(tx: Transaction, viewer_id: int, mailbox_id: int, owner: str) -> Right:
    """What the viewer may do in a mailbox that is not its own."""
    if owner == COMMON and role_of(tx, viewer_id) == "admin":
        return ALL
    entries = read_entries(tx, mailbox_id)
    return added_up(entries, _identity(tx, viewer_id, [name for name, _ in entries]))


def current_rights(tx: Transaction, viewer_id: int, mailbox_id: int) -> tuple[Right, bool]:
    """What the viewer may do in any mailbox now, nothing where it is gone.

    And whether that depends on who is in which group.
    """
    owner = tx.execute(OWNER_OF, {"mailbox_id": mailbox_id}).value()
    if owner is None:
        return Right.NONE, False
    if owner == viewer_id:
        return ALL, False
    name = names_of_accounts(tx, [owner]).get(owner)
    if name is None:  # it is being removed
        return Right.NONE, False
    grouped = any(who.lstrip(NEGATIVE)[:1] == GROUP for who, _ in read_entries(tx, mailbox_id))
    return rights_in(tx, viewer_id, mailbox_id, name), grouped


def rights_above(
    tx: Transaction, viewer_id: int, owner: str, name: str
) -> tuple[int | None, Right]:
    """Whose a new mailbox of that name would be, and what the viewer may do where it would stand.

    That is the nearest mailbox above it that the viewer may know of (RFC 4314 §4, CREATE): one
    that may not be seen is passed over as if it were not there.
    """
    if not owner:
        return viewer_id, ALL
    for above in reversed(superiors(name)):
        try:
            row = find_granted(tx, viewer_id, owner, above)
        except NoSuchMailbox:
            continue
        if row.rights & (Right.LOOKUP | Right.CREATE):
            return row.account_id, row.rights
    if owner == COMMON and role_of(tx, viewer_id) == "admin":
        return account_named(tx, COMMON), ALL
    return None, Right.LOOKUP


def list_granted(tx: Transaction, viewer_id: int) -> list[Granted]:
    """Mailboxes of others that the viewer may look up (RFC 4314 §4, LIST)."""
    rights: dict[int, Right] = {}
    entries: dict[int, list[tuple[str, str]]] = {}
    groups = [name for (name,) in tx.execute(GROUPS, {"group": "group"}).tuples()]
    mine = _identity(tx, viewer_id, groups)
    asked = [*mine, *(NEGATIVE + name for name in mine)]
    rows = tx.execute(ENTRIES_OF, {"identifiers": tx.array(asked)}).tuples()
    for mailbox_id, name, letters in rows:
        entries.setdefault(mailbox_id, []).append((name, letters))
    if len(rows) == MOST_GRANTED:
        del entries[rows[-1][0]]  # what is withheld there may have been cut off
    for mailbox_id, found in entries.items():
        rights[mailbox_id] = added_up(found, mine)
    if role_of(tx, viewer_id) == "admin":
        common = account_named(tx, COMMON) or 0
        for (mailbox_id,) in tx.execute(OF_OWNER, {"account_id": common}).tuples():
            rights[mailbox_id] = ALL
    seen = [mailbox_id for mailbox_id, right in rights.items() if Right.LOOKUP in right]
    if not seen:
        return []
    found_rows = tx.execute(ROWS, {"ids": tx.array(seen), "removed": REMOVED}).tuples()
    granted = []
    for *columns, owner in found_rows:
        row = MailboxRow(*columns)
        if row.account_id != viewer_id:
            granted.append(Granted(owner, evolve(row, rights=rights[row.id])))
    return granted


def _identity(tx: Transaction, viewer_id: int, among: Iterable[str]) -> frozenset[str]:
    """The identifiers that mean the viewer; groups are looked for if some are among these."""
    mine = {str(viewer_id), ANYONE}
    if any(name.removeprefix(NEGATIVE).startswith(GROUP) for name in among):
        mine |= _groups_of(tx, viewer_id)
    return frozenset(mine)


def _groups_of(tx: Transaction, viewer_id: int) -> set[str]:
    """The groups that lead to the account by one of its addresses, through other groups too.

    Upwards from the account, so that it costs nothing that others name many groups.
    """
    found: set[str] = set()
    reached = {name.lower() for name in addresses_of(tx, viewer_id)}
    while reached and len(found) < MOST_GROUPS:
        rows = tx.execute(LEADING_TO, {"targets": tx.array(sorted(reached))}).tuples()
        aliases = {shown(localpart, name) for localpart, name in rows if localpart}
        reached = {name.lower() for name in aliases if GROUP + name not in found}
        found |= {GROUP + name for name in aliases}
    return found


def account_named(tx: Transaction, name: str) -> int | None:
    """The id of the account of that name."""
    found: int | None = tx.execute(ACCOUNT, {"name": name, "removed": REMOVED}).value()
    return found


def role_of(tx: Transaction, account_id: int) -> str:
    """The role of an account; empty where it is gone."""
    return str(tx.execute(ROLE, {"id": account_id}).value() or "")


def common_account(tx: Transaction) -> int:
    """The account that the mailboxes of nobody in particular belong to, made if it is missing."""
    number = account_named(tx, COMMON)
    if number is None:
        number = reserve_id(tx, "account")
        tx.execute(ADD_ACCOUNT, {"id": number, "name": COMMON, "state": COMMON, "created": tx.now})
    return number


def names_of_accounts(tx: Transaction, numbers: Sequence[int]) -> dict[int, str]:
    """The names of accounts that are there."""
    where = {"ids": tx.array(numbers), "removed": REMOVED}
    return dict(tx.execute(NAMES, where).tuples())


NAMES = select(account.c.id, account.c.name).where(
    any_of(account.c.id, "ids"), account.c.state != bindparam("removed")
)
