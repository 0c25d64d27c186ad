"""Answers made column by column: items that the view knows, or that were made at delivery.

One line is one `%` over a row of all columns: a microsecond less than a message at a time.
"""

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Any, cast

from attrs import frozen

from mailsuite.imap.fetch.asked import Wanted
from mailsuite.imap.fetch.batch import Batch, FlagTexts
from mailsuite.imap.fetch.section import Section
from mailsuite.imap.writing import date_time, literal, string
from mailsuite.mailbox.made import Made
from mailsuite.message.common_fields import are_common, select_common
from mailsuite.message.parts import Kind
from mailsuite.store.columns_read import read_columns
from mailsuite.store.flags import Keywords
from mailsuite.store.transaction import Transaction

Make = Callable[[Any], bytes]

# Of the view: the text, and the column of a batch.
KNOWN: dict[bytes, tuple[bytes, Callable[[Batch, FlagTexts], Sequence[Any]]]] = {
    b"UID": (b"UID %d", lambda batch, _: batch.uids),
    b"FLAGS": (b"FLAGS %b", lambda batch, texts: [texts[word] for word in batch.flags]),
    b"MODSEQ": (b"MODSEQ (%d)", lambda batch, _: batch.modseqs),
    b"RFC822.SIZE": (b"RFC822.SIZE %d", lambda batch, _: batch.sizes),
}
# Of the store: the column, and what is made of its values; None: they are sent as they are.
STORED: dict[bytes, tuple[str, Make | None]] = {
    b"INTERNALDATE": ("internal_date", date_time),
    b"SAVEDATE": ("saved_at", lambda at: date_time(at) if at else b"NIL"),
    b"ENVELOPE": ("envelope", None),
    b"BODY": ("body", None),
    b"BODYSTRUCTURE": ("bodystructure", None),
    b"PREVIEW": ("preview", lambda words: string(words.encode("utf-8"))),
}
HEADERS = frozenset({b"BODY[]", b"BODY.PEEK[]"})


@frozen
class Stored:
    """A column of the store, what is made of its values, and what the outcome is kept as."""

    name: str
    make: Make | None
    item: Hashable


@frozen
class Plan:
    """How the line of a message is made: pieces of the view, and of columns of the store.

    `line` stands between `Batch.lead` and the closing parenthesis.
    """

    line: bytes
    known: tuple[bytes | None, ...]  # by item; None: the next column that is stored
    stored: tuple[Stored, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of the store, in order."""
        return tuple(stored.name for stored in self.stored)


def plan(items: Sequence[Wanted]) -> Plan | None:
    """How to answer by columns; None where an item needs a look at each message."""
    pieces: list[bytes] = []
    known: list[bytes | None] = []
    columns: list[Stored] = []
    for wanted in items:
        name = wanted.item.name
        if name in KNOWN:
            pieces.append(KNOWN[name][0])
            known.append(name)
            continue
        stored = _stored(wanted)
        if stored is None:
            return None
        pieces.append(wanted.label.replace(b"%", b"%%") + b" %b")
        known.append(None)
        columns.append(stored)
    return Plan(b" ".join(pieces), tuple(known), tuple(columns))


def from_columns(
    tx: Transaction,
    *,
    mailbox_id: int,
    batch: Batch,
    planned: Plan,
    keywords: Keywords,
    kept: Made,
) -> bytes | None:
    """The lines of a batch; None where a message has to be looked at by itself."""
    made: list[Sequence[bytes]] | None = []
    if planned.stored and len(batch.uids):
        made = _kept_or_read(tx, mailbox_id, batch.uids, planned, kept)
    if made is None:
        return None
    columns = values(batch, planned, made, FlagTexts(keywords))
    line = b"%b%b)\r\n" % (batch.lead, planned.line)
    return b"".join(map(line.__mod__, zip(batch.numbers, *columns, strict=True)))


def _kept_or_read(
    tx: Transaction, mailbox_id: int, uids: Sequence[int], planned: Plan, kept: Made
) -> list[Sequence[bytes]] | None:
    """The stored columns; read are only those messages of which something is not kept."""
    items = [stored.item for stored in planned.stored]
    found = [kept.find(mailbox_id, item, uids) for item in items]
    if not any(None in column for column in found):
        return cast("list[Sequence[bytes]]", found)
    missing = [row[0] for row in zip(uids, *found, strict=True) if None in row]
    read = read_columns(tx, mailbox_id, missing, planned.names)
    made = None if read is None else make(planned, read)
    if made is None:
        return None
    for item, column in zip(items, made, strict=True):
        kept.keep(mailbox_id, item, missing, column)
    return [_joined(uids, *pair, missing) for pair in zip(found, made, strict=True)]


def _joined(
    uids: Sequence[int],
    found: Sequence[bytes | None],
    made: Sequence[bytes],
    missing: Sequence[int],
) -> Sequence[bytes]:
    """A column of what was kept and of what was made for the messages that were missing."""
    if len(missing) == len(uids):
        return made
    fresh = dict(zip(missing, made, strict=True))
    return [fresh[uid] if old is None else old for uid, old in zip(uids, found, strict=True)]


def make(planned: Plan, read: Sequence[Sequence[Any]]) -> list[Sequence[bytes]] | None:
    """What is sent of the columns that were read; None where a header has to be asked itself."""
    pairs = zip(read, planned.stored, strict=True)
    made = [
        column if stored.make is None else list(map(stored.make, column))
        for column, stored in pairs
    ]
    return None if any(b"" in column for column in made) else made


def values(
    batch: Batch, planned: Plan, made: Sequence[Sequence[bytes]], texts: FlagTexts
) -> list[Sequence[Any]]:
    """The columns that the line's pieces take, of the view and of what was made."""
    stored = iter(made)
    return [
        next(stored) if name is None else KNOWN[name][1](batch, texts) for name in planned.known
    ]


def _stored(wanted: Wanted) -> Stored | None:
    name = wanted.item.name
    if name in HEADERS:
        return _fields(wanted)
    column = STORED.get(name)
    return None if column is None else Stored(*column, name)


def _fields(wanted: Wanted) -> Stored | None:
    section = wanted.arguments[0]
    assert isinstance(section, Section)
    whole = not section.path and section.kind is Kind.HEADER and section.partial is None
    if not whole or section.but or not section.fields or not are_common(section.fields):
        return None
    names = frozenset(name.lower() for name in section.fields)
    return Stored("fields", partial(_header, names), names)


def _header(names: frozenset[bytes], packed: bytes) -> bytes:
    return literal(select_common(packed, names)) if packed else b""
