"""INPROGRESS (RFC 9585): a client that waits for a long command hears that it goes on.

Runs around the commands that may be long. They write whole lines only, so that a line of ours may
stand between theirs; FETCH is not among them: its own answers flow all the time.
"""

from typing import Any

from attrs import define

from mailsuite.imap.commands import append, copy, expunge, fetch, search, store  # noqa: F401 - wrapped
from mailsuite.imap.extensions import move, multisearch, sort, thread, uidplus  # noqa: F401 - wrapped
from mailsuite.imap.registry import COMMANDS, Command, Ending, Session, State, advertise, wraps
from mailsuite.imap.tables import is_hidden

EVERY_SECONDS = 10.0  # RFC 9585 §4: 10 to 15
INPROGRESS = b"INPROGRESS"
LONG = (
    b"COPY", b"MOVE", b"STORE", b"SEARCH", b"ESEARCH", b"SORT", b"THREAD", b"EXPUNGE",
    b"UID EXPUNGE", b"CLOSE", b"SELECT", b"EXAMINE", b"RENAME", b"DELETE", b"LIST", b"STATUS",
)  # fmt: skip

advertise(INPROGRESS, states=State.AUTHENTICATED)


@define
class Progress:
    """How far the command in hand is."""

    session: Session
    tag: bytes
    done: int = 0
    goal: int = 0  # 0: nobody knows

    def count(self, done: int, goal: int) -> None:
        """Note how many messages of how many are done."""
        self.done, self.goal = done, goal

    def tell(self) -> None:
        """Say so, and again in a while."""
        # A tag that would end the response code is not told (RFC 9585 §4).
        tag = b"NIL" if b"]" in self.tag else b'"%b"' % self.tag
        state = b"NIL NIL"
        if self.done < self.goal:
            state = b"%d %d" % (self.done, self.goal)
        words = self.session.language.words("Still working")
        self.session.untagged(b"OK [INPROGRESS (%b %b)] %b" % (tag, state, words))
        self.session.link.deadline(EVERY_SECONDS)


async def watched(row: Command, session: Session, *arguments: Any) -> Ending:
    """Run a command; tell every ten seconds that it does (RFC 9585 §3)."""
    if is_hidden(session, INPROGRESS):
        return await row.run(session, *arguments)
    session.progress = Progress(session, session.tag)
    session.link.deadline(EVERY_SECONDS)
    try:
        return await row.run(session, *arguments)
    finally:
        session.progress = None


for _name in LONG:
    if _name in COMMANDS:
        wraps(_name)(watched)
