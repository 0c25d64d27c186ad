"""What the supervisor and a worker say to each other, over two pipes: one line a word.

The first line to a worker is its errand. Both ends are the same program on the same machine, and
nobody else holds the pipes.
"""

import base64
import os
import pickle
from collections.abc import Callable, Mapping
from typing import Any

from attrs import define, field, frozen

from mailsuite.config import Config

# Descriptors of a worker.
ORDERS, WORDS, LOCK, BOARD, FIRST_WAKE = 3, 4, 5, 6, 7
READ_OCTETS = 65_536


@frozen
class Standing:
    """A socket that listens already."""

    door: str
    descriptor: int
    proxied: bool


@frozen
class Errand:
    """What a worker is to do."""

    config: Config
    number: int  # from 1; the first does what only one may do
    workers: int
    doors: tuple[Standing, ...]

    @property
    def first(self) -> bool:
        """Whether the relay, the upkeep and the control socket are this worker's."""
        return self.number == 1

    @property
    def wakes(self) -> tuple[int, ...]:
        """The workers' eventfds, by number from 1."""
        return tuple(range(FIRST_WAKE, FIRST_WAKE + self.workers))


@frozen
class NewConfig:
    """To a worker: go by this one from now on."""

    config: Config


@frozen
class Ready:
    """From a worker: it serves."""


@frozen
class Taken:
    """From a worker: the configuration is in force."""


@frozen
class AskReload:
    """From the first worker: somebody asked for a reload; answered by `Reloaded`."""


@frozen
class Reloaded:
    """To the first worker: what came of it."""

    later: tuple[str, ...] = ()  # keys that need a restart
    refused: str = ""  # why nothing was changed


@frozen
class AskOthers:
    """From a worker: let every other one answer this request; see `mailsuite.control.verbs`."""

    number: int
    request: Mapping[str, Any]


@frozen
class Question:
    """To a worker: a request to answer by `Answer`."""

    number: int
    request: Mapping[str, Any]


@frozen
class Answer:
    """From a worker."""

    number: int
    answer: Mapping[str, Any]


@frozen
class Answers:
    """To the one that asked: what the others answered."""

    number: int
    answers: tuple[Mapping[str, Any], ...]


def line(word: object) -> bytes:
    """A word as a line."""
    return base64.b64encode(pickle.dumps(word)) + b"\n"


def word(octets: bytes) -> Any:
    """A line as a word."""
    return pickle.loads(base64.b64decode(octets))  # noqa: S301 - from our own process, by a pipe


def first_line(descriptor: int) -> bytes:
    """The first line, waited for; not an octet more is read."""
    octets = bytearray()
    while not octets.endswith(b"\n"):
        piece = os.read(descriptor, 1)
        if not piece:
            raise EOFError
        octets += piece
    return bytes(octets)


@define
class Words:
    """Finds the words in a stream."""

    heard: Callable[[Any], None]
    _pending: bytes = field(default=b"", init=False)

    def feed(self, octets: bytes) -> None:
        """Tell of every word that these octets complete."""
        *lines, self._pending = (self._pending + octets).split(b"\n")
        for each in lines:
            self.heard(word(each))


@define(eq=False)
class Ear:
    """A descriptor that the reactor watches.

    Args:
        due: called when there is something to read.
    """

    descriptor: int
    due: Callable[[], None]

    def fileno(self) -> int:
        """For the reactor."""
        return self.descriptor

    def doRead(self) -> None:  # noqa: N802 - Twisted's name
        """For the reactor."""
        self.due()

    def connectionLost(self, reason: object) -> None:  # noqa: N802 - Twisted's name
        """For the reactor: it ends."""

    def logPrefix(self) -> str:  # noqa: N802 - Twisted's name
        """For the reactor."""
        return "worker"
