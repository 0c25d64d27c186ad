"""Filling the search indexes, behind the deliveries: one batch of one account at a time.

One process at a time does it (`search_process.py` takes the lock). It looks which mailboxes have
messages beyond what their account's file knows, those of an account first that somebody has
searched. Nothing is kept in memory but how far each mailbox is.
"""

import shutil
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from attrs import define, field, frozen
from sqlalchemy import bindparam, select

from mailsuite.errors import DamagedBody
from mailsuite.message.searchable import Searchable
from mailsuite.store.blobs import StoredMessage, compressed, read_messages
from mailsuite.store.schema import mailbox, placement
from mailsuite.store.search_file import (
    FIELDS,
    FOLDER,
    FORMAT,
    SCHEMA,
    WANTED,
    Damaged,
    Interrupted,
    NotNow,
    check,
    epoch_of,
    path_of,
    reading,
)
from mailsuite.store.transaction import Transaction

P = ParamSpec("P")
R = TypeVar("R")

BATCH = 100  # messages a transaction of the file: 0.1 s
BATCH_OCTETS = 8 * 1024 * 1024  # of bodies a batch
LARGEST_TEXT = 4 * 1024 * 1024  # characters; a message with more is looked at whenever searched
LARGEST_KEPT = 256 * 1024  # characters; of longer ones the body is looked at
LEAST_FREE = 256 * 1024 * 1024  # octets on the disk: below, mail is more important
MERGED_PAGES = 2_000  # of the index are brought together when an account is done

BEHIND = (
    select(mailbox.c.account_id, mailbox.c.id, mailbox.c.uidvalidity, mailbox.c.uidnext)
    .where(mailbox.c.uidnext > 1)
    .order_by(mailbox.c.account_id, mailbox.c.id)
)
NEXT = (
    select(placement.c.uid, placement.c.message_id)
    .where(placement.c.mailbox_id == bindparam("mailbox_id"), placement.c.uid > bindparam("after"))
    .order_by(placement.c.uid)
    .limit(BATCH)
)
ADD_DOC = f"INSERT OR REPLACE INTO doc VALUES ({', '.join('?' * (2 + len(FIELDS)))})"  # noqa: S608 - a constant
ADD_WORDS = {name: f"INSERT INTO {name}(rowid, words) VALUES (?, ?)" for name in ("header", "body")}  # noqa: S608 - constants
ADD_LETTER = "INSERT OR REPLACE INTO letter VALUES (?, ?)"
ADD_UNINDEXED = "INSERT OR REPLACE INTO unindexed VALUES (?)"
KNOWN = (
    "SELECT id FROM doc WHERE id IN (SELECT value FROM json_each(?1))"
    " UNION ALL SELECT id FROM unindexed WHERE id IN (SELECT value FROM json_each(?1))"
)
NOTE_PROGRESS = "INSERT OR REPLACE INTO progress VALUES (?, ?, ?)"
COUNT = (
    "INSERT INTO state VALUES ('indexed', ?1) ON CONFLICT (name)"
    " DO UPDATE SET value = CAST(value AS INTEGER) + ?1"
)


