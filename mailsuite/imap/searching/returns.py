"""What a searching command gives back: the options after RETURN, and the ESEARCH response.

SEARCH, SORT and the ESEARCH command read their options by `read_returns` (RFC 4466 §2.6) and are
answered by `Returns.answer`. An option is a row of `RETURN_OPTIONS`: it tells of the outcome
(MIN, COUNT, PARTIAL), or something is done with it (SAVE, UPDATE). Each extension has its rows in
a module of its own.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

from attrs import define, field, frozen

from mailsuite.errors import MailError
from mailsuite.imap.answers import Bad, Done, No
from mailsuite.imap.elements import Element
from mailsuite.imap.grammar import Cursor
from mailsuite.imap.numbers import FEW
from mailsuite.imap.ports import Session, State
from mailsuite.imap.searching.program import Search
from mailsuite.imap.searching.run import Bound
from mailsuite.imap.tables import once
from mailsuite.imap.view import SelectedView
from mailsuite.imap.writing import quoted

IMAP4REV2 = b"IMAP4REV2"
LARGE = 5_000  # results: up to that a response is written in under 1 ms

Ranked: TypeAlias = Callable[[Sequence[int]], Awaitable[list[int]]]


@define
class Found:
    """The outcome of a searching command.

    Attributes:
        uids: in the order that was asked for: rising, or as SORT sorts them.
        search: for whom the search is, and
        bound: what it looks for: UPDATE asks again (`run_bound`).
        ranked: SORT: puts UIDs into its order; None: mailbox order.
        scores: relevancy, 1 to 100, by UID (RFC 6203 §4); None: nothing was matched fuzzily.
        code: for the tagged OK (MESSAGELIMIT).
        elsewhere: its mailbox is not the selected one and is named in the answer (RFC 7377).
        listed: the messages that the answer lists; without a list all of them.
    """

    uids: Sequence[int]
    search: Search
    bound: Bound
    ranked: Ranked | None = None
    scores: Mapping[int, int] | None = None
    code: bytes | None = None
    by_uid: bool = False
    elsewhere: bool = False
    listed: Sequence[int] = ()

    @property
    def session(self) -> Session:
        """Whose search it is."""
        return self.search.session

    @property
    def view(self) -> SelectedView:
        """The mailbox that was searched, as the client knows it."""
        return self.search.view

    @property
    def selected(self) -> bool:
        """Whether the mailbox is the selected one."""
        return self.session.state is State.SELECTED and self.session.view is self.view

    def told(self, uids: Sequence[int]) -> Sequence[int]:
        """UIDs or message numbers, as the command was given; in the same order."""
        if self.by_uid:
            return uids
        numbers = self.view.numbers
        if len(uids) < FEW:
            return [number for uid in uids if (number := numbers.of(uid))]
        if self.ranked is None:
            return numbers.of_all(uids)
        known = {uid: number for number, uid in enumerate(numbers.uids, 1)}
        return [known[uid] for uid in uids if uid in known]


Writes: TypeAlias = Callable[[Found, Any], bytes | None]
Shows: TypeAlias = Callable[[Found, Any], Sequence[int]]


@frozen
class ReturnOption:
    """One row of the table of RETURN options.

    Attributes:
        argument: what stands behind the name and a SP; an `optional` one may be missing.
        write: what follows the name in the ESEARCH response; None: it is not in it.
        shows: the messages that it tells of, for `$` and MODSEQ; None: it tells of none.
        lists: it is a list of results, of which a command has one (RFC 9394 §3.1).
        begin: may refuse the command before anything is searched (raises `Bad`).
        act: what is done with the outcome.
        failed: what is done when the command is answered with NO.
        silent: where all options are, no ESEARCH response is sent (RFC 5182 §1).
    """

    name: bytes
    argument: Element[Any] | None = None
    write: Writes | None = None
    shows: Shows | None = None
    lists: bool = False
    begin: Callable[[Session], None] | None = None
    act: Callable[["Found", "Returns"], Awaitable[None]] | None = None
    failed: Callable[[Session], None] | None = None
    silent: bool = False
    doc: str = ""


RETURN_OPTIONS: dict[bytes, ReturnOption] = {}


def search_return(
    name: bytes,
    argument: Element[Any] | None = None,
    *,
    shows: Shows | None = None,
    lists: bool = False,
) -> Callable[[Writes], Writes]:
    """Register an option that tells of the outcome: `f(found, value) -> octets`, or None.

    The value is what was read by `argument` after the name and a SP; None without one.
    """

    def register(function: Writes) -> Writes:
        row = ReturnOption(name, argument, function, shows, lists, doc=function.__doc__ or "")
        once(RETURN_OPTIONS, name, row)
        return function

    return register


def search_effect(row: ReturnOption) -> None:
    """Register an option that does something with the outcome."""
    once(RETURN_OPTIONS, row.name, row)


def every(found: Found, _: object = None) -> Sequence[int]:
    """Show all that was found."""
    return found.uids


@define
class Returns:
    """The options of one command, in the order in which they were written.

    `given` is False where the command had no RETURN: it is answered as ever (RFC 3501), but
    with ESEARCH once IMAP4rev2 is enabled (RFC 9051 §6.4.4).
    """

    wanted: dict[bytes, Any] = field(factory=dict)
    given: bool = False

    async def answer(
        self,
        session: Session,
        find: Callable[[], Awaitable[Found]],
        plain: Callable[[Found], bytes],
    ) -> Done:
        """Call `find`, tell the outcome, and do what the options say.

        `plain` makes the untagged response where the command had no RETURN.

        Raises:
            Bad: the options do not stand here; nothing was searched.
            No, MailError: as `find`; the options know that it failed.
        """
        with self.kept(session):
            found = await find()
            await self.tell(found, plain)
        return Done(found.code)

    @contextmanager
    def kept(self, session: Session) -> Iterator[None]:
        """Ask the options whether they stand here, and let them know if the search fails.

        Raises:
            Bad: they do not; nothing was searched.
        """
        for row in self._rows():
            if row.begin is not None:
                row.begin(session)
        try:
            yield
        except (No, MailError):
            for row in self._rows():
                if row.failed is not None:
                    row.failed(session)
            raise

    async def tell(self, found: Found, plain: Callable[[Found], bytes] | None = None) -> None:
        """Write the response, and do what the options say."""
        writes = plain
        if self.given or plain is None or IMAP4REV2 in found.session.enabled:
            writes = self.line
            if self.wanted and all(row.silent for row in self._rows()):
                writes = None
        if writes is not None:
            found.session.untagged(await _written(found, writes))
        await self.act(found)

    async def act(self, found: Found) -> None:
        """Do with the outcome what the options say."""
        for row in self._rows():
            if row.act is not None:
                await row.act(found, self)

    def line(self, found: Found) -> bytes:
        """The ESEARCH response (RFC 9051 §7.3.4)."""
        line = correlated(found)
        found.listed = self._listed(found)
        for name, value in (self.wanted or {b"ALL": None}).items():
            row = RETURN_OPTIONS[name]
            octets = None if row.write is None else row.write(found, value)
            if octets is not None:
                line += b" %b %b" % (name, octets)
        if found.search.by_modseq and found.uids:
            line += b" MODSEQ %d" % highest_modseq(found, self.shown(found))
        return line

    def shown(self, found: Found) -> Sequence[int]:
        """The messages that the options tell of, in the order of the outcome; without any: all.

        So says the table of RFC 9394 §3.2 (and RFC 5182 §2.4) what `$` shall be, and RFC 4731
        §3.2 of which messages MODSEQ is the highest.
        """
        shown: set[int] = set()
        asked = False
        for name, value in self.wanted.items():
            shows = RETURN_OPTIONS[name].shows
            if shows is None:
                continue
            asked = True
            uids = shows(found, value)
            if uids is found.uids:
                return uids
            shown.update(uids)
        return [uid for uid in found.uids if uid in shown] if asked else found.uids

    def _listed(self, found: Found) -> Sequence[int]:
        for name, value in self.wanted.items():
            row = RETURN_OPTIONS[name]
            if row.lists and row.shows is not None:
                return row.shows(found, value)
        return found.uids

    def _rows(self) -> list[ReturnOption]:
        return [RETURN_OPTIONS[name] for name in self.wanted]


async def _written(found: Found, writes: Callable[[Found], bytes]) -> bytes:
    """The response; a long one is written in a thread. Modseqs are read on the reactor only."""
    if len(found.uids) < LARGE or found.search.by_modseq:
        return writes(found)
    return await found.view.mailbox.read(lambda _: writes(found))


def highest_modseq(found: Found, uids: Sequence[int]) -> int:
    """The highest modseq of these messages (RFC 7162 §3.1.6); 0 where all are gone."""
    mailbox_view = found.view.mailbox
    return max((mailbox_view.modseq_of(uid) or 0 for uid in uids), default=0)


def correlated(found: Found, tag: bytes | None = None) -> bytes:
    """How an ESEARCH response begins: whose outcome it is, and in what it counts."""
    parts = b"TAG %b" % quoted(found.session.tag if tag is None else tag)
    if found.elsewhere:
        row = found.view.mailbox.row
        name = found.session.spelled(row.name)
        parts += b" MAILBOX %b UIDVALIDITY %d" % (name, row.uidvalidity)
    return b"ESEARCH (%b)%b" % (parts, b" UID" if found.by_uid else b"")


def read_returns(cursor: Cursor) -> Returns:
    """Read `RETURN (...) ` if it comes next, and the SP after it.

    `()` means ALL (RFC 4731 §3.1).

    Raises:
        Bad: an option that we do not know, or two lists of results.
    """
    if not cursor.sees_word(b"RETURN"):
        return Returns()
    cursor.word()
    cursor.space()
    wanted: dict[bytes, Any] = {}
    cursor.enter()
    while not cursor.leave():
        if wanted:
            cursor.space()
        _read_option(cursor, wanted)
    cursor.space()
    return Returns(wanted or {b"ALL": None}, given=True)


def _read_option(cursor: Cursor, wanted: dict[bytes, Any]) -> None:
    name = cursor.word()
    row = RETURN_OPTIONS.get(name)
    if row is None:
        raise Bad("Unknown RETURN option")
    if row.lists and any(RETURN_OPTIONS[other].lists for other in wanted):
        raise Bad("Only one of ALL and PARTIAL (RFC 9394, section 3.1)")
    value = None
    if row.argument is not None:
        if not row.argument.optional:
            cursor.space()
        value = row.argument.parse(cursor)
    wanted.setdefault(name, value)
