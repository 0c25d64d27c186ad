"""Answers with whole messages: expanded into the answer, with one copy on the way."""

from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Any

from attrs import frozen

from mailsuite.imap.fetch.asked import Asked, Wanted
from mailsuite.imap.fetch.batch import Batch, FlagTexts
from mailsuite.imap.fetch.columns import Plan, make, plan, values
from mailsuite.imap.fetch.section import Section
from mailsuite.message.parts import Kind
from mailsuite.store.columns_read import WHOLE, Whole, read_columns, whole_messages
from mailsuite.store.flags import Keywords
from mailsuite.store.transaction import Transaction

NOTHING: Iterable[bytes] = repeat(b"")

Columns = Sequence[Sequence[Any]]


@frozen
class WholePlan:
    """Columns before and behind the one item that is the whole message."""

    before: Plan
    label: bytes
    behind: Plan

    @property
    def reads(self) -> bool:
        """Whether columns are read beside the message."""
        return bool(self.before.stored or self.behind.stored)


def plan_whole(asked: Asked) -> WholePlan | None:
    """How to answer with whole messages; None where something else of a body is asked for."""
    if "whole" not in asked.plans:
        asked.plans["whole"] = _plan_whole(asked)
    planned: WholePlan | None = asked.plans["whole"]
    return planned


def _plan_whole(asked: Asked) -> WholePlan | None:
    places = [at for at, wanted in enumerate(asked.items) if _is_whole(wanted)]
    if len(places) != 1:
        return None
    at = places[0]
    before, behind = plan(asked.items[:at]), plan(asked.items[at + 1 :])
    if before is None or behind is None:
        return None
    return WholePlan(before, asked.items[at].label, behind)


def from_whole(
    tx: Transaction,
    *,
    mailbox_id: int,
    batch: Batch,
    planned: WholePlan,
    keywords: Keywords,
    after: Iterable[bytes] = NOTHING,
) -> tuple[bytes, int] | None:
    """The lines of a batch, and how many messages are damaged.

    None where a message has to be looked at by itself. Each line is followed by one of `after`.
    """
    before, behind = planned.before, planned.behind
    names = (*before.names, *behind.names, *WHOLE)
    read = read_columns(tx, mailbox_id, batch.uids, names)
    if read is None:
        return None
    texts = FlagTexts(keywords)
    middle, last = len(before.names), len(before.names) + len(behind.names)
    made, made_behind = make(before, read[:middle]), make(behind, read[middle:last])
    if made is None or made_behind is None:
        return None
    columns = (values(batch, before, made, texts), values(batch, behind, made_behind, texts))
    return _lines(batch, planned, columns, whole_messages(tx, read[last:]), after)


def around_whole(batch: Batch, planned: WholePlan, keywords: Keywords, whole: Whole) -> bytes:
    """The line of one message, where the plan reads no columns."""
    texts = FlagTexts(keywords)
    columns = (
        values(batch, planned.before, (), texts),
        values(batch, planned.behind, (), texts),
    )
    return _lines(batch, planned, columns, (whole,), NOTHING)[0]


def _lines(
    batch: Batch,
    planned: WholePlan,
    columns: tuple[Columns, Columns],
    whole: Iterable[Whole | None],
    after: Iterable[bytes],
) -> tuple[bytes, int]:
    before = planned.before.line
    space = b" " if before else b""
    line = b"%b%b%b%b {" % (batch.lead, before, space, planned.label.replace(b"%", b"%%"))
    heads = map(line.__mod__, zip(batch.numbers, *columns[0], strict=True))
    tails = _tails(planned.behind, columns[1])
    pieces: list[bytes] = []
    damaged = 0
    for head, found, tail, more in zip(heads, whole, tails, after, strict=False):
        if found is None:
            damaged += 1
            continue
        prefix, body = found
        pieces += (head, b"%d}\r\n" % (len(prefix) + len(body)), prefix, body, tail, more)
    return b"".join(pieces), damaged


def _tails(behind: Plan, columns: Sequence[Sequence[Any]]) -> Iterable[bytes]:
    if not columns:
        return repeat(b")\r\n")
    return map((b" %b)\r\n" % behind.line).__mod__, zip(*columns, strict=True))


def _is_whole(wanted: Wanted) -> bool:
    if not wanted.arguments or not isinstance(wanted.arguments[0], Section):
        return False
    section = wanted.arguments[0]
    return not section.path and section.kind is Kind.BODY and section.is_range
