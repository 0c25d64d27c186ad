"""rspamd: POST /checkv2 of its normal worker, and the JSON that comes back."""

import json
import math
import re
from typing import Any

from attrs import define, field

from mailsuite.spam.outside.talk import REPLY_OCTETS, Advice, Babble, Letter, Opinion, printable

MOST_SYMBOLS = 5
DEPTH = 50  # of its JSON: the parser below is recursive
ADVICE = {
    "no action": Advice.PASS,
    "greylist": Advice.DEFER,
    "soft reject": Advice.DEFER,
    "add header": Advice.JUNK,
    "rewrite subject": Advice.JUNK,
    "quarantine": Advice.JUNK,
    # Junk, not loss: what a person did not ask to be refused can still be found.
    "reject": Advice.JUNK,
}
_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})(?: [^\r\n]*)?")
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,9})[ \t]*(?=\r\n|\Z)")


@define(eq=False)
class RspamdTalk:
    """One message shown to rspamd."""

    letter: Letter
    host: str
    opinion: Opinion | None = field(default=None, init=False)
    _held: bytearray = field(factory=bytearray, init=False)

    def begin(self) -> list[bytes]:
        """The request; HTTP/1.0, so the answer ends with its length or the connection."""
        letter = self.letter
        given = [
            ("Host", self.host),
            ("Content-Length", str(len(letter.octets))),
            ("Ip", letter.peer),
            ("Helo", letter.helo),
            ("From", letter.sender),
            *(("Rcpt", recipient) for recipient in letter.recipients),
            ("Queue-Id", letter.trace),
        ]
        head = "".join(f"{name}: {printable(value)}\r\n" for name, value in given)
        return [f"POST /checkv2 HTTP/1.0\r\n{head}\r\n".encode("ascii"), letter.octets]

    def feed(self, octets: bytes) -> list[bytes]:
        """Wait for the whole answer. Raises `Babble`."""
        self._held += octets
        if len(self._held) > REPLY_OCTETS:
            raise Babble("an answer without end")
        end = self._held.find(b"\r\n\r\n")
        if end >= 0 and self.opinion is None:
            length = _LENGTH.search(bytes(self._held[:end]).lower())
            if length is not None and len(self._held) >= end + 4 + int(length[1]):
                self._understand(end, end + 4 + int(length[1]))
        return []

    def ended(self) -> None:
        """The end of the connection is the end of an answer without a length. Raises `Babble`."""
        if self.opinion is not None:
            return
        end = self._held.find(b"\r\n\r\n")
        if end < 0 or _LENGTH.search(bytes(self._held[:end]).lower()):
            raise Babble("hung up in the middle of its answer")
        self._understand(end, len(self._held))

    def _understand(self, head_end: int, end: int) -> None:
        status = _STATUS.match(bytes(self._held[:head_end]))
        if status is None or status[1] != b"200":
            raise Babble("an answer that is no success")
        body = bytes(self._held[head_end + 4 : end])
        if body.count(b"{") + body.count(b"[") > 50_000 or _depth(body) > DEPTH:
            raise Babble("JSON that nobody would write")
        try:
            found = json.loads(body, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise Babble("no JSON") from error
        self.opinion = _opinion(found)


def _depth(body: bytes) -> int:
    """How deep it can be nested at most: brackets in strings count too."""
    deepest = depth = 0
    for bracket in re.findall(rb"[{}\[\]]", body):
        depth += 1 if bracket in b"{[" else -1
        deepest = max(deepest, depth)
    return deepest


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _opinion(found: Any) -> Opinion:
    if not isinstance(found, dict):
        raise Babble("JSON, but no object")
    advice = ADVICE.get(str(found.get("action")))
    score = _number(found.get("score"))
    if advice is None or score is None:
        raise Babble("an answer without action and score")
    symbols = found.get("symbols", {})
    loud = []
    for name, symbol in symbols.items() if isinstance(symbols, dict) else ():
        worth = _number(symbol.get("score")) if isinstance(symbol, dict) else None
        if worth is not None and worth > 0:
            loud.append((worth, name))
    names = ", ".join(f"{name} {worth:.1f}" for worth, name in sorted(loud)[::-1][:MOST_SYMBOLS])
    action = str(found["action"])
    reason = printable(
        f"rspamd says {action}, {score:.1f}: {names}"
        if names
        else f"rspamd says {action}, {score:.1f}"
    )
    return Opinion(advice, (reason,))


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) and abs(number) < 1e6 else None
