"""The search index of one account: an SQLite file of its own under `data_dir/fts`.

Derived data: a file that is missing, old or damaged only makes a search slow until it is filled
again (`mailsuite.store.search_filling`). It knows, by message:

- `header`, `body`: which runs of three characters occur (FTS5, trigram, no positions): a needle's
  runs leave few messages, which are then looked at. Needles of one or two characters find no help;
- `doc`: the fields that have keys of their own, and the day of Date, whole: what they say is final;
- `letter`: all that is looked through, as `Searchable.kept` wrote it (none of very large ones), so
  that what the runs leave is looked at without its body;
- `unindexed`: messages that are too large, or whose body is damaged: always looked at.

All of it is mapped by i;unicode-casemap beforehand. `progress` says up to which UID of a mailbox
every message is in here; what came later is looked at by whoever searches.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Self
from unicodedata import unidata_version
from urllib.parse import quote

from attrs import frozen
from sqlalchemy import select

from mailsuite.errors import DamagedBody
from mailsuite.message.searchable import Searchable
from mailsuite.message.text import VERSION as TEXT_VERSION
from mailsuite.store.blobs import expanded
from mailsuite.store.objectids import NAME as EPOCH
from mailsuite.store.schema import setting
from mailsuite.store.transaction import Transaction

FOLDER = "fts"
WANTED = "wanted"  # in it a file for each account that somebody wants filled
# How characters are mapped changes with Python's tables.
FORMAT = f"2.{TEXT_VERSION}.{unidata_version}"
FIELDS = ("FROM", "TO", "CC", "BCC", "SUBJECT")  # columns of `doc`
RUNS = 6  # of a needle that are asked for: more find hardly less
LOOKED_AT = 1_000  # characters of a needle
OFTEN = "EEETTAAOOIINNSSRRHLDCUM<>@.:/ " + "COM" * 2  # in mail; what is not here is rare
RUN = 3  # characters
BUSY_SECONDS = 2.0
STEPS = 20_000  # of SQLite's machine between two questions whether to go on: 1 ms

FIELD_COLUMNS = ", ".join(f'"{name}" TEXT' for name in FIELDS)
SCHEMA = (
    "CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE progress (mailbox_id INTEGER PRIMARY KEY, uidvalidity INTEGER, uid INTEGER)",
    f"CREATE TABLE doc (id INTEGER PRIMARY KEY, sent INTEGER, {FIELD_COLUMNS})",
    "CREATE TABLE letter (id INTEGER PRIMARY KEY, kept BLOB NOT NULL)",
    "CREATE TABLE unindexed (id INTEGER PRIMARY KEY)",
    *(
        f"CREATE VIRTUAL TABLE {name} USING fts5(words, content='', columnsize=0, detail=none,"
        " tokenize='trigram case_sensitive 1')"
        for name in ("header", "body")
    ),
)
LETTERS = "SELECT id, kept FROM letter WHERE id IN (SELECT value FROM json_each(?))"
# "No such table" is among them: the file is of somebody else's making.
DAMAGE = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
READ_EPOCH = select(setting.c.value).where(setting.c.name == EPOCH)


class Damaged(Exception):  # noqa: N818 - a state, not a mistake
    """The file is not what was written, or of another version: it is to be made anew."""


class NotNow(Exception):  # noqa: N818 - a state, not a mistake
    """It is being written, or cannot be read at the moment: do without it."""


class Interrupted(Exception):  # noqa: N818 - a state, not a mistake
    """Who asked wants no answer any more."""


class Where(Enum):
    """What is looked through."""

    FIELD = "field"  # one of `FIELDS`
    HEADER = "header"  # any field, by its name
    BODY = "body"
    TEXT = "text"  # header or body
    SENT = "sent"


@frozen
class Probe:
    """What a search asks of the index.

    Attributes:
        needles: all of them occur, mapped by i;unicode-casemap; no NUL is in them.
        name: of the field, mapped.
        days: for SENT: from the first to before the second.
        looked_at: every message that may match is looked at, whatever the index says of it.
    """

    where: Where
    needles: tuple[str, ...] = ()
    name: str = ""
    days: tuple[int, int] = (0, 0)
    looked_at: bool = False

    @property
    def final(self) -> bool:
        """Whether nothing remains to be looked at."""
        return self.where in (Where.FIELD, Where.SENT) and not self.looked_at


def path_of(data_dir: Path, account_id: int) -> Path:
    """Where the file lies."""
    return data_dir / FOLDER / f"{account_id}.db"


def ask_for(data_dir: Path, account_id: int, *, anew: bool = False) -> None:
    """Ask whoever fills the files to look at this one soon; `anew`: it is to be made again."""
    folder = data_dir / FOLDER / WANTED
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (folder / str(account_id)).open("ab") as file:
            if anew:
                file.write(b"anew\n")
    except OSError:
        return  # a full disk: searches go on without


def epoch_of(tx: Transaction) -> str:
    """What a restore raises: an index from before it, or from after, is none."""
    return str(tx.execute(READ_EPOCH).value() or "1")


def runs_of(text: str) -> list[str]:
    """The rarest runs of three characters of a needle, as far as it can be told from them.

    None has a NUL in it. Each run costs a walk through all messages that have it.
    """
    found = {text[at : at + RUN]: None for at in range(min(len(text) - RUN + 1, LOOKED_AT))}
    runs = [run for run in found if "\0" not in run]
    return sorted(runs, key=lambda run: sum(map(OFTEN.count, run)))[:RUNS]


def match_of(runs: list[str]) -> str:
    """The runs as FTS5 reads them: each a string of its own, whatever is in it (threat I6)."""
    return " AND ".join('"' + run.replace('"', '""') + '"' for run in runs)


class SearchFile:
    """An open file, for one job of one thread."""

    def __init__(self, dbapi: sqlite3.Connection) -> None:
        self.dbapi = dbapi

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.dbapi.close()

    def upto(self, mailbox_id: int, uidvalidity: int) -> int:
        """The UID up to which the mailbox's messages are in here; 0: none is."""
        with reading():
            row = self.dbapi.execute(
                "SELECT uid FROM progress WHERE mailbox_id = ? AND uidvalidity = ?",
                (mailbox_id, uidvalidity),
            ).fetchone()
        return row[0] if row else 0

    def unindexed(self) -> set[int]:
        """Messages that the index says nothing about."""
        with reading():
            return {number for (number,) in self.dbapi.execute("SELECT id FROM unindexed")}

    def find(self, probe: Probe) -> set[int] | None:
        """Messages where it may be, none left out; None: the index cannot help.

        Raises:
            Damaged, Interrupted, NotNow.
        """
        with reading():
            if probe.where is Where.SENT:
                return self._ids("SELECT id FROM doc WHERE sent >= ? AND sent < ?", *probe.days)
            if probe.where is Where.FIELD:
                return self._field(probe)
            if probe.where is Where.TEXT:
                return self._anywhere(probe.needles)
            runs = [run for needle in probe.needles for run in runs_of(needle)]
            if probe.where is Where.HEADER:
                return self._words("header", runs or runs_of(f"\n{probe.name}: "))
            return self._words("body", runs)

    def letters(self, ids: Sequence[int]) -> dict[int, Searchable]:
        """Those of these messages that are kept whole, as far as the search looks at them.

        Raises:
            Damaged, Interrupted, NotNow.
        """
        with reading():
            rows = self.dbapi.execute(LETTERS, (str(list(ids)),)).fetchall()
        try:
            return {number: Searchable.from_kept(expanded(kept)) for number, kept in rows}
        except (DamagedBody, ValueError, TypeError) as error:
            raise Damaged(str(error)) from error

    def _anywhere(self, needles: tuple[str, ...]) -> set[int] | None:
        """Each needle is in the header or in the body, as a whole."""
        found: set[int] | None = None
        for runs in filter(None, map(runs_of, needles)):
            both = (self._words("header", runs) or set()) | (self._words("body", runs) or set())
            found = both if found is None else found & both
        return found

    def _words(self, table: str, runs: list[str]) -> set[int] | None:
        if not runs:
            return None
        return self._ids(f"SELECT rowid FROM {table} WHERE {table} MATCH ?", match_of(runs))  # noqa: S608 - a constant

    def _field(self, probe: Probe) -> set[int]:
        assert probe.name in FIELDS
        terms = [f'"{probe.name}" IS NOT NULL']
        values: list[str] = []
        runs: list[str] = []
        for needle in filter(None, probe.needles):
            terms.append(f'instr("{probe.name}", ?) > 0')
            values.append(needle)
            runs += runs_of(needle)
        if runs:
            terms.append("id IN (SELECT rowid FROM header WHERE header MATCH ?)")
            values.append(match_of(runs))
        return self._ids(f"SELECT id FROM doc WHERE {' AND '.join(terms)}", *values)  # noqa: S608 - constants

    def _ids(self, sql: str, *values: str | int) -> set[int]:
        return {number for (number,) in self.dbapi.execute(sql, values)}


