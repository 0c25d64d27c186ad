"""`[spam]`: the filter, and the judges from outside that may be asked beside it."""

import re
from typing import Any
from urllib.parse import urlsplit

from attrs import frozen

from mailsuite.config import values
from mailsuite.config.values import Reads

AUTOMATIC = "auto"
_HOST_AND_PORT = re.compile(r"(?:inet:)?(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):([0-9]{1,5})")
LOUDEST = 100


@frozen
class Place:
    """Where a judge listens: a host and port, or a local socket's path."""

    host: str = ""
    port: int = 0
    path: str = ""

    def __str__(self) -> str:
        return self.path or f"{self.host}:{self.port}"


@frozen
class Filter:
    """`[spam]`."""

    enabled: bool = True
    threshold: float | None = None  # None: by the mail that each account kept
    rspamd: Place | None = None
    clamd: Place | None = None
    milters: tuple[Place, ...] = ()
    virus: str = "refuse"  # | junk
    when_down: str = "defer"  # | accept
    timeout: int = 5  # seconds for one judge


def threshold(value: Any) -> float | None:
    """A score, or "auto"."""
    if value == AUTOMATIC:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LOUDEST:
        raise values.Misfit('"auto", or a number like 2.5')
    return float(value)


def place(value: Any) -> Place | None:
    """`host:port` or `unix:/path`; empty: nowhere."""
    text = values.text(value)
    if not text:
        return None
    if text.startswith("unix:/"):
        return Place(path=text.removeprefix("unix:"))
    found = _HOST_AND_PORT.fullmatch(text)
    if found is None or not 0 < int(found[3]) < 65_536:
        raise values.Misfit('"127.0.0.1:3310", "unix:/path" or the like')
    return Place(found[1] or found[2], int(found[3]))


def places(value: Any) -> tuple[Place, ...]:
    """Several of them, asked in this order."""
    found = (place(item) for item in values.texts(value))
    return tuple(one for one in found if one is not None)


def web_place(value: Any) -> Place | None:
    """`http://host:port`; empty: nowhere."""
    text = values.text(value)
    if not text:
        return None
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port or 80
    except ValueError:
        host, port = None, 0
    if host is None or parts.scheme != "http" or parts.path not in {"", "/"} or parts.query:
        raise values.Misfit('"http://127.0.0.1:11333" or the like')
    return Place(host, port)


READS: dict[str, Reads] = {
    "enabled": values.truth,
    "threshold": threshold,
    "rspamd": web_place,
    "clamd": place,
    "milters": places,
    "virus": values.one_of("refuse", "junk"),
    "when_down": values.one_of("defer", "accept"),
    "timeout": values.seconds,
}
