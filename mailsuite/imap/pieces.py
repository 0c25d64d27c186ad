"""A command that has not come wholly: its texts and literals, counted against their bounds."""

from attrs import frozen

START_OCTETS = 100  # of a command: tag and name stand there, or it is none that we know


@frozen
class Bounds:
    """How large a command may be, in octets and in number of literals."""

    line: int  # all text of a command; a line over twice as long ends the connection
    literal: int  # one literal
    literals: int  # all of a command
    count: int
    skipped: int  # of literals that are refused and come nevertheless


class Pieces:
    """Text, literal, text, ... of the command in hand (RFC 3501 §2.2.1); empty between commands."""

    __slots__ = ("_count", "_literal_octets", "_written", "streamed", "text_octets")

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget the command."""
        self._written: list[bytes] | None = None
        self.streamed = False  # a literal of it went to the session: the next line is its rest
        self.text_octets = self._literal_octets = self._count = 0

    def stream(self) -> None:
        """Forget what was taken out; what comes next still belongs to the command."""
        self.clear()
        self.streamed = True

    @property
    def held(self) -> int:
        """Octets of all pieces."""
        return self.text_octets + self._literal_octets

    @property
    def begun(self) -> bool:
        """Whether some of a command has been taken, and more is to come."""
        return self.streamed or self._written is not None

    @property
    def last(self) -> bytes:
        """The text whose literal is still to come."""
        return self._written[-1] if self._written else b""

    def start(self, text: bytes) -> bytes:
        """Return how the command begins, `text` being its next one."""
        return (self._written[0] if self._written else text)[:START_OCTETS]

    def streams(self, text: bytes, names: frozenset[bytes]) -> bool:
        """Say whether a literal behind this text is of one of the commands in `names`."""
        if self.streamed:
            return True
        words = self.start(text).upper().split(b" ", 3)
        if len(words) > 3 and words[1] == b"UID":  # UID REPLACE
            del words[1]
        return len(words) > 2 and words[1] in names

    def fits(self, size: int, bounds: Bounds) -> bool:
        """Say whether a literal of that size may be kept."""
        return (
            size <= bounds.literal
            and self._literal_octets + size <= bounds.literals
            and self._count < bounds.count
        )

    def announced(self, text: bytes) -> list[bytes]:
        """Keep a text that ends in the announcement of a literal; return all pieces so far."""
        self.text_octets += len(text)
        self._written = [*(self._written or ()), text]
        return self._written

    def literal(self, octets: bytes) -> None:
        """Keep a literal: the piece behind the text that announced it."""
        assert self._written is not None, "its announcement stands before it"
        self._written.append(octets)
        self._literal_octets += len(octets)
        self._count += 1

    def ended(self, text: bytes) -> list[bytes]:
        """Return all pieces, this text being the last, and forget them."""
        pieces = self._written
        if pieces is None:
            self.streamed = False
            return [text]
        pieces.append(text)
        self.clear()
        return pieces
