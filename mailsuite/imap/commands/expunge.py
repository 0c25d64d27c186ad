"""EXPUNGE (RFC 3501 §6.4.3), and what CLOSE and UID EXPUNGE share with it."""

from mailsuite.imap.registry import Done, No, Session, State, Uids, command
from mailsuite.imap.view import SelectedView, view_of
from mailsuite.mailbox.changing import expunge as expunge_step_by_step
from mailsuite.store.rights import Right


def writable(session: Session, needed: Right = Right.NONE) -> SelectedView:
    """The selected mailbox, if it may be changed.

    Raises:
        No: it was opened by EXAMINE, or nothing in it may be changed.
        NotPermitted: one of the rights that are needed is missing.
    """
    view = view_of(session)
    if view.read_only:
        raise No(None, "Mailbox is read-only")
    view.permits(needed)
    return view


async def expunge_deleted(session: Session, uids: Uids | None) -> None:
    """Remove what is marked as deleted, of these UIDs or of all, and tell it after each step."""
    view = writable(session, Right.EXPUNGE)
    async for done, goal in expunge_step_by_step(view.mailbox, uids):
        await view.pending(expunges=True)
        if session.progress is not None:
            session.progress.count(done, goal)


@command(b"EXPUNGE", states=State.SELECTED)
async def expunge(session: Session) -> Done:
    """Remove all messages marked as deleted (RFC 3501 §6.4.3)."""
    await expunge_deleted(session, None)
    return Done()
