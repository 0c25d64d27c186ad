"""THREAD and UID THREAD (RFC 5256 §3): a search whose outcome comes as trees.

Each algorithm is a row of `ALGORITHMS`, in a module of its own.
"""

from collections.abc import Sequence

from attrs import frozen

from mailsuite.imap.commands.search import Criteria, find
from mailsuite.imap.elements import Element, Parsed
from mailsuite.imap.extensions.sort import read_searched
from mailsuite.imap.registry import Bad, Cursor, Done, Session, State, advertise, command
from mailsuite.imap.tables import once
from mailsuite.imap.view import view_of
from mailsuite.mailbox.threading import threaded
from mailsuite.mailbox.threads import Forest, Threading

ALGORITHMS: dict[bytes, Threading] = {}
_CLOSE = -1


def thread_algorithm(name: bytes, threading: Threading) -> None:
    """Register an algorithm, and say that it is offered."""
    once(ALGORITHMS, name, threading)
    advertise(b"THREAD=" + name, states=State.AUTHENTICATED)


@frozen
class Asked:
    """A THREAD as it was written."""

    algorithm: Threading
    criteria: Criteria


def read_thread(cursor: Cursor) -> Asked:
    """Read `algorithm charset key key ...`. Raises `Bad`: an algorithm that is not offered."""
    algorithm = ALGORITHMS.get(cursor.word())
    if algorithm is None:
        raise Bad("Unknown threading algorithm")
    cursor.space()
    return Asked(algorithm, read_searched(cursor))


ASKED: Element[Asked] = Parsed(read_thread)


def thread_data(forest: Forest, names: Sequence[int]) -> bytes:
    """The THREAD response (RFC 5256 §4), however deep the threads are.

    Parent and only child follow each other; several children are lists of their own.
    """
    written = list(map(str, names))
    children, count = forest.children, forest.count
    out = ["THREAD "] if forest.roots else ["THREAD"]
    waiting = forest.roots[::-1]
    while waiting:
        node = waiting.pop()
        if node == _CLOSE:
            out.append(")")
            continue
        out.append("(")
        below: list[int] | None = [node]
        while below is not None and len(below) == 1:
            node = below[0]
            below = children[node]
            if node < count:
                out.append(written[node])
                if below is not None:
                    out.append(" ")
        if below is None:
            out.append(")")
        else:
            waiting.append(_CLOSE)
            waiting += below[::-1]
    return "".join(out).encode("ascii")


@command(b"THREAD", ASKED, states=State.SELECTED, holds_expunge=True, uid_form=True)
async def thread(session: Session, asked: Asked) -> Done:
    """Find messages and tell how they belong together (RFC 5256 §3)."""
    view = view_of(session)
    found = await find(session, view, asked.criteria)
    numbers = view.numbers
    uids = [uid for uid in found.uids if numbers.of(uid)] if not session.by_uid else found.uids
    told = found.told(uids)
    session.untagged(await threaded(view.mailbox, uids, told, asked.algorithm, thread_data))
    return Done(found.code)
