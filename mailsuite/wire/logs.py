"""Events as lines on standard error: one event, one line, whatever a peer put into it.

What comes from outside is escaped (controls, ANSI, bidirectional marks) and cut, so that no
field can start a second line or move a terminal's cursor. Twisted's own chatter below a warning
is left out, and repeats are folded (`mailsuite.wire.folding`).
"""

import json
import os
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import get_ident
from typing import Any

from attrs import define, field
from twisted.logger import ILogObserver, LogEvent, LogLevel, formatEvent
from twisted.python.failure import Failure
from zope.interface import implementer

from mailsuite.wire.folding import Folding

FIELD_CHARACTERS = 300
TRACEBACK_CHARACTERS = 6_000
LINE_CHARACTERS = 12_000
ORDINARY = frozenset(("debug", "info"))
LEVELS = ("debug", "info", "warn", "error", "critical")
# Twisted's and the old logging system's own fields, which say nothing to an operator; `words` are
# sentences, which stand in the event's own already.
NOT_TOLD = frozenset((
    "format", "isError", "system", "time", "message", "why", "failure", "reactor", "factory",
    "words",
))  # fmt: skip
TO_BE_QUOTED = re.compile(r'[ "=\\]')
PLAIN = (str, bytes, int, float, bool, Path)


def clean(value: object, limit: int = FIELD_CHARACTERS) -> str:
    """The value as printable text on one line, at most `limit` characters before escaping."""
    if isinstance(value, bytes):
        # Every octet is shown as itself or as an escape: nothing is decoded on a guess.
        words = value[: limit + 1].decode("ascii", "backslashreplace")
    else:
        words = str(value)
    cut = words[:limit] + ("…" if len(words) > limit else "")
    # Most values need no escape, and asking them all at once costs a hundredth.
    return cut if cut.isprintable() else "".join(map(_character, cut))


def _character(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    if code < 0x100:
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character, f"\\x{code:02x}")
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _quoted(text: str) -> str:
    if text and not TO_BE_QUOTED.search(text):
        return text
    escaped = text.replace('"', '\\"')
    return f'"{escaped}"'


def fields_of(event: LogEvent) -> dict[str, str | int | float | bool]:
    """What one line says, in order: time, level, place, trace, words, then the event's fields."""
    when = datetime.fromtimestamp(event.get("log_time", 0.0), UTC)
    told: dict[str, str | int | float | bool] = {
        "time": when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z",
        "level": event.get("log_level", LogLevel.info).name,
        "at": clean(event.get("log_namespace", "-")),
    }
    if "trace" in event:
        told["trace"] = clean(event["trace"])
    told["event"] = clean(_words(event))
    for name, value in event.items():
        if name.startswith("log_") or name in NOT_TOLD or name in told:
            continue
        if isinstance(value, PLAIN) and name.isidentifier():
            plain = isinstance(value, int | float)
            told[name] = value if plain else clean(value)  # type: ignore[assignment]
    failure = event.get("log_failure")
    if isinstance(failure, Failure):
        told["error"] = clean(f"{type(failure.value).__name__}: {failure.value}")
        # Without the values of variables: they may be passwords or somebody's mail.
        told["traceback"] = clean(failure.getBriefTraceback(), TRACEBACK_CHARACTERS)
    return told


def _words(event: LogEvent) -> str:
    words = event.get("log_format")
    if isinstance(words, str):
        # A third of the cost of Twisted's own, which also calls `{functions()}`: nobody here does.
        try:
            return words.format_map(event)
        except (LookupError, AttributeError, ValueError, TypeError):
            pass
    return formatEvent(event)


def logfmt(event: LogEvent) -> str:
    """`key=value …`, quoted where needed."""
    return " ".join(
        f"{name}={_quoted(value) if isinstance(value, str) else value}"
        for name, value in fields_of(event).items()
    )


def as_json(event: LogEvent) -> str:
    """One JSON object, ASCII only."""
    return json.dumps(fields_of(event))


FORMATS: dict[str, Callable[[LogEvent], str]] = {"logfmt": logfmt, "json": as_json}


def _to_standard_error(line: str) -> None:
    # Straight to the descriptor: twistd redirects sys.stderr into the log itself.
    stream = sys.__stderr__
    try:
        os.write(2 if stream is None else stream.fileno(), line.encode("utf-8", "replace"))
    except (OSError, ValueError):
        return  # nobody reads any more; serving goes on


@implementer(ILogObserver)
@define(eq=False)
class Lines:
    """The observer that `mailsuite.service` gives to Twisted; format and level may be changed.

    Args:
        afterwards: takes a call for the end of the reactor's turn. What the reactor thread tells
            of ordinary events is then written there, once answers have left; troubles are written
            at once, and so is all of other threads. None: everything at once.
    """

    format: str = "logfmt"
    level: str = "info"
    write: Callable[[str], Any] = field(default=_to_standard_error)
    afterwards: Callable[[Callable[[], None]], None] | None = None
    _folding: Folding = field(factory=Folding, alias="folding")
    _thread: int = field(factory=get_ident, init=False)
    _waiting: list[LogEvent] = field(factory=list, init=False)

    def __call__(self, event: LogEvent) -> None:
        """Write the event as one line, if it is to be told. Never raises."""
        level: str = event.get("log_level", LogLevel.info).name
        ours = str(event.get("log_namespace", "")).startswith("mailsuite")
        if LEVELS.index(level) < LEVELS.index(self.level if ours else max("warn", self.level)):
            return
        if get_ident() != self._thread:
            self._tell([event])
        elif self.afterwards is None or level not in ORDINARY:
            self._tell_waiting()
            self._tell([event])
        else:
            if not self._waiting:
                self.afterwards(self._tell_waiting)
            self._waiting.append(event)

    def tell_rest(self) -> None:
        """Tell what waits, and what was only counted so far: nothing follows."""
        self.afterwards = None
        self._tell_waiting()
        for event in self._folding.rest():
            self.write(self._line(event))

    def _tell_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._tell(waiting)

    def _tell(self, events: list[LogEvent]) -> None:
        lines = [line for event in events for line in self._folding.told(event, self._line)]
        if lines:
            self.write("".join(lines))

    def _line(self, event: LogEvent) -> str:
        try:
            line = FORMATS[self.format](event)
        except Exception as error:  # noqa: BLE001 - an event that cannot be told must not end serving
            line = f"level=error event={_quoted(clean(f'an event could not be told: {error!r}'))}"
        return line[:LINE_CHARACTERS] + "\n"
