"""ClamAV's daemon: INSTREAM of clamd(8), the message in chunks with their lengths."""

import re

from attrs import define, field

from mailsuite.spam.outside.talk import REPLY_OCTETS, Advice, Babble, Letter, Opinion, printable

CHUNK = 64 * 1024
_FOUND = re.compile(rb"stream: ([^\0\r\n]{1,300}) FOUND")


@define(eq=False)
class ClamdTalk:
    """One message shown to clamd."""

    letter: Letter
    virus: Advice  # what is done with an infected message
    opinion: Opinion | None = field(default=None, init=False)
    _held: bytearray = field(factory=bytearray, init=False)

    def begin(self) -> list[bytes]:
        """The whole message; the last chunk is empty."""
        octets = self.letter.octets
        pieces = [octets[at : at + CHUNK] for at in range(0, len(octets), CHUNK)]
        chunks = [len(piece).to_bytes(4, "big") + piece for piece in pieces]
        return [b"zINSTREAM\0", *chunks, bytes(4)]

    def feed(self, octets: bytes) -> list[bytes]:
        """Wait for the one answer. Raises `Babble`."""
        self._held += octets
        if len(self._held) > REPLY_OCTETS:
            raise Babble("an answer without end")
        if b"\0" in self._held and self.opinion is None:
            self._understand(bytes(self._held.partition(b"\0")[0]))
        return []

    def _understand(self, answer: bytes) -> None:
        if answer == b"stream: OK":
            self.opinion = Opinion(Advice.PASS)
        elif found := _FOUND.fullmatch(answer):
            name = printable(found[1].decode("utf-8", "replace"))
            self.opinion = Opinion(self.virus, (f"it carries {name}, as ClamAV calls it",))
        else:
            raise Babble(printable(answer.decode("utf-8", "replace")))

    def ended(self) -> None:
        """It hangs up after its answer. Raises `Babble` if there was none."""
        if self.opinion is None:
            raise Babble("hung up without an answer")
