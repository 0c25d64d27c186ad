"""Batches of messages: what the view knows of them, cut so that one reader job answers each."""

from collections.abc import Iterator, Sequence

from attrs import define, frozen

from mailsuite.imap.fetch.asked import Asked
from mailsuite.imap.telling import flag_list, lead
from mailsuite.imap.view import SelectedView, known
from mailsuite.store.flags import Keywords
from mailsuite.store.placements_read import ARRAYS, OCTETS, MessageRow

FROM_ARRAYS = 5_000  # messages a job that reads nothing: 200 KiB of answer, 2 ms
FROM_META = 512  # rows looked at one by one: about 300 KiB
FROM_COLUMNS = 1_500  # rows that go into the answer as they are: 5 ms, 200 to 600 KiB
FROM_HEADERS = 192  # with headers of 2 KiB
WITH_BODIES = 128
BATCH_OCTETS = 512 * 1024  # of bodies
NEEDS_NOTHING = ARRAYS | {"seen"}


@frozen
class Batch:
    """Some messages, column by column."""

    numbers: Sequence[int]
    uids: Sequence[int]
    flags: Sequence[int]
    modseqs: Sequence[int]
    sizes: Sequence[int]
    lead: bytes = b"* %d FETCH ("  # how each line begins; `numbers` are UIDs if it is UIDFETCH

    def cut(self, start: int, end: int) -> "Batch":
        """Some of them."""
        return Batch(
            self.numbers[start:end],
            self.uids[start:end],
            self.flags[start:end],
            self.modseqs[start:end],
            self.sizes[start:end],
            self.lead,
        )


@define(eq=False)
class Message:
    """One message, as the items write of it."""

    uid: int
    flag_list: bytes
    modseq: int
    size: int
    row: MessageRow


class FlagTexts(dict[int, bytes]):
    """FLAGS by word; there are few distinct ones."""

    def __init__(self, keywords: Keywords) -> None:
        super().__init__()
        self._keywords = keywords

    def __missing__(self, word: int) -> bytes:
        text = self[word] = flag_list(word, self._keywords)
        return text


def gather(view: SelectedView, uids: Sequence[int]) -> Batch:
    """What the view knows of these messages; those that are gone are left out."""
    arrays = view.mailbox.arrays
    unnumbered, begins = view.unnumbered, lead(view.session.manner)
    if view.numbers.generation is view.mailbox.generation and len(uids):
        # Nothing went that the client still counts: a number is an index of the shared arrays.
        start = arrays.index(uids[0])
        end = start + len(uids)
        if start >= 0 and arrays.uids[start:end] == uids:
            return Batch(
                uids if unnumbered else range(start + 1, end + 1),
                uids,
                arrays.flags[start:end],
                arrays.modseqs[start:end],
                arrays.sizes[start:end],
                begins,
            )
    rows = list(known(view, uids))
    return Batch(
        [uid if unnumbered else number for number, uid, _ in rows],
        [uid for _, uid, _ in rows],
        [arrays.flags[at] for _, _, at in rows],
        [arrays.modseqs[at] for _, _, at in rows],
        [arrays.sizes[at] for _, _, at in rows],
        begins,
    )


def batches(
    view: SelectedView, uids: Sequence[int], asked: Asked, *, columnar: bool = False
) -> Iterator[Batch]:
    """The messages in batches of about half a MiB of answer; gathered as they are asked for.

    `columnar`: their answers are made of columns, not of rows (`columns.py`).
    """
    needs = asked.needs
    most = WITH_BODIES
    if needs <= NEEDS_NOTHING:
        most = FROM_ARRAYS
    elif columnar:
        most = FROM_COLUMNS
    elif OCTETS not in needs:
        most = FROM_HEADERS if "header" in needs else FROM_META
    for start in range(0, len(uids), most):
        batch = gather(view, uids[start : start + most])
        if OCTETS in needs and not columnar:
            yield from _by_octets(batch, asked)
        else:
            yield batch


def _by_octets(batch: Batch, asked: Asked) -> Iterator[Batch]:
    largest = _largest(asked)
    start = octets = 0
    for at, size in enumerate(batch.sizes):
        octets += min(size, largest)
        if octets >= BATCH_OCTETS:
            yield batch.cut(start, at + 1)
            start, octets = at + 1, 0
    if start < len(batch.uids):
        yield batch.cut(start, len(batch.uids))


def _largest(asked: Asked) -> int:
    """The most octets that a message can give, when only pieces are asked for."""
    counts = []
    for wanted in asked.items:
        if wanted.arguments and OCTETS in wanted.needs:
            partial = wanted.arguments[0].partial
            counts.append(partial[1] if partial else 1 << 62)
    return sum(counts)
