"""What the directory needs of others; the front door hands it in."""

from collections.abc import Awaitable, Mapping
from typing import Protocol


class Fetches(Protocol):
    """Asks others over HTTPS."""

    def get(self, url: str, *, most_octets: int) -> Awaitable[bytes]:
        """Return what is there. Raises `Unavailable`."""
        ...

    def post(self, url: str, fields: Mapping[str, str], *, most_octets: int) -> Awaitable[bytes]:
        """Send a form, and return the answer. Raises `Unavailable`."""
        ...
