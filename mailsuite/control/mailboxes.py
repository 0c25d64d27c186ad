"""Verbs about mailboxes and whom they are shared with: `mailsuite.mailbox.admin` by name."""

from mailsuite.control.verbs import Parts, verb
from mailsuite.mailbox.admin import Line, MailboxAdmin, Shown


@verb("mailbox list")
async def list_mailboxes(parts: Parts, owner: str) -> list[Shown]:
    """All mailboxes of an account, or those of nobody."""
    return await MailboxAdmin(parts.store).all(owner)


@verb("mailbox create")
async def create_mailbox(parts: Parts, owner: str, mailbox: str) -> None:
    """Make a mailbox."""
    await MailboxAdmin(parts.store).create(owner, mailbox)


@verb("mailbox share")
async def share_mailbox(
    parts: Parts, owner: str, mailbox: str, whom: str, rights: str
) -> list[Line]:
    """Let somebody use a mailbox."""
    return await MailboxAdmin(parts.store).share(owner, mailbox, whom, rights)


@verb("mailbox unshare")
async def unshare_mailbox(parts: Parts, owner: str, mailbox: str, whom: str) -> list[Line]:
    """Take from somebody what was granted in a mailbox."""
    return await MailboxAdmin(parts.store).share(owner, mailbox, whom, "")
