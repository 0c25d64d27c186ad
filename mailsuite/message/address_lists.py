"""Address lists of header fields, where anything may stand (RFC 5322 §3.4, §4.4).

Two readers: `parse_list` takes every octet string, never raises, and is what ENVELOPE shows;
`owned_addresses` is for decisions and refuses what the strict grammar does not allow.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from mailsuite.message.addresses import Address, BadAddress

ADDRESSES = 10_000  # used of one field; what is beyond stays in the stored octets


class Entry(NamedTuple):
    """One address as ENVELOPE has it (RFC 9051 §7.5.2); a plain tuple, since mail is full of them.

    A group begins with an entry that has neither route, nor host, but a mailbox (the group's
    name), and ends with an entry of four times None.
    """

    name: bytes | None
    route: bytes | None
    mailbox: bytes | None
    host: bytes | None


GROUP_END = Entry(None, None, None, None)

# What nearly all mail has: `Name <a@b>`, `"Name" <a@b>` or `a@b`, then a comma or the end.
_SIMPLE = re.compile(
    rb"[ \t\r\n]*+"
    rb'(?:(?:"([^"\\\r\n]++)"[ \t]*+|([^\s<>()\[\]",;:@\\.][^\r\n<>()\[\]",;:@\\.]*+))?'
    rb"<([^\s<>()\[\],;:@\\\"]++)@([A-Za-z0-9.\-]++)>"
    rb"|([^\s<>()\[\],;:@\\\"]++)@([A-Za-z0-9.\-]++))"
    rb"[ \t\r\n]*+(?:,|\Z)"
)
_TOKEN = re.compile(
    rb"[ \t\r\n]++"
    rb'|"(?:[^"\\]++|\\.)*+"?'
    rb"|\[[^\]]*+\]?"
    rb"|[()<>@,;:]"
    rb'|[^ \t\r\n"\[()<>@,;:]++',
    re.DOTALL,
)
# A word of a display name that every reader takes for one: closed quotes, or an atom.
_WORD = re.compile(
    rb'"(?:[^"\\]++|\\.)*+"|[^\0-\x20\x7f()<>\[\]:;@\\,".][^\0-\x20\x7f()<>\[\]:;@\\,"]*+',
    re.DOTALL,
)
_PARENTHESIS = re.compile(rb"\\.|[()]", re.DOTALL)
_PAIR = re.compile(rb"\\(.)", re.DOTALL)
_FOLD = re.compile(rb"\r\n(?=[ \t])|\r\n\Z")
_SPACES = b" \t\r\n"


def parse_list(value: bytes, limit: int = ADDRESSES) -> list[Entry]:
    """Read a field's value into at most `limit` entries. Linear; never raises.

    Comments are left out, but the last one names an address that has no other name, as old
    mail does. Encoded words stay as they are (RFC 9051 §7.5.2).
    """
    entries: list[Entry] = []
    at, end = 0, len(value)
    while at < end and len(entries) < limit:
        simple = _SIMPLE.match(value, at)
        if simple is None:
            _Reader(value, at, limit, entries).read()
            break
        quoted, plain, local, host, bare, bare_host = simple.groups()
        name = quoted or (plain.rstrip(_SPACES) if plain else None)
        entries.append(Entry(name, None, local or bare, host or bare_host))
        at = simple.end()
    return entries


def owned_addresses(value: bytes) -> list[Address]:
    """Every address of a From, Sender or the like, groups included, for a decision.

    Raises:
        BadAddress: anything in it is no address, so that nobody is let through whom another
            reader of the same field would see.
    """
    reader = _Reader(value, 0, ADDRESSES + 1, [])
    reader.read()
    if reader.doubt or len(reader.entries) > ADDRESSES:
        raise BadAddress("an address list that two readers could read differently")
    try:
        return [Address.parse(spec.decode("utf-8")) for spec in reader.specs]
    except UnicodeDecodeError as error:
        raise BadAddress("no UTF-8") from error


class _Reader:
    """Reads the general form, token by token, without recursion.

    Beside the entries it keeps each address as the strict parser takes it (`specs`), and
    whether anything stood in the list that has no one meaning (`doubt`; threat S4).
    """

    def __init__(self, value: bytes, at: int, limit: int, entries: list[Entry]) -> None:
        self.tokens = tokens(value, at)
        self.limit = limit
        self.entries = entries
        self.in_group = False
        self.behind_group = False  # only a comma may follow
        self.specs: list[bytes] = []
        self.doubt = False
        self._clear()

    def _clear(self) -> None:
        self.words: list[bytes] = []  # outside < >: a phrase, or a bare address
        self.angle: list[bytes] | None = None  # inside < >
        self.closed = True  # the > was seen
        self.comment: bytes | None = None

    def read(self) -> None:
        for token in self.tokens:
            if len(self.entries) >= self.limit:
                return
            first = token[:1]
            if first == b"(":
                self.comment = token[1:].removesuffix(b")").strip(_SPACES)
                self.doubt |= token[-1:] != b")"
            elif not self.closed:
                self._inside(token)
            elif token == b"<" and self.angle is None:
                self.angle, self.closed = [], False
            elif token == b",":
                self.behind_group = False
                self._finish()
            elif token == b":" and not self.in_group and b"@" not in self.words:
                self._begin_group()
            elif token == b";":
                self._finish()
                self.doubt |= not self.in_group
                self._end_group()
                self.behind_group = True
            else:
                # A word behind `>` belongs to nothing.
                self.doubt |= self.angle is not None and first not in _SPACES
                self.words.append(token)
        self._finish()
        self.doubt |= self.in_group
        self._end_group()

    def _inside(self, token: bytes) -> None:
        assert self.angle is not None
        if token == b">":
            self.closed = True
        else:
            self.angle.append(token)

    def _begin_group(self) -> None:
        name = _phrase(self.words)
        self.doubt |= not (name and _is_phrase(self.words)) or self.angle is not None
        self.doubt |= self.behind_group
        self.in_group = True
        self.entries.append(Entry(None, None, name or b"", None))
        self._clear()

    def _end_group(self) -> None:
        if self.in_group:
            self.in_group = False
            self.entries.append(GROUP_END)

    def _finish(self) -> None:
        if self.angle is not None:
            route, rest = _route(_without_spaces(self.angle))
            local, host = _halves(rest)
            self.entries.append(Entry(_phrase(self.words) or self.comment, route, local, host))
            self.doubt |= not (self.closed and _is_phrase(self.words))
            self.doubt |= self.behind_group
            self._judge(self.angle)
        elif words := _without_spaces(self.words):
            self.doubt |= self.behind_group
            self._judge(self.words)
            if b"@" in words:
                local, host = _halves(words)
                self.entries.append(Entry(self.comment, None, local, host))
            else:
                # No address at all: shown as a mailbox without a host, and so never empty.
                self.entries.append(Entry(self.comment, None, _phrase(self.words), b""))
        self._clear()

    def _judge(self, tokens: list[bytes]) -> None:
        while tokens and tokens[-1][:1] in _SPACES:
            tokens = tokens[:-1]
        while tokens and tokens[0][:1] in _SPACES:
            tokens = tokens[1:]
        # Exactly local part, @, domain, with nothing between that one reader skips and another
        # does not: spaces, a route, a second @, half a quoted string.
        if len(tokens) == 3 and tokens[1] == b"@":
            self.specs.append(b"".join(tokens))
        else:
            self.doubt = True


def tokens(value: bytes, at: int = 0) -> Iterator[bytes]:
    """The tokens of a structured field, which together are its octets again; a comment is one."""
    end = len(value)
    while at < end:
        found = _TOKEN.match(value, at)
        assert found is not None  # the token classes cover every octet
        token, at = found[0], found.end()
        if token == b"(":
            start, depth = at - 1, 1
            while depth and (mark := _PARENTHESIS.search(value, at)):
                depth += {b"(": 1, b")": -1}.get(mark[0], 0)
                at = mark.end()
            if depth:
                at = end  # never closed: the comment is all the rest
            token = value[start:at]
        yield token


def _unquoted(token: bytes) -> bytes:
    if token[:1] == b'"':
        token = token[1:-1] if len(token) > 1 and token[-1:] == b'"' else token[1:]
        token = _FOLD.sub(b"", token)
        if b"\\" in token:
            token = _PAIR.sub(rb"\1", token)
    return token


def _phrase(words: list[bytes]) -> bytes | None:
    parts = [b" " if word[:1] in _SPACES else _unquoted(word) for word in words]
    return b"".join(parts).strip(_SPACES) or None


def _without_spaces(tokens: list[bytes]) -> list[bytes]:
    return [token for token in tokens if token[:1] not in _SPACES]


def _is_phrase(words: list[bytes]) -> bool:
    return all(word[:1] in _SPACES or _WORD.fullmatch(word) for word in words)


def _route(tokens: list[bytes]) -> tuple[bytes | None, list[bytes]]:
    # <@a,@b:local@host> (RFC 5322 §4.4): the route ends at the last colon.
    if tokens[:1] == [b"@"] and b":" in tokens:
        cut = len(tokens) - 1 - tokens[::-1].index(b":")
        return b"".join(tokens[:cut]), tokens[cut + 1 :]
    return None, tokens


def _halves(tokens: list[bytes]) -> tuple[bytes, bytes]:
    if b"@" not in tokens:
        return b"".join(map(_unquoted, tokens)), b""
    cut = len(tokens) - 1 - tokens[::-1].index(b"@")
    return b"".join(map(_unquoted, tokens[:cut])), b"".join(tokens[cut + 1 :])
