"""CONTEXT=SEARCH and CONTEXT=SORT (RFC 5267 §4): a search whose results the client follows.

Behind UPDATE may stand what is to be fetched of new messages that it finds (RFC 5465 §7).

UPDATE makes a context of the selected mailbox, which keeps what was found; when the view tells
what changed, the context looks at those messages only, and tells what came to the results and
what went. CONTEXT is a hint that we do not need; PARTIAL is in `partial.py`.
"""

from array import array
from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence

from attrs import define, evolve

from mailsuite.imap.fetch.arriving import Arrivals
from mailsuite.imap.fetch.asked import Asked, read_items
from mailsuite.imap.registry import (
    STRING,
    Bad,
    Cursor,
    Done,
    No,
    Parsed,
    Session,
    State,
    advertise,
    command,
    parsed_by,
)
from mailsuite.imap.searching.returns import (
    Found,
    ReturnOption,
    Returns,
    correlated,
    search_effect,
)
from mailsuite.imap.searching.run import run_bound
from mailsuite.imap.view import SelectedView, view_of
from mailsuite.imap.writing import quoted, uid_set

UPDATE = b"UPDATE"
LARGEST_CONTEXTS = 10  # of a session
LARGEST_MEMBERS = 500_000  # results of all contexts of a session, before one more: 2 MB
FEW = 4  # looked for one by one in a sorted result


@define(eq=False)
class Context:
    """One search that is followed (an `imap.ports.Follower` of the selected mailbox).

    Attributes:
        found: how it was asked, without its outcome.
        members: the results, in their order.
        seen: the modseq up to which changes have been looked at.
        arrivals: sends what was asked for of messages that are new in the mailbox.
    """

    tag: bytes
    found: Found
    members: "array[int]"
    seen: int
    arrivals: Arrivals | None = None

    @property
    def view(self) -> SelectedView:
        """The mailbox it is about."""
        return self.found.view

    def going(self, uids: Sequence[int]) -> bytes:
        """Tell which results are about to be told as expunged (RFC 5267 §4.3.4)."""
        return self._line(self._removed(self._among(uids)))

    async def told(self, appended: Sequence[int], changed: Sequence[int]) -> bytes:
        """Tell what came to the results and what went (RFC 5267 §4.3).

        The client's own changes count here, too: `changed` is without them.
        """
        del changed
        seen, numbers = self.view.mailbox.row.modseq, self.view.numbers
        different = {uid for uid in self.view.mailbox.changed_since(self.seen) if numbers.of(uid)}
        different.update(appended)
        # Also what is gone and not yet told, as EXPUNGE may not stand here (appendix A.3).
        gone = self._among(numbers.going()) if numbers.waiting else set()
        if not different and not gone:
            self.seen = seen
            return b""
        try:
            return await self._compare(sorted(different), gone, seen, frozenset(appended))
        except No:  # it takes too long
            # A new list: the view goes through the old one.
            self.view.followers = [other for other in self.view.followers if other is not self]
            return b"* " + refusal(self.tag) + b"\r\n"

    async def _compare(
        self, different: Sequence[int], gone: set[int], seen: int, new: frozenset[int]
    ) -> bytes:
        search = self.found.search
        search.spent = 0.0
        matching = set(await run_bound(search, self.found.bound, different))
        were = self._among(different)
        self.seen = seen
        if self.arrivals is not None and matching & new:
            await self.arrivals.send(sorted(matching & new))
        removed = self._removed((were - matching) | gone)
        return self._line(removed, await self._added(sorted(matching - were)))

    def _among(self, uids: Sequence[int]) -> set[int]:
        """Those of them that are results."""
        members = self.members
        if self.found.ranked is not None:
            known = set(members) if len(uids) > FEW else members
            return {uid for uid in uids if uid in known}
        places = ((uid, bisect_left(members, uid)) for uid in uids)
        return {uid for uid, at in places if at < len(members) and members[at] == uid}

    def _removed(self, uids: set[int]) -> bytes:
        """Take results away; how REMOVEFROM tells it."""
        if not uids:
            return b""
        if self.found.ranked is None:
            told = self._pairs([(0, sorted(uids))])
        else:
            # From the end: a place that was told is not moved by those told after it.
            told = self._pairs(self._places(uids)[::-1])
        self.members = array("I", [uid for uid in self.members if uid not in uids])
        return b" REMOVEFROM (%b)" % told

    async def _added(self, uids: Sequence[int]) -> bytes:
        """Take new results in; how ADDTO tells it."""
        if not uids:
            return b""
        ranked = self.found.ranked
        if ranked is None:
            for uid in uids:
                insort(self.members, uid)
            return b" ADDTO (%b)" % self._pairs([(0, uids)])
        self.members = array("I", await ranked(sorted([*self.members, *uids])))
        return b" ADDTO (%b)" % self._pairs(self._places(set(uids)))

    def _places(self, uids: set[int]) -> list[tuple[int, list[int]]]:
        """Where these results stand: neighbours together, with the place of the first."""
        places: list[tuple[int, list[int]]] = []
        for at, uid in enumerate(self.members, 1):
            if uid not in uids:
                continue
            if places and places[-1][0] + len(places[-1][1]) == at:
                places[-1][1].append(uid)
            else:
                places.append((at, [uid]))
        return places

    def _pairs(self, pairs: Iterable[tuple[int, Sequence[int]]]) -> bytes:
        return b" ".join(b"%d %b" % (at, uid_set(self.found.told(uids))) for at, uids in pairs)

    def _line(self, *items: bytes) -> bytes:
        if not any(items):
            return b""
        return b"* %b%b\r\n" % (correlated(self.found, self.tag), b"".join(items))


