"""MULTISEARCH (RFC 7377): the ESEARCH command, which searches several mailboxes.

None of them is selected by it, and the one that is stays so. All mailboxes together may take as
long as one search.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from attrs import frozen

from mailsuite.errors import NoSuchMailbox
from mailsuite.imap.commands.search import Criteria, find, read_criteria
from mailsuite.imap.registry import Bad, Cursor, Done, Session, State, command, parsed_by
from mailsuite.imap.searching.returns import Found, Returns, read_returns
from mailsuite.imap.sources import SELECTED, Source, meant_by, read_source
from mailsuite.imap.view import SelectedView, open_view, view_of
from mailsuite.store.mailboxes import MailboxRow


@frozen
class Asked:
    """An ESEARCH as it was written."""

    sources: tuple[Source, ...]
    returns: Returns
    criteria: Criteria


def read_esearch(cursor: Cursor) -> Asked:
    """Read `[IN (source ...)] [RETURN (...)] [CHARSET c] key ...` (RFC 7377 §4)."""
    sources = [SELECTED]
    if cursor.sees_word(b"IN"):
        cursor.word()
        cursor.space()
        cursor.enter()
        sources = [read_source(cursor)]
        while not cursor.leave():
            cursor.space()
            sources.append(read_source(cursor))
        cursor.space()
    asked = Asked(tuple(sources), read_returns(cursor), read_criteria(cursor))
    if b"SAVE" in asked.returns.wanted and set(sources) != {SELECTED}:
        raise Bad("SAVE is for the selected mailbox alone")
    return asked


@command(
    b"ESEARCH",
    parsed_by(read_esearch),
    states=State.AUTHENTICATED,
    capability=b"MULTISEARCH",
    holds_expunge=True,
    uid_form=True,
)
async def esearch(session: Session, asked: Asked) -> Done:
    """Search all mailboxes that are meant; tell of those where something was found (§2.1).

    Raises:
        Bad: the selected mailbox is meant, and none is.
    """
    if SELECTED in asked.sources and session.state is not State.SELECTED:
        raise Bad("Select a mailbox first")
    returns, spent, codes = asked.returns, 0.0, []
    with returns.kept(session):
        for row in await _mailboxes(session, asked.sources):
            try:
                with _closing(await _view(session, row)) as view:
                    found = await find(session, view, asked.criteria, spent)
                    found.by_uid = found.elsewhere = True
                    await _tell(returns, found)
            except NoSuchMailbox:  # it was deleted meanwhile
                continue
            spent = found.search.spent
            codes.append(found.code)
    return Done(next(filter(None, codes), None))


async def _mailboxes(session: Session, sources: Sequence[Source]) -> list[MailboxRow]:
    """The mailboxes to be searched; without any if they are known to be empty."""
    if set(sources) == {SELECTED}:
        return [view_of(session).mailbox.row]
    rows = await meant_by(session, sources)
    selected = view_of(session).mailbox.id if session.state is State.SELECTED else 0
    return [row for row in rows if row.messages or row.id == selected]


async def _view(session: Session, row: MailboxRow) -> SelectedView:
    if session.state is State.SELECTED and view_of(session).mailbox.id == row.id:
        return view_of(session)
    return await open_view(session, row.name, read_only=True)


@contextmanager
def _closing(view: SelectedView) -> Iterator[SelectedView]:
    """Give the view back, unless it is the selected one."""
    try:
        yield view
    finally:
        session = view.session
        if session.state is not State.SELECTED or session.view is not view:
            view.close()


async def _tell(returns: Returns, found: Found) -> None:
    if found.uids:
        await returns.tell(found)
    else:
        await returns.act(found)
