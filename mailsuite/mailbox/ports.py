"""What mailboxes need from their neighbours."""

from typing import Protocol


class Owner(Protocol):
    """Whose mailboxes they are (`directory.Account`)."""

    @property
    def id(self) -> int:
        """The account's id."""
        ...
