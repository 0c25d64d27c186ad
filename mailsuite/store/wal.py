"""How far SQLite's write-ahead log reaches (https://sqlite.org/walformat.html).

Once everything in it has been checkpointed the log begins again at its start, with new salts, in
a file that stays as long as it was. Its length says nothing then: a frame is of the present round
if it has the salts of the file's header.
"""

import os
from pathlib import Path

HEADER_OCTETS = 32
FRAME_HEADER_OCTETS = 24
SALTS_IN_HEADER = 16
SALTS_IN_FRAME = 8
SALTS_OCTETS = 8


class WriteAheadLog:
    """Decides when the log is long enough for a checkpoint.

    Opened for each look: SQLite keeps no locks on this file that a `close` could take from it.

    Args:
        path: of the log.
        page_octets: of the database.
        enough: octets from which on a checkpoint is worth its cost.
    """

    def __init__(self, path: Path, page_octets: int, enough: int) -> None:
        self.path = path
        self.enough = enough
        self._frame = FRAME_HEADER_OCTETS + page_octets
        self._round = b""
        self._looked = enough  # after a checkpoint of this round: reaching so far, it is due again

    def is_due(self) -> bool:
        """Whether a checkpoint should be tried now."""
        if self.octets <= min(self.enough, self._looked):
            return False
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            salts = os.pread(descriptor, SALTS_OCTETS, SALTS_IN_HEADER)
            reach = self._looked if salts == self._round else self.enough
            at = HEADER_OCTETS + reach // self._frame * self._frame + SALTS_IN_FRAME
            return os.pread(descriptor, SALTS_OCTETS, at) == salts
        finally:
            os.close(descriptor)

    def tried(self, frames: int, more: int) -> None:
        """A checkpoint found so many frames; in this round the next one waits for `more` octets."""
        self._looked = max(self.enough, frames * self._frame + more)
        try:
            with self.path.open("rb") as log:
                self._round = log.read(SALTS_IN_HEADER + SALTS_OCTETS)[SALTS_IN_HEADER:]
        except FileNotFoundError:
            self._round = b""

    @property
    def octets(self) -> int:
        """The length of the file."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0
