"""Lines that a client did not ask for: flags that changed, messages that went (RFC 3501 §7.4)."""

from collections.abc import Iterable, Iterator

from mailsuite.imap.ports import Manner
from mailsuite.store.flags import Keywords, names_of
from mailsuite.store.placements import Span, spans_of

LONGEST_VANISHED = 1_000  # ranges of one VANISHED line: at most 22 KB


def flag_list(word: int, keywords: Keywords) -> bytes:
    """A word as FLAGS shows it, with its parentheses."""
    return b"(%b)" % " ".join(names_of(word, keywords)).encode("ascii")


def lead(manner: Manner) -> bytes:
    """How a message's line begins, with a place for what names it (RFC 9586 §3.3)."""
    return b"* %d UIDFETCH (" if Manner.UNNUMBERED in manner else b"* %d FETCH ("


class FlagLines:
    """Writes the FETCH lines of changes, as one client is told of them.

    Args:
        by_uid: the command in hand was given in its UID form.
    """

    def __init__(self, manner: Manner, keywords: Keywords, *, by_uid: bool = False) -> None:
        self._keywords = keywords
        self._texts: dict[int, bytes] = {}
        self._unnumbered = Manner.UNNUMBERED in manner
        self._uids = (by_uid or Manner.UIDS in manner) and not self._unnumbered
        self._modseqs = Manner.MODSEQS in manner
        self._lead = lead(manner)

    def line(self, number: int, uid: int, flags: int | None, modseq: int) -> bytes:
        """The line of one message; of flags None, only its MODSEQ."""
        inside = []
        if self._uids:
            inside.append(b"UID %d" % uid)
        if flags is not None:
            inside.append(b"FLAGS %b" % self._text(flags))
        if self._modseqs:
            inside.append(b"MODSEQ (%d)" % modseq)
        named = uid if self._unnumbered else number
        return self._lead % named + b" ".join(inside) + b")\r\n"

    def _text(self, word: int) -> bytes:
        text = self._texts.get(word)
        if text is None:
            text = self._texts[word] = flag_list(word, self._keywords)
        return text


def vanished(uids: Iterable[int]) -> Iterator[bytes]:
    """VANISHED of messages that the client knew, rising (RFC 7162 §3.2.10.2)."""
    return _lines(b"* VANISHED ", spans_of(uids))


def vanished_earlier(spans: list[Span]) -> Iterator[bytes]:
    """VANISHED (EARLIER) of what went before it looked (RFC 7162 §3.2.10.1)."""
    return _lines(b"* VANISHED (EARLIER) ", spans)


def _lines(start: bytes, spans: list[Span]) -> Iterator[bytes]:
    for at in range(0, len(spans), LONGEST_VANISHED):
        ranges = spans[at : at + LONGEST_VANISHED]
        texts = (b"%d" % low if low == high else b"%d:%d" % (low, high) for low, high in ranges)
        yield b"%b%b\r\n" % (start, b",".join(texts))
