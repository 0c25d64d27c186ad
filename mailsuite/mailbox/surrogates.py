"""Large messages for programs without UTF8, piece by piece (RFC 6857, RFC 6858)."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

from attrs import define, field

from mailsuite.errors import NeedsUtf8
from mailsuite.mailbox.reading import in_pieces
from mailsuite.message.downgrading import downgrade_header
from mailsuite.message.surrogate import REWRITTEN_OCTETS, Span, header_spans
from mailsuite.store.maildrop import read_parts
from mailsuite.store.opening import Store
from mailsuite.store.transaction import Transaction

AT_ONCE_OCTETS = 4 * 1024  # of a header that is rewritten on the spot: a tenth of a millisecond


async def surrogate_pieces(store: Store, message_id: int) -> AsyncGenerator[bytes, None]:
    """A message in pieces, its headers in ASCII; otherwise as `in_pieces`.

    What a delivery report names stays as it is here: none is so large.

    Raises:
        NeedsUtf8: more of it is UTF-8 than may be rewritten; perhaps after some pieces.
    """
    prefix, rows = await store.readers.run(read_parts, message_id)
    cutting = Cutting(iter(header_spans(rows, prefix)))
    budget = REWRITTEN_OCTETS
    async with aclosing(in_pieces(store, message_id)) as pieces:
        async for piece in pieces:
            for octets, is_header in cutting.cut(piece):
                if octets.isascii() or not is_header:
                    yield octets
                    continue
                budget -= len(octets)
                if budget < 0:
                    raise NeedsUtf8
                if len(octets) <= AT_ONCE_OCTETS:
                    yield downgrade_header(octets)
                else:
                    yield await store.readers.run(_downgraded, octets)
    if cutting.held:
        yield bytes(cutting.held)


def _downgraded(_: Transaction, header: bytes) -> bytes:
    return downgrade_header(header)


@define
class Cutting:
    """Cuts a stream at the edges of its headers, which come out whole."""

    spans: Iterator[Span]
    held: bytearray = field(factory=bytearray, init=False)  # of a header that has not ended
    _at: int = field(default=0, init=False)
    _span: Span | None = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._span = next(self.spans, None)

    def cut(self, piece: bytes) -> Iterator[tuple[bytes, bool]]:
        """What a piece completes: octets, and whether they are a header."""
        while piece:
            if self._span is None:
                yield piece, False
                return
            start, end = self._span
            if self._at < start:
                body, piece = piece[: start - self._at], piece[start - self._at :]
                self._at += len(body)
                yield body, False
                continue
            part, piece = piece[: end - self._at], piece[end - self._at :]
            self._at += len(part)
            self.held += part
            if self._at == end:
                header = bytes(self.held)
                self.held.clear()
                self._span = next(self.spans, None)
                yield header, True
            elif len(self.held) > REWRITTEN_OCTETS and not self.held.isascii():
                raise NeedsUtf8
