"""DEFLATE between a session and its transport or tunnel (RFC 4978): octets in, octets out.

Made for ten thousand idle connections: at rest neither direction keeps a context of zlib. What
we send is flushed to an octet's edge after each turn, so a fresh compressor may always go on.
What the peer sent is known to stand at such an edge when it ends in the mark of a flush; then its
text so far, while that is short, stands for the context. Inflation is pulled, so that a bomb
waits in its few octets until the session has taken what came out before.
"""

import struct
import zlib

from mailsuite.wire.tunnel import Broken

PIECE_OCTETS = 16 * 1024  # inflated at once: what a bomb may add before it is looked at again
WINDOW_BITS = -12  # 4 KiB back; raw (RFC 4978 §4)
MEMORY_LEVEL = 5  # with the window: 38 KiB while we send, instead of 256
LEVEL = 1  # 25-40 % of IMAP's text remains, as the RFC says; more costs more than it saves
SMALL_OCTETS = 300  # what IDLE pushes, and most answers: sent as they are, without a context
STORED = struct.Struct("<HH")  # of a stored block: its length and the complement
KEPT_OCTETS = 16 * 1024  # of the peer's text, in the place of a context of 40 KiB
FLUSHED = b"\x00\x00\xff\xff"  # an empty stored block: where Z_SYNC_FLUSH leaves the stream


class Deflating:
    """Both directions of one compressed connection."""

    __slots__ = (
        "_at", "_deflater", "_edge", "_full", "_history", "_inflater", "_packed", "_waiting",
    )  # fmt: skip

    def __init__(self) -> None:
        self._deflater: zlib._Compress | None = None
        self._inflater: zlib._Decompress | None = None
        self._waiting = b""  # the peer's octets, from `_at` on still to be inflated
        self._at = 0
        self._full = False  # zlib may hold more than it gave out
        self._history: bytes | None = b""  # all that the peer said, while it is short
        self._packed: bytes | None = None  # the same, at rest
        self._edge = True  # the peer's stream stands at the edge of a block

    def deflate(self, octets: bytes) -> bytes:
        """Compress octets so that the peer can read them all at once (Z_SYNC_FLUSH)."""
        if self._deflater is None:
            if len(octets) <= SMALL_OCTETS:
                # A stored block ends at the edge of an octet by itself (RFC 1951 §3.2.4).
                return b"\0" + STORED.pack(len(octets), len(octets) ^ 0xFFFF) + octets
            self._deflater = zlib.compressobj(LEVEL, zlib.DEFLATED, WINDOW_BITS, MEMORY_LEVEL)
        return self._deflater.compress(octets) + self._deflater.flush(zlib.Z_SYNC_FLUSH)

    def feed(self, octets: bytes) -> None:
        """Take in octets of the peer; `inflate` gives out what they hold."""
        self._waiting, self._at = self._waiting[self._at :] + octets, 0

    @property
    def more(self) -> bool:
        """Whether `inflate` may give out more without being fed."""
        return self._full or self._at < len(self._waiting)

    def inflate(self) -> bytes:
        """Return the next octets, at most `PIECE_OCTETS`, of one flush at most.

        Raises:
            Broken: that is no DEFLATE, or the peer ended the stream.
        """
        inflater = self._awake()
        if inflater.eof:
            raise Broken("the stream has ended")
        # What follows a flush need not be compressed any more (RFC 8437 §4.1).
        most = min(len(self._waiting), self._at + PIECE_OCTETS)
        mark = self._waiting.find(FLUSHED, self._at, most)
        end = most if mark < 0 else mark + len(FLUSHED)
        try:
            octets = inflater.decompress(memoryview(self._waiting)[self._at : end], PIECE_OCTETS)
        except zlib.error as error:
            raise Broken("no such stream") from error
        self._at = end - len(inflater.unused_data if inflater.eof else inflater.unconsumed_tail)
        self._full = len(octets) == PIECE_OCTETS
        # A stored block may hold the mark itself: then it stands in the text, too.
        self._edge = mark >= 0 and self._at == end and not octets.endswith(FLUSHED)
        if self._history is not None:
            grown = self._history + octets
            self._history = grown if len(grown) <= KEPT_OCTETS else None
        return octets

    def end(self) -> bytes:
        """Return what the peer sent after what was inflated: compression is over."""
        return self._waiting[self._at :]

    def rest(self) -> None:
        """Keep no context: nothing has come or gone for a while."""
        self._deflater = None
        inflater = self._inflater
        if inflater is None or inflater.eof or self.more:
            return
        if self._edge and self._history is not None:
            self._packed, self._history = zlib.compress(self._history, 9), b""
            self._inflater, self._waiting, self._at = None, b"", 0

    def _awake(self) -> "zlib._Decompress":
        if self._inflater is None:
            if self._packed is not None:
                self._history, self._packed = zlib.decompress(self._packed), None
            self._inflater = zlib.decompressobj(-zlib.MAX_WBITS, zdict=self._history or b"")
        return self._inflater
