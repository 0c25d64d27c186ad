"""Whose maildrop is taken: POP3 lets one session in at a time (RFC 1939 §3)."""

import contextlib
import fcntl
import os
from pathlib import Path

from mailsuite.errors import MailboxInUse

NAME = "maildrops"


class Locks:
    """Which session of this process holds which account's maildrop."""

    def __init__(self) -> None:
        self._held: dict[int, object] = {}

    def take(self, account_id: int) -> object:
        """Take it; what is returned gives it back. Raises `MailboxInUse`."""
        if account_id in self._held:
            raise MailboxInUse
        holder = self._held[account_id] = object()
        return holder

    def give_back(self, account_id: int, holder: object) -> None:
        """Free it, unless another holds it by now."""
        if self._held.get(account_id) is holder:
            del self._held[account_id]


class SharedLocks(Locks):
    """The same over all workers: an octet of a file is locked for each account.

    The kernel lets go of a worker's locks when it dies. The file is never closed, nor opened
    twice: closing one of two descriptors would give up the locks of both (fcntl(2)).
    """

    def __init__(self, data_dir: Path) -> None:
        super().__init__()
        self._file = os.open(data_dir / NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def take(self, account_id: int) -> object:
        """See `Locks`."""
        holder = super().take(account_id)
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, account_id)
        except OSError:
            super().give_back(account_id, holder)
            raise MailboxInUse from None
        return holder

    def give_back(self, account_id: int, holder: object) -> None:
        """See `Locks`."""
        if self._held.get(account_id) is holder:
            with contextlib.suppress(OSError):
                fcntl.lockf(self._file, fcntl.LOCK_UN, 1, account_id)
        super().give_back(account_id, holder)