class Reads(Protocol):
    """Runs a reading function on a snapshot of the store, at once."""

    def __call__(
        self, function: Callable[Concatenate[Transaction, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Return what it returns."""
        ...


@frozen
class Mailbox:
    """A mailbox, and up to where it has messages."""

    account_id: int
    id: int
    uidvalidity: int
    last: int


@frozen
class Batch:
    """Messages of a mailbox; `upto` is done when they are."""

    messages: Sequence[StoredMessage]
    upto: int


def list_mailboxes(tx: Transaction) -> list[Mailbox]:
    """Every mailbox that ever had a message, by account."""
    rows = tx.execute(BEHIND).tuples()
    return [Mailbox(owner, number, validity, after - 1) for owner, number, validity, after in rows]


def _next_batch(
    tx: Transaction, box: Mailbox, after: int, known: Callable[[list[int]], set[int]]
) -> Batch:
    rows = tx.execute(NEXT, {"mailbox_id": box.id, "after": after}).tuples()
    new = {number for _, number in rows} - known([number for _, number in rows])
    stored = read_messages(tx, sorted(new))
    messages: list[StoredMessage] = []
    octets = 0
    for uid, number in rows:
        if number in stored:
            messages.append(stored.pop(number))
            octets += messages[-1].size
        if octets > BATCH_OCTETS:
            return Batch(messages, uid)
    last = rows[-1][0] if rows else 0
    return Batch(messages, last if len(rows) == BATCH else max(last, box.last))


def add(dbapi: sqlite3.Connection, found: StoredMessage) -> None:
    """Put one message into the file."""
    try:
        seen = Searchable.of(found.prefix, found.body())
    except DamagedBody:
        dbapi.execute(ADD_UNINDEXED, (found.id,))
        return
    texts, characters = [], 0
    for text in (seen.header_text(), *seen.texts()):
        characters += len(text)
        if characters > LARGEST_TEXT:
            dbapi.execute(ADD_UNINDEXED, (found.id,))
            return
        # FTS5 reads a text up to its first NUL.
        texts.append(text.replace("\0", " "))
    dbapi.execute(ADD_WORDS["header"], (found.id, texts[0]))
    dbapi.execute(ADD_WORDS["body"], (found.id, "\n".join(texts[1:])))
    fields = [seen.values(name) for name in FIELDS]
    values = ["\0".join(several) if several else None for several in fields]
    if characters <= LARGEST_KEPT:
        dbapi.execute(ADD_LETTER, (found.id, compressed(seen.kept())))
    dbapi.execute(ADD_DOC, (found.id, seen.sent, *values))


def remove(path: Path) -> None:
    """Remove an account's file, and what a killed writer left beside it."""
    for name in (path, Path(f"{path}-journal")):
        name.unlink(missing_ok=True)


def open_to_write(path: Path, epoch: str) -> sqlite3.Connection:
    """The account's file, made when it is missing, damaged, or of another version."""
    try:
        if path.exists():
            return _opened(path, epoch)
    except Damaged:
        remove(path)
    new = path.with_suffix(".new")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    remove(new)
    with reading():
        made = sqlite3.connect(new, isolation_level=None)
        try:
            made.execute("PRAGMA page_size=8192")
            made.execute("BEGIN")
            for statement in SCHEMA:
                made.execute(statement)
            made.execute("INSERT INTO state VALUES ('format', ?), ('epoch', ?)", (FORMAT, epoch))
            made.execute("COMMIT")
        finally:
            made.close()
    new.chmod(0o600)
    new.replace(path)  # nobody sees it before it has its tables
    return _opened(path, epoch)


def _opened(path: Path, epoch: str) -> sqlite3.Connection:
    with reading():
        dbapi = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10.0)
    try:
        check(dbapi, epoch)
        with reading():
            # What a power cut spoils is made anew; a killed process spoils nothing.
            dbapi.execute("PRAGMA synchronous=OFF")
            dbapi.execute("PRAGMA journal_mode=TRUNCATE").fetchall()
            dbapi.execute("PRAGMA secure_delete=ON").fetchall()
            dbapi.execute("PRAGMA cache_size=-65536")
    except BaseException:
        dbapi.close()
        raise
    return dbapi


@define
class Filling:
    """Goes round the accounts. `turn` does one batch and says whether there was one."""

    data_dir: Path
    read: Reads
    _upto: dict[int, tuple[int, int]] = field(factory=dict)  # mailbox: UIDVALIDITY, UID
    _waiting: deque[int] = field(factory=deque)  # accounts
    _behind: dict[int, list[Mailbox]] = field(factory=dict)

    @property
    def behind(self) -> bool:
        """Whether there is a batch to do, as far as the last `look` saw."""
        return bool(self._waiting)

    def look(self) -> None:
        """See which mailboxes have more messages than their files; who was asked for is first."""
        self._asked_for()
        behind: dict[int, list[Mailbox]] = {}
        for box in self.read(list_mailboxes):
            if self._upto.get(box.id) != (box.uidvalidity, box.last):
                behind.setdefault(box.account_id, []).append(box)
        first = [number for number in self._waiting if number in behind]
        self._behind = behind
        self._waiting = deque(dict.fromkeys([*first, *behind]))

    def turn(self) -> bool:
        """Do the next batch; False: every file knows what it should."""
        if not self._waiting or shutil.disk_usage(self.data_dir).free < LEAST_FREE:
            return False
        number = self._waiting[0]
        try:
            done = self._one(number, self._behind[number])
        except (Damaged, NotNow, Interrupted) as error:
            if isinstance(error, Damaged):
                self.forget(number)
                remove(path_of(self.data_dir, number))
            done = True  # the next look finds it again
        if done:
            self._waiting.popleft()
        return True

    def forget(self, account_id: int) -> None:
        """Ask the account's file again how far it is."""
        for box in self.read(list_mailboxes):
            if box.account_id == account_id:
                self._upto.pop(box.id, None)

    def _asked_for(self) -> None:
        folder = self.data_dir / FOLDER / WANTED
        for path in folder.iterdir() if folder.is_dir() else ():
            anew = path.read_bytes() != b""
            path.unlink(missing_ok=True)
            if path.name.isdecimal():
                number = int(path.name)
                if anew:
                    remove(path_of(self.data_dir, number))
                self.forget(number)
                self._waiting.appendleft(number)

    def _one(self, number: int, boxes: Sequence[Mailbox]) -> bool:
        """One batch of an account; whether it is done. Raises `Damaged`, `NotNow`."""
        dbapi = open_to_write(path_of(self.data_dir, number), self.read(epoch_of))
        try:
            with reading():
                for box in boxes:
                    after = self._after(dbapi, box)
                    if after < box.last:
                        batch = self.read(_next_batch, box, after, lambda ids: _known(dbapi, ids))
                        self._write(dbapi, box, batch)
                        return False
                dbapi.execute("INSERT INTO body(body, rank) VALUES ('merge', ?)", (MERGED_PAGES,))
        finally:
            dbapi.close()
        return True

    def _after(self, dbapi: sqlite3.Connection, box: Mailbox) -> int:
        # Of the file itself: somebody may have deleted the one that we wrote to.
        row = dbapi.execute(
            "SELECT uid FROM progress WHERE mailbox_id = ? AND uidvalidity = ?",
            (box.id, box.uidvalidity),
        ).fetchone()
        uid: int = row[0] if row else 0
        self._upto[box.id] = (box.uidvalidity, uid)
        return uid

    def _write(self, dbapi: sqlite3.Connection, box: Mailbox, batch: Batch) -> None:
        dbapi.execute("BEGIN IMMEDIATE")
        try:
            for found in batch.messages:
                add(dbapi, found)
            dbapi.execute(COUNT, (len(batch.messages),))
            dbapi.execute(NOTE_PROGRESS, (box.id, box.uidvalidity, batch.upto))
            dbapi.execute("COMMIT")
        except BaseException:
            if dbapi.in_transaction:
                dbapi.execute("ROLLBACK")
            raise
        self._upto[box.id] = (box.uidvalidity, batch.upto)


def _known(dbapi: sqlite3.Connection, ids: list[int]) -> set[int]:
    rows: list[Any] = dbapi.execute(KNOWN, (str(ids),)).fetchall()
    return {number for (number,) in rows}
