"""QUOTA (RFC 9208, and RFC 2087 before it): one root for each account; one's own is named ""."""

from mailsuite.imap.elements import list_of, parsed_by
from mailsuite.imap.grammar import LARGEST64
from mailsuite.imap.registry import (
    MAILBOX,
    Bad,
    Cursor,
    Done,
    No,
    Session,
    State,
    advertise,
    command,
)
from mailsuite.imap.writing import astring, parenthesised
from mailsuite.mailbox.quotas import QuotaRoot

STORAGE_UNIT = 1024  # octets (RFC 9208 §5.1)
MOST = 2**52  # of any resource: in octets it still is a 63-bit number
RESOURCES = (b"STORAGE", b"MESSAGE", b"MAILBOX")
ADMIN = "admin"


def _root(cursor: Cursor) -> str:
    return cursor.astring().decode("utf-8", "replace")


def _limit(cursor: Cursor) -> tuple[bytes, int]:
    name = cursor.word()
    cursor.space()
    return name, cursor.number(LARGEST64)


ROOT = parsed_by(_root)
LIMITS = list_of(parsed_by(_limit), empty=True)


@command(b"GETQUOTA", ROOT, states=State.AUTHENTICATED, capability=b"QUOTA")
async def getquota(session: Session, root: str) -> Done:
    """Tell what a root holds and may hold (RFC 9208 §4.1.1): one's own, or any to an admin."""
    _tell(session, await session.mailboxes.quotas.of_root(root, of_others=is_admin(session)))
    return Done()


@command(b"GETQUOTAROOT", MAILBOX, states=State.AUTHENTICATED)
async def getquotaroot(session: Session, name: str) -> Done:
    """Tell which quota a mailbox counts against, and it (RFC 9208 §4.1.2)."""
    row, root = await session.mailboxes.quotas.of_mailbox(name)
    session.untagged(b"QUOTAROOT %b %b" % (session.spelled(row.name), _spelled(root.name)))
    _tell(session, root)
    return Done()


@command(b"SETQUOTA", ROOT, LIMITS, states=State.AUTHENTICATED)
async def setquota(session: Session, root: str, limits: list[tuple[bytes, int]]) -> Done:
    """Set the limits of a root, for an admin; what is not named has none (RFC 9208 §4.1.3)."""
    if not is_admin(session):
        raise No(b"NOPERM", "Quotas are set by an administrator")
    wanted = dict(limits)
    if len(wanted) != len(limits):
        raise Bad("A resource is named twice")
    if unknown := wanted.keys() - set(RESOURCES):
        raise No(b"CANNOT", f"No limit can be set for {ascii(min(unknown))[2:-1]}")
    if any(not 0 < limit <= MOST for limit in wanted.values()):
        # 0 would mean that nothing may be kept at all (§3.1.2): an account is shut otherwise.
        raise No(b"CANNOT", "A limit must be above 0, and not that large")
    octets = wanted.get(b"STORAGE", 0) * STORAGE_UNIT
    counts = (wanted.get(b"MESSAGE", 0), wanted.get(b"MAILBOX", 0))
    _tell(session, await session.mailboxes.quotas.limit(root, octets, *counts))
    return Done()


def is_admin(session: Session) -> bool:
    """Whether the account may look after others' quotas."""
    return session.account.role == ADMIN


def _spelled(root: str) -> bytes:
    return astring(root.encode()) if root else b'""'


def _tell(session: Session, root: QuotaRoot) -> None:
    held = root.holding
    # The number of mailboxes is limited for everybody: such a limit is told (§3.2).
    mailboxes = held.mailboxes_limit or session.mailboxes.quotas.mailboxes
    resources = [b"MAILBOX %d %d" % (held.mailboxes, mailboxes)]
    if held.messages_limit:
        resources.insert(0, b"MESSAGE %d %d" % (held.messages, held.messages_limit))
    if held.octets_limit:
        used = -(-held.octets // STORAGE_UNIT)
        resources.insert(0, b"STORAGE %d %d" % (used, held.octets_limit // STORAGE_UNIT))
    session.untagged(b"QUOTA %b %b" % (_spelled(root.name), parenthesised(resources)))


for resource in RESOURCES:
    advertise(b"QUOTA=RES-" + resource, states=State.AUTHENTICATED)
advertise(b"QUOTASET", states=State.AUTHENTICATED, offered=is_admin)