@contextmanager
def reading() -> Iterator[None]:
    """Say what an error of the file's means.

    Raises:
        Damaged, Interrupted, NotNow.
    """
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code == sqlite3.SQLITE_INTERRUPT:
            raise Interrupted from error
        if code in DAMAGE:
            raise Damaged(str(error)) from error
        raise NotNow(str(error)) from error


def open_to_read(
    data_dir: Path, account_id: int, epoch: str, enough: Callable[[], bool]
) -> SearchFile | None:
    """The account's file, if there is one; `enough` says when nobody waits any more.

    Raises:
        Damaged: it must be made anew.
        NotNow: it cannot be read at the moment.
    """
    path = path_of(data_dir, account_id)
    if not path.exists():
        return None
    with reading():
        dbapi = sqlite3.connect(
            f"file:{quote(str(path))}?mode=ro",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=BUSY_SECONDS,
        )
    try:
        check(dbapi, epoch)
    except BaseException:
        dbapi.close()
        raise
    dbapi.set_progress_handler(enough, STEPS)
    return SearchFile(dbapi)


def check(dbapi: sqlite3.Connection, epoch: str) -> None:
    """Whether the file is of this version and of this store. Raises `Damaged`."""
    with reading():
        state = dict(dbapi.execute("SELECT name, value FROM state"))
    if (state.get("format"), state.get("epoch")) != (FORMAT, epoch):
        raise Damaged("of another version")
