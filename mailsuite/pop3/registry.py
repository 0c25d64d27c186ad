"""The tables of POP3: commands, and the capabilities that CAPA lists.

Every module of `commands/` and `extensions/` is loaded, and writes itself in here.
"""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from attrs import frozen

from mailsuite.pop3.grammar import (
    Auth,
    Refusal,
    Top,
    auth,
    challenge,
    err,
    nothing,
    number,
    ok,
    optional_number,
    optional_text,
    text,
    top,
)
from mailsuite.pop3.ports import Session, State

__all__ = [
    "Auth", "Refusal", "State", "Top", "auth", "capability", "challenge", "command", "err", "load",
    "nothing", "number", "ok", "optional_number", "optional_text", "text", "top",
]  # fmt: skip

T = TypeVar("T")


@frozen
class Command:
    """One command: where it is allowed, what reads its argument, what answers it."""

    keyword: bytes
    grammar: Callable[[bytes], Any]
    states: State
    answer: Callable[[Session, Any], Awaitable[bytes]]
    module: str
    doc: str

    @property
    def capability(self) -> bytes | None:
        """The capability that it belongs to; None: it is always there."""
        return BY_MODULE.get(self.module)


COMMANDS: dict[bytes, Command] = {}
CAPABILITIES: dict[bytes, Callable[[Session], bytes | None]] = {}
BY_MODULE: dict[str, bytes] = {}  # the capability that a command's module is about


def command(
    keyword: bytes, grammar: Callable[[bytes], T], *, states: State = State.TRANSACTION
) -> Callable[[Callable[[Session, T], Awaitable[bytes]]], Callable[[Session, T], Awaitable[bytes]]]:
    """Register what answers a command; it returns the answer, empty when it has written it."""

    def register(
        answer: Callable[[Session, T], Awaitable[bytes]],
    ) -> Callable[[Session, T], Awaitable[bytes]]:
        assert keyword not in COMMANDS, keyword
        module, doc = answer.__module__, answer.__doc__ or ""
        COMMANDS[keyword] = Command(keyword, grammar, states, answer, module, doc)
        return answer

    return register


def capability(
    name: bytes,
) -> Callable[[Callable[[Session], bytes | None]], Callable[[Session], bytes | None]]:
    """Register a line of CAPA; what is returned follows the name, None leaves it out."""

    def register(
        arguments: Callable[[Session], bytes | None],
    ) -> Callable[[Session], bytes | None]:
        assert name not in CAPABILITIES, name
        CAPABILITIES[name] = arguments
        BY_MODULE[arguments.__module__] = name
        return arguments

    return register


def load() -> None:
    """Import every command and extension; there is no list to extend.

    What stands in one module of `extensions/` is hidden together.
    """
    for package in ("mailsuite.pop3.commands", "mailsuite.pop3.extensions"):
        folder = importlib.import_module(package)
        for module in pkgutil.iter_modules(folder.__path__):
            importlib.import_module(f"{package}.{module.name}")