def contexts_of(session: Session) -> list[Context]:
    """The contexts of the selected mailbox."""
    if session.state is not State.SELECTED:
        return []
    return [follower for follower in session.view.followers if isinstance(follower, Context)]


def refusal(tag: bytes) -> bytes:
    """The untagged NO of a search that will not be followed (RFC 5267 §4.3.1)."""
    return b"NO [NOUPDATE %b] Too much to follow" % quoted(tag)


def check(session: Session) -> None:
    """Look whether UPDATE stands here, before anything is searched.

    Raises:
        Bad: no mailbox is selected (RFC 7377 §2.2), or a context has that tag (RFC 5267 §4.3).
    """
    if session.state is not State.SELECTED:
        raise Bad("UPDATE is about the selected mailbox")
    if any(context.tag == session.tag for context in contexts_of(session)):
        raise Bad("Tag reuse")


async def follow(found: Found, returns: Returns) -> None:
    """Follow the results from now on, or say that we do not (RFC 5267 §4.3, §4.3.1)."""
    session, kept = found.session, contexts_of(found.session)
    if not found.selected:
        return
    count = sum(len(context.members) for context in kept) + len(found.uids)
    # One is followed whatever its size, as §4.3.1 demands.
    if kept and (len(kept) >= LARGEST_CONTEXTS or count > LARGEST_MEMBERS):
        session.untagged(refusal(session.tag))
        return
    asked = evolve(found, uids=(), scores=None)
    items = returns.wanted[UPDATE]
    arrivals = None if items is None else Arrivals(session, found.view, items)
    members = array("I", found.uids)
    context = Context(session.tag, asked, members, found.search.since, arrivals)
    found.view.followers.append(context)


def read_arriving(cursor: Cursor) -> Asked | None:
    """Read the list of what is to be fetched, if one stands behind UPDATE (RFC 5465 §8)."""
    if cursor.sees(b" ("):
        cursor.space()
    # The grammar has no SP before the list, the example of §7 has one.
    return read_items(cursor) if cursor.sees(b"(") else None


def read_tags(cursor: Cursor) -> list[bytes]:
    """Read one or more tags, as strings."""
    tags = [STRING.parse(cursor)]
    while cursor.skip(b" "):
        tags.append(STRING.parse(cursor))
    return tags


@command(b"CANCELUPDATE", parsed_by(read_tags), states=State.SELECTED)
async def cancelupdate(session: Session, tags: list[bytes]) -> Done:
    """Follow these searches no longer (RFC 5267 §4.3.5)."""
    contexts = {context.tag: context for context in contexts_of(session)}
    if not contexts.keys() >= set(tags):
        raise Bad("No search with that tag is followed")
    for tag in dict.fromkeys(tags):
        view_of(session).followers.remove(contexts[tag])
    return Done()


search_effect(ReturnOption(b"CONTEXT", doc="A hint, which we do not need (RFC 5267 §4.2)."))
ARRIVING = Parsed(read_arriving, optional=True)
search_effect(ReturnOption(UPDATE, ARRIVING, begin=check, act=follow, doc=follow.__doc__ or ""))
advertise(b"CONTEXT=SEARCH", states=State.AUTHENTICATED)
advertise(b"CONTEXT=SORT", states=State.AUTHENTICATED)
