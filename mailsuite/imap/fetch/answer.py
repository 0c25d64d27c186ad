"""Untagged FETCH lines, built and joined in a reader thread: one job a batch, one write a job."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from attrs import frozen

from mailsuite.errors import DamagedBody, NoSuchThing, UnknownEncoding
from mailsuite.imap.fetch.asked import Asked
from mailsuite.imap.fetch.batch import Batch, FlagTexts, Message, batches
from mailsuite.imap.fetch.columns import Plan, from_columns, plan
from mailsuite.imap.fetch.whole import WholePlan, from_whole, plan_whole
from mailsuite.imap.view import SelectedView
from mailsuite.mailbox.bodies import Bodies
from mailsuite.mailbox.made import Made
from mailsuite.store.flags import Keywords
from mailsuite.store.placements_read import OCTETS, MessageRow, read_rows
from mailsuite.store.transaction import Transaction


@frozen
class Answer:
    """The lines of a batch.

    Attributes:
        damaged: how many messages could not be read.
        unknown: of how many a part could not be decoded (RFC 3516 §4.3).
    """

    octets: bytes
    damaged: int = 0
    unknown: int = 0


Job = Callable[[Transaction], Answer]


def jobs(view: SelectedView, uids: Sequence[int], asked: Asked) -> Iterator[Job]:
    """One reader job a batch."""
    mailbox = view.mailbox
    planned = plan(asked.items)
    whole = plan_whole(asked) if planned is None else None
    for batch in batches(view, uids, asked, columnar=planned is not None):
        rows = partial(
            from_rows,
            mailbox_id=mailbox.id,
            batch=batch,
            asked=asked,
            keywords=mailbox.keywords,
            bodies=mailbox.bodies,
        )
        if planned is not None:
            yield partial(by_columns, planned=planned, rows=rows, kept=mailbox.made)
        elif whole is not None:
            yield partial(by_whole, planned=whole, rows=rows)
        else:
            yield rows


def by_columns(tx: Transaction, *, planned: Plan, rows: "partial[Answer]", kept: Made) -> Answer:
    """The lines of items that were made at delivery; where that cannot be, as `from_rows`."""
    mailbox_id, batch, keywords = _of(rows)
    octets = from_columns(
        tx, mailbox_id=mailbox_id, batch=batch, planned=planned, keywords=keywords, kept=kept
    )
    return rows(tx) if octets is None else Answer(octets)


def by_whole(tx: Transaction, *, planned: WholePlan, rows: "partial[Answer]") -> Answer:
    """The lines with whole messages; where that cannot be, as `from_rows`."""
    mailbox_id, batch, keywords = _of(rows)
    answer = from_whole(tx, mailbox_id=mailbox_id, batch=batch, planned=planned, keywords=keywords)
    return rows(tx) if answer is None else Answer(*answer)


def _of(rows: "partial[Answer]") -> tuple[int, Batch, Keywords]:
    return rows.keywords["mailbox_id"], rows.keywords["batch"], rows.keywords["keywords"]


def from_rows(
    tx: Transaction,
    *,
    mailbox_id: int,
    batch: Batch,
    asked: Asked,
    keywords: Keywords,
    bodies: Bodies,
) -> Answer:
    """The lines of any items; a message whose body is damaged fails alone."""
    needs = asked.needs
    if OCTETS not in needs or not in_pieces(asked):
        rows = read_rows(tx, mailbox_id, batch.uids, needs)
        return written(batch, rows, asked, keywords)
    rows = read_rows(tx, mailbox_id, batch.uids, needs - {OCTETS})

    def whole(row: MessageRow) -> None:
        row.whole = bodies.octets(tx, row.message_id)

    return written(batch, rows, asked, keywords, whole)


def written(
    batch: Batch,
    rows: Mapping[int, MessageRow],
    asked: Asked,
    keywords: Keywords,
    complete: Callable[[MessageRow], None] = lambda _: None,
) -> Answer:
    """The lines of what was read; `complete` reads what is missing of a row."""
    texts = FlagTexts(keywords)
    writers = [(w.label + b" ", w.item.write, w.arguments) for w in asked.items]
    lines: list[bytes] = []
    damaged = unknown = 0
    columns = (batch.numbers, batch.uids, batch.flags, batch.modseqs, batch.sizes)
    for number, uid, word, modseq, size in zip(*columns, strict=True):
        row = rows.get(uid)
        if row is None:
            continue  # expunged since
        message = Message(uid, texts[word], modseq, size, row)
        try:
            complete(row)
            values = [label + write(message, *arguments) for label, write, arguments in writers]
        except (DamagedBody, NoSuchThing):
            damaged += 1
            continue
        except UnknownEncoding:
            unknown += 1
            continue
        lines += (batch.lead % number, b" ".join(values), b")\r\n")
        row.whole = row.stored = None
    return Answer(b"".join(lines), damaged, unknown)


def in_pieces(asked: Asked) -> bool:
    """Whether a message is read piece by piece: the next one will be asked for soon."""
    return any(wanted.arguments and wanted.arguments[0].partial for wanted in asked.items)
