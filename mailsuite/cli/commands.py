"""What a command of the command line is: words in, one request, lines for people out."""

import argparse
from collections.abc import Callable, Iterable
from typing import Any

from attrs import frozen

from mailsuite.config.values import Misfit, octets

Arguments = Callable[[argparse.Namespace], dict[str, Any]]
Shows = Callable[[Any], Iterable[str]]


class Refused(Exception):  # noqa: N818 - a state, not a mistake
    """The command was not carried out; the words are one sentence for its user."""


@frozen
class Request:
    """A command that the server carries out, or the command itself where none runs.

    Attributes:
        verb: its name in `mailsuite.control`.
        arguments: what the words of the command line become.
        shows: the lines that tell its result to people.
    """

    verb: str
    arguments: Arguments
    shows: Shows


class Parser(argparse.ArgumentParser):
    """Answers a wrong command line with one sentence instead of a page."""

    def error(self, message: str) -> Any:
        """Exit with 2."""
        words = message[:1].upper() + message[1:].rstrip(".")
        self.exit(2, f"{words}; {self.prog} --help tells more.\n")


class Noun:
    """One noun and its verbs, as they are added to the parser."""

    def __init__(self, nouns: Any, name: str, about: str) -> None:
        self._parser = nouns.add_parser(name, help=about, description=about)
        self.verbs = self._parser.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
        self._name = name

    def verb(
        self, name: str, about: str, shows: Shows, arguments: Arguments = lambda _: {}
    ) -> argparse.ArgumentParser:
        """Add a verb; its own arguments are added to what is returned."""
        parser: argparse.ArgumentParser = self.verbs.add_parser(name, help=about, description=about)
        parser.set_defaults(request=Request(f"{self._name} {name}", arguments, shows))
        return parser


def taking(*names: str) -> Arguments:
    """These arguments, as they were read."""
    return lambda given: {name: getattr(given, name) for name in names}


def size(text: str) -> int:
    """A size for argparse: octets, or with K, M, G, T."""
    try:
        return octets(int(text) if text.isdecimal() and len(text) < 20 else text)
    except Misfit as misfit:
        raise argparse.ArgumentTypeError(f"must be {misfit}") from None


def number(text: str) -> int:
    """A whole number for argparse."""
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise argparse.ArgumentTypeError(f'must be a whole number, not "{text}"')
    return int(text)


def done(words: str) -> Shows:
    """One line, whatever the result."""
    return lambda _: [words]


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    """Columns under a headline, each as wide as its widest cell."""
    cells = [head, *rows]
    widths = [max(len(row[n]) for row in cells) for n in range(len(head))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]


def counted(number: int, one: str, many: str = "") -> str:
    """A number and its noun: 1 message, 2 messages."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def human(number: int) -> str:
    """Octets for people: 1.5 GiB."""
    amount = float(number)
    for unit in ("octets", "KiB", "MiB", "GiB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "octets" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TiB"
