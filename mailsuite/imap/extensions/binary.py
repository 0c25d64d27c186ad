"""BINARY (RFC 3516, RFC 9051 §6.4.5.1): parts without their transfer encoding.

What APPEND does with the octets of a `~{n}` literal stands in `mailbox/preparing.py`.
"""

from attrs import frozen

from mailsuite.errors import UnknownEncoding
from mailsuite.imap.fetch.batch import Message
from mailsuite.imap.fetch.section import read_part, read_partial
from mailsuite.imap.registry import Cursor, fetch_item, parsed_by
from mailsuite.message.parts import part
from mailsuite.message.transfer import decoded, encoding_of
from mailsuite.message.tree import LEAF
from mailsuite.store.placements_read import MessageRow


@frozen
class Part:
    """A part that is asked for without its encoding; `partial` counts decoded octets (§4.2)."""

    label: bytes
    path: tuple[int, ...]
    partial: tuple[int, int] | None = None
    needs: tuple[str, ...] = ("parts", "octets")
    is_range: bool = False  # of the message as it is stored

    def octets(self, row: MessageRow) -> bytes | None:
        """The decoded octets; None if there is no such part.

        The message as a whole has no encoding, nor has a part that holds others (RFC 2045 §6.4).

        Raises:
            DamagedBody: it is not what was stored.
            UnknownEncoding: it cannot be decoded.
        """
        whole = row.octets()
        if not self.path:
            return whole
        found = part(row.parts, self.path)
        if found is None:
            return None
        kind, _, start, body, end = (
            found[0], found[1], *(len(row.prefix) + at for at in found[2:])
        )  # fmt: skip
        octets = whole[body:end]
        if kind != LEAF:
            return octets
        plain = decoded(octets, encoding_of(whole[start:body]))
        if plain is None:
            raise UnknownEncoding
        return plain


def _read(name: bytes, cursor: Cursor) -> tuple[bytes, tuple[int, ...]]:
    cursor.expect(b"[")
    written, path = read_part(cursor)
    cursor.expect(b"]")
    return b"%b[%b]" % (name, written), path


def _read_binary(cursor: Cursor) -> Part:
    """Read `[1.2]<partial>` (RFC 3516 §7, section-binary)."""
    label, path = _read(b"BINARY", cursor)
    partial = read_partial(cursor)
    if partial is not None:
        label += b"<%d>" % partial[0]
    return Part(label, path, partial)


def _read_size(cursor: Cursor) -> Part:
    return Part(*_read(b"BINARY.SIZE", cursor))


BINARY = parsed_by(_read_binary)


@fetch_item(b"BINARY[]", needs=("seen",), capability=b"BINARY", arguments=BINARY)
def binary(message: Message, wanted: Part) -> bytes:
    """The decoded octets of a part; sets the Seen flag (RFC 3516 §4.2)."""
    return _value(message, wanted)


@fetch_item(b"BINARY.PEEK[]", arguments=BINARY)
def binary_peek(message: Message, wanted: Part) -> bytes:
    """The decoded octets of a part (RFC 3516 §4.2)."""
    return _value(message, wanted)


@fetch_item(b"BINARY.SIZE[]", arguments=parsed_by(_read_size))
def binary_size(message: Message, wanted: Part) -> bytes:
    """How many octets BINARY gives; 0 if there is no such part (RFC 3516 §4.2)."""
    return b"%d" % len(wanted.octets(message.row) or b"")


def _value(message: Message, wanted: Part) -> bytes:
    octets = wanted.octets(message.row)
    if octets is None:
        return b"NIL"
    if wanted.partial is not None:
        first, count = wanted.partial
        octets = octets[first : first + count]
    # A client sees by the form whether there is NUL in it (RFC 3516 §4.3).
    form = b"~{%d}\r\n%b" if b"\0" in octets else b"{%d}\r\n%b"
    return form % (len(octets), octets)
