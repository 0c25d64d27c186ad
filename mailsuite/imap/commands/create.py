"""CREATE (RFC 3501 §6.3.3)."""

from mailsuite.imap.listing import tell_normalized
from mailsuite.imap.registry import FLAG as USE_ATTRIBUTE
from mailsuite.imap.registry import (
    MAILBOX,
    Bad,
    Cursor,
    Done,
    No,
    Session,
    State,
    command,
    list_of,
    optional,
    parsed_by,
)
from mailsuite.imap.tables import MAILBOX_CODES
from mailsuite.mailbox.names import SPECIAL_USES

USES = {use.lower(): use for use in SPECIAL_USES}


def _use(cursor: Cursor) -> list[bytes]:
    if cursor.word() != b"USE":
        raise Bad("Unknown parameter")
    cursor.space()
    return list_of(USE_ATTRIBUTE, empty=True).parse(cursor)


@command(
    b"CREATE",
    MAILBOX,
    optional(list_of(parsed_by(_use)), b"("),
    states=State.AUTHENTICATED,
    capability=b"CREATE-SPECIAL-USE",
)
async def create(session: Session, name: str, uses: list[list[bytes]] | None) -> Done:
    """Create a mailbox and the levels above it, with a special use (RFC 6154 §3)."""
    use = ""
    for attribute in uses[0] if uses else []:
        known = USES.get(attribute.decode("ascii").lower())
        if known is None or use:
            raise No(b"USEATTR", "No such use here")
        use = known
    # One mailbox for a use: of two Sent mailboxes each program would take its own.
    if use and any(row.special_use == use for row in await session.mailboxes.listing()):
        raise No(b"USEATTR", "Another mailbox has that use")
    row = await session.mailboxes.create(name, use)
    tell_normalized(session, name.removesuffix("/"), row.name)
    return Done(next((code(row) for code in MAILBOX_CODES), None))
