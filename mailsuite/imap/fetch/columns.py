"""Answers made column by column: items that the view knows, or that were made at delivery.

One line is one `%` over a row of all columns: a microsecond less than a message at a time.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from attrs import frozen

from mailsuite.imap.fetch.asked import Wanted
from mailsuite.imap.fetch.batch import Batch, FlagTexts
from mailsuite.imap.fetch.section import Section
from mailsuite.imap.writing import date_time, literal, string
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
class Plan:
    """How the line of a message is made: pieces of the view, and of columns of the store.

    `line` stands between `Batch.lead` and the closing parenthesis.
    """

    line: bytes
    known: tuple[bytes | None, ...]  # by item; None: the next column that is read
    names: tuple[str, ...]
    makes: tuple[Make | None, ...]


def plan(items: Sequence[Wanted]) -> Plan | None:
    """How to answer by columns; None where an item needs a look at each message."""
    pieces: list[bytes] = []
    known: list[bytes | None] = []
    names: list[str] = []
    makes: list[Make | None] = []
    for wanted in items:
        name = wanted.item.name
        if name in KNOWN:
            pieces.append(KNOWN[name][0])
            known.append(name)
            continue
        stored = _fields(wanted) if name in HEADERS else STORED.get(name)
        if stored is None:
            return None
        pieces.append(wanted.label.replace(b"%", b"%%") + b" %b")
        known.append(None)
        names.append(stored[0])
        makes.append(stored[1])
    return Plan(b" ".join(pieces), tuple(known), tuple(names), tuple(makes))


def from_columns(
    tx: Transaction, *, mailbox_id: int, batch: Batch, planned: Plan, keywords: Keywords
) -> bytes | None:
    """The lines of a batch; None where a message has to be looked at by itself."""
    read: list[Sequence[Any]] = []
    if planned.names and len(batch.uids):
        found = read_columns(tx, mailbox_id, batch.uids, planned.names)
        if found is None:
            return None
        read = found
    columns = values(batch, planned, read, FlagTexts(keywords))
    if columns is None:
        return None
    line = b"%b%b)\r\n" % (batch.lead, planned.line)
    return b"".join(map(line.__mod__, zip(batch.numbers, *columns, strict=True)))


def values(
    batch: Batch, planned: Plan, read: Sequence[Sequence[Any]], texts: FlagTexts
) -> list[Sequence[Any]] | None:
    """The columns that the line's pieces take, of the view and of what was read.

    None where a header has to be asked itself.
    """
    pairs = zip(read, planned.makes, strict=True)
    made = [column if make is None else list(map(make, column)) for column, make in pairs]
    if any(b"" in column for column in made):
        return None
    stored = iter(made)
    return [
        next(stored) if name is None else KNOWN[name][1](batch, texts) for name in planned.known
    ]


def _fields(wanted: Wanted) -> tuple[str, Make] | None:
    section = wanted.arguments[0]
    assert isinstance(section, Section)
    whole = not section.path and section.kind is Kind.HEADER and section.partial is None
    if not whole or section.but or not section.fields or not are_common(section.fields):
        return None
    names = frozenset(name.lower() for name in section.fields)
    return "fields", partial(_header, names)


def _header(names: frozenset[bytes], packed: bytes) -> bytes:
    return literal(select_common(packed, names)) if packed else b""
