"""QUOTA (RFC 9208, and RFC 2087 before it): one quota root, named "", for all mailboxes."""

from mailsuite.imap.registry import (
    ASTRING,
    MAILBOX,
    Cursor,
    Done,
    No,
    Session,
    State,
    advertise,
    command,
    parsed_by,
)
from mailsuite.imap.writing import mailbox, parenthesised

ROOT = b""
STORAGE_UNIT = 1024  # octets (RFC 9208 §5.1)


@command(b"GETQUOTA", ASTRING, states=State.AUTHENTICATED, capability=b"QUOTA")
async def getquota(session: Session, root: bytes) -> Done:
    """Tell what the account holds and may hold (RFC 9208 §4.1.1)."""
    if root != ROOT:
        raise No(b"NONEXISTENT", "No such quota root")
    await _tell(session)
    return Done()


@command(b"GETQUOTAROOT", MAILBOX, states=State.AUTHENTICATED, capability=b"QUOTA")
async def getquotaroot(session: Session, name: str) -> Done:
    """Tell which quota a mailbox counts against, and it (RFC 9208 §4.1.2)."""
    row = await session.mailboxes.status(name)
    session.untagged(b'QUOTAROOT %b ""' % mailbox(row.name))
    await _tell(session)
    return Done()


@command(b"SETQUOTA", ASTRING, parsed_by(Cursor.rest), states=State.AUTHENTICATED)
async def setquota(session: Session, root: bytes, resources: bytes) -> Done:
    """Refuse: the operator sets quotas, by the command line (RFC 9208 §4.1.3)."""
    del session, root, resources
    raise No(b"NOPERM", "Quotas are set by the operator")


async def _tell(session: Session) -> None:
    quota = await session.mailboxes.quota()
    resources = []
    if quota.quota_octets is not None:
        used = -(-quota.used_octets // STORAGE_UNIT)
        resources.append(b"STORAGE %d %d" % (used, quota.quota_octets // STORAGE_UNIT))
    if quota.quota_messages is not None:
        resources.append(b"MESSAGE %d %d" % (quota.used_messages, quota.quota_messages))
    session.untagged(b'QUOTA "" ' + parenthesised(resources))


advertise(b"QUOTA=RES-STORAGE", states=State.AUTHENTICATED)
advertise(b"QUOTA=RES-MESSAGE", states=State.AUTHENTICATED)
