"""What the command can ask for, by name: run by the server, or by the command where none runs.

A verb is a coroutine over `Parts` that returns plain JSON values. It stands in one module of
`mailsuite.control` only; the words for people are the command line's.
"""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from typing import Any

from attrs import asdict, frozen, has
from twisted.logger import Logger

from mailsuite.directory.admin import People
from mailsuite.errors import MailError
from mailsuite.relay.admin import QueueAdmin
from mailsuite.store.opening import Store
from mailsuite.trust.dkim.admin import KeyAdmin
from mailsuite.wire.standing import Standing

log = Logger()


Others = Callable[[str, Mapping[str, Any]], Awaitable[list[Any]]]


async def nobody(verb: str, arguments: Mapping[str, Any]) -> list[Any]:  # noqa: ARG001 - see `Parts`
    """There are no other workers."""
    return []


@frozen
class Parts:
    """What the verbs work on."""

    store: Store
    people: People
    queue: QueueAdmin
    state: Callable[[], Mapping[str, Any]]  # figures of the process, for `status`
    reload: Callable[[], Awaitable[list[str]]] | None = None  # None: no server runs
    sessions: Standing | None = None  # None: no server runs
    keys: KeyAdmin | None = None  # None: tests that have none
    others: Others = nobody  # a verb's results at every other worker that had no error


Verb = Callable[..., Awaitable[Any]]
VERBS: dict[str, Verb] = {}


def verb(name: str) -> Callable[[Verb], Verb]:
    """Register a coroutine `(parts, **arguments)` under the name that the command sends."""

    def register(run: Verb) -> Verb:
        assert name not in VERBS, name
        VERBS[name] = run
        return run

    return register


@cache
def load() -> None:
    """Import every module of this room; there is no list of verbs to extend."""
    room = importlib.import_module("mailsuite.control")
    for module in pkgutil.iter_modules(room.__path__):
        importlib.import_module(f"{room.__name__}.{module.name}")


async def answer(parts: Parts, request: Mapping[str, Any]) -> dict[str, Any]:
    """Run one request: `{"ok": result}` or `{"error": sentence}`. Never raises.

    With `as`, an account's address, what it may not do is refused, and a list is what it may see.
    """
    load()
    name, arguments = request.get("verb"), request.get("arguments")
    run = VERBS.get(name) if isinstance(name, str) else None
    if run is None or not isinstance(arguments, dict):
        return {"error": "The server does not know this request; is it of another version?"}
    try:
        if "as" in request:
            result = plain(await _as(parts, request, run))
        else:
            result = plain(await run(parts, **arguments))
    except MailError as error:
        return {"error": sentence(error)}
    except Exception:  # noqa: BLE001 - our own bug ends here: told to the log, and that it is there
        log.failure("the request {verb} failed", verb=name)
        return {"error": f'The request "{name}" failed; the log says why.'}
    log.info("request {verb}", verb=name)
    return {"ok": result}


async def _as(parts: Parts, request: Mapping[str, Any], run: Verb) -> Any:
    rights = parts.people.rights
    name, arguments = request["verb"], request["arguments"]
    acting = await rights.acting(str(request["as"]))
    await rights.check(acting, name, arguments)
    return rights.shown(acting, name, await run(parts, **arguments))


def plain(value: Any) -> Any:
    """A result as JSON can say it: records as objects."""
    if has(type(value)):
        return {name: plain(item) for name, item in asdict(value, recurse=False).items()}
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def sentence(error: MailError) -> str:
    """One plain sentence about what was refused."""
    words = str(error) or (type(error).__doc__ or type(error).__name__).splitlines()[0]
    first = words.partition(" ")[0]
    # A name stands as it is written.
    begun = words if "." in first or "@" in first else words[:1].upper() + words[1:]
    return begun.rstrip(".") + "."
