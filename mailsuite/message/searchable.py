"""What is looked through when a message is searched: decoded, and mapped as it is compared.

The search index and the look at a message itself both go by this, so they never disagree.
"""

import json
from collections.abc import Iterator

from attrs import define, field

from mailsuite.message.collation import casemapped
from mailsuite.message.dates import parse_date
from mailsuite.message.header import fields, first, header_length, unfold
from mailsuite.message.text import body_texts
from mailsuite.message.words import decode_words

CODING = ("utf-8", "surrogatepass")  # of what is kept
DAY = 86_400

Line = tuple[str, str]  # a field's name and value, both mapped


def header_lines(header: bytes) -> list[Line]:
    """The fields of a header block."""
    return [
        (casemapped(name.decode("latin-1")), casemapped(decode_words(unfold(value))))
        for name, value in fields(header)
    ]


def sent_day(header: bytes) -> int | None:
    """The day of its Date field since 1970, as its sender's calendar said; None: unreadable."""
    moment = parse_date(first(header, b"date") or b"")
    return None if moment is None else (moment.unix + moment.offset_minutes * 60) // DAY


@define(eq=False)
class Searchable:
    """One message; each part of it is decoded once, when it is first looked at."""

    header: bytes  # with the trace fields of its delivery
    body: bytes = b""  # the message without them
    _lines: list[Line] | None = field(default=None, init=False)
    _head: str | None = field(default=None, init=False)
    _lengths: list[int] = field(factory=list, init=False)  # of the lines in `_head`
    _texts: list[str] = field(factory=list, init=False)
    _more: Iterator[str] | None = field(default=None, init=False)
    _sent: tuple[int | None] | None = field(default=None, init=False)

    @classmethod
    def of(cls, prefix: bytes, body: bytes) -> "Searchable":
        """A message in its two parts as they are stored."""
        return cls(prefix + body[: header_length(body)], body)

    @property
    def lines(self) -> list[Line]:
        """Every field."""
        if self._lines is None:
            self._lines = self._split() if self._lengths else header_lines(self.header)
        return self._lines

    def _split(self) -> list[Line]:
        assert self._head is not None
        lines, at = [], 0
        for length in self._lengths:
            # The first colon ends the name: there is none in it, mapped or not.
            name, _, value = self._head[at + 1 : at + length].partition(": ")
            lines.append((name, value))
            at += length
        return lines

    @property
    def sent(self) -> int | None:
        """As `sent_day`."""
        if self._sent is None:
            self._sent = (sent_day(self.header),)
        return self._sent[0]

    def values(self, name: str) -> list[str]:
        """The values of the fields of that name (mapped)."""
        return [value for found, value in self.lines if found == name]

    def header_text(self) -> str:
        """The header, a field a line; every name stands between a line end and a colon."""
        if self._head is None:
            self._head = "".join([f"\n{name}: {value}" for name, value in self.lines])
        return self._head

    def texts(self) -> Iterator[str]:
        """The text parts; no more of them is decoded than is asked for."""
        yield from self._texts
        if self._more is None:
            self._more = body_texts(self.body)
        for text in self._more:
            mapped = casemapped(text)
            self._texts.append(mapped)
            yield mapped

    def kept(self) -> bytes:
        """All that is looked through, so that `from_kept` makes the same of it in 5 us."""
        texts = list(self.texts())
        lines = [len(name) + len(value) + len("\n: ") for name, value in self.lines]
        index = json.dumps([self.sent, lines, [len(text) for text in texts]])
        return "".join([index, "\n", self.header_text(), *texts]).encode(*CODING)

    @classmethod
    def from_kept(cls, octets: bytes) -> "Searchable":
        """A message as it was when it was `kept`; its octets are not there.

        Raises:
            ValueError: it was not written by `kept`.
        """
        index, _, text = octets.decode(*CODING).partition("\n")
        sent, lines, texts = json.loads(index)
        letter = cls(b"")
        letter._sent, letter._lengths, letter._more = (sent,), lines, iter(())
        at = sum(lines)
        letter._head = text[:at]
        for length in texts:
            letter._texts.append(text[at : at + length])
            at += length
        return letter
