"""What the room needs of its neighbours, by name; the front door hands it in."""

from typing import Protocol

from mailsuite.store.readers import Readers
from mailsuite.store.writer import Writer


class Store(Protocol):
    """What of the store is used here."""

    @property
    def readers(self) -> Readers:
        """Reads."""
        ...

    @property
    def writer(self) -> Writer:
        """Writes."""
        ...
