"""The tables of SMTP: commands, EHLO keywords, parameters of MAIL and RCPT.

Every module of `commands/` and `extensions/` is loaded, and writes itself in here.
"""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from attrs import frozen

from mailsuite.smtp.ports import Envelope, Recipient, Session, State

__all__ = [
    "State", "command", "keyword", "load", "mail_check", "mail_parameter", "rcpt_parameter",
]  # fmt: skip

T = TypeVar("T")


@frozen
class Command:
    """One command: where it is allowed, what reads its argument, what answers it."""

    verb: bytes
    grammar: Callable[[bytes], Any]
    states: State
    answer: Callable[[Session, Any], Awaitable[bytes]]
    wrong_state: str


COMMANDS: dict[bytes, Command] = {}
KEYWORDS: dict[bytes, Callable[[Session], bytes | None]] = {}
MAIL_PARAMETERS: dict[bytes, Callable[[Envelope, bytes | None, Session], Envelope]] = {}
RCPT_PARAMETERS: dict[bytes, Callable[[Recipient, bytes | None], Recipient]] = {}

MAIL_CHECKS: list[Callable[[Session, Envelope], Awaitable[None]]] = []
BODIES: set[str] = set()  # what BODY= of MAIL may say


def command(
    verb: bytes,
    grammar: Callable[[bytes], T],
    *,
    states: State = State.GREETED,
    wrong_state: str = "Bad sequence of commands",
) -> Callable[[Callable[[Session, T], Awaitable[bytes]]], Callable[[Session, T], Awaitable[bytes]]]:
    """Register what answers a command with a reply (empty: it has replied itself)."""

    def register(
        answer: Callable[[Session, T], Awaitable[bytes]],
    ) -> Callable[[Session, T], Awaitable[bytes]]:
        COMMANDS[verb] = Command(verb, grammar, states, answer, wrong_state)
        return answer

    return register


def keyword(
    name: bytes,
) -> Callable[[Callable[[Session], bytes | None]], Callable[[Session], bytes | None]]:
    """Register an EHLO keyword; what it returns follows it, None leaves it out."""

    def register(
        arguments: Callable[[Session], bytes | None],
    ) -> Callable[[Session], bytes | None]:
        KEYWORDS[name] = arguments
        return arguments

    return register


def mail_parameter(
    name: bytes, grammar: Callable[[bytes], T]
) -> Callable[
    [Callable[[Envelope, T, Session], Envelope]], Callable[[Envelope, T, Session], Envelope]
]:
    """Register a parameter of MAIL: what notes its value, or refuses it."""

    def register(
        note: Callable[[Envelope, T, Session], Envelope],
    ) -> Callable[[Envelope, T, Session], Envelope]:
        MAIL_PARAMETERS[name] = lambda envelope, value, session: note(
            envelope, grammar(value or b""), session
        )
        return note

    return register


def mail_check(
    check: Callable[[Session, Envelope], Awaitable[None]],
) -> Callable[[Session, Envelope], Awaitable[None]]:
    """Register what looks at the parameters of MAIL together, and may refuse them."""
    MAIL_CHECKS.append(check)
    return check


def rcpt_parameter(
    name: bytes, grammar: Callable[[bytes], T]
) -> Callable[[Callable[[Recipient, T], Recipient]], Callable[[Recipient, T], Recipient]]:
    """Register a parameter of RCPT that has a value."""

    def register(
        note: Callable[[Recipient, T], Recipient],
    ) -> Callable[[Recipient, T], Recipient]:
        RCPT_PARAMETERS[name] = lambda recipient, value: note(recipient, grammar(value or b""))
        return note

    return register


def load() -> None:
    """Import every command and extension; there is no list to extend."""
    for package in ("mailsuite.smtp.commands", "mailsuite.smtp.extensions"):
        folder = importlib.import_module(package)
        for module in pkgutil.iter_modules(folder.__path__):
            importlib.import_module(f"{package}.{module.name}")
