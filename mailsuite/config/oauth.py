"""How `[oauth]` is read, and what of it must fit together."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mailsuite.config import values
from mailsuite.config.records import OAuth
from mailsuite.config.values import Misfit, Reads
from mailsuite.directory.tokens import LARGEST_KEYS, BadKeys, read_keys

URL = re.compile(r"https://[A-Za-z0-9.\[\]:-]{1,255}(?:/[!-~]{0,2000})?")

ONE_WAY = (
    "[oauth] issuer needs one of keys_file, keys_url and introspection_url, by which its tokens "
    "are checked"
)
NO_AUDIENCE = (
    "[oauth] audience is missing: a token that is for somebody else must not open a mailbox; "
    'write what the issuer puts into "aud"'
)


def reads(place_or_none: Callable[[Any], Path | None]) -> dict[str, Reads]:
    """How each key is read; `place_or_none` reads a path."""
    return {
        "issuer": values.text,
        "audience": values.texts,
        "keys_file": place_or_none,
        "keys_url": _url,
        "introspection_url": _url,
        "client_id": values.text,
        "client_secret": values.text,
        "claim": _claim,
        "scope": values.texts,
        "discovery_url": _url,
    }


def wrong(oauth: OAuth) -> tuple[str, str] | None:
    """What does not fit together, as a sentence and the key; None: all does."""
    ways = [name for name in ("keys_file", "keys_url", "introspection_url") if getattr(oauth, name)]
    if not oauth.issuer:
        return (
            (f"[oauth] {ways[0]} needs issuer, whose tokens these are", ways[0]) if ways else None
        )
    if len(ways) != 1:
        return ONE_WAY, ways[1] if ways else "issuer"
    if not oauth.audience:
        return NO_AUDIENCE, "issuer"
    if oauth.introspection_url and not oauth.client_id:
        return "[oauth] introspection_url needs client_id and client_secret", "introspection_url"
    return _wrong_keys(oauth.keys_file) if oauth.keys_file else None


def _wrong_keys(path: Path) -> tuple[str, str] | None:
    try:
        with path.open("rb") as file:
            read_keys(file.read(LARGEST_KEYS + 1))
    except OSError as error:
        return f"[oauth] keys_file {path} cannot be read: {error.strerror}", "keys_file"
    except BadKeys as bad:
        return f"[oauth] keys_file {path} {bad}", "keys_file"
    return None


def _url(value: Any) -> str:
    url = values.text(value)
    if url and not URL.fullmatch(url):
        raise Misfit('empty, or a URL that begins with "https://"')
    return url


def _claim(value: Any) -> str:
    name = values.text(value)
    if not name:
        raise Misfit('the name of a claim that is an address, like "email"')
    return name
