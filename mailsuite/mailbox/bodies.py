"""Messages that devices read piece by piece, kept expanded for a while.

A program that takes 16 KiB at a time asks hundreds of times for one message.
"""

import threading
from collections import OrderedDict

from mailsuite.store.blobs import read_octets
from mailsuite.store.transaction import Transaction

KEPT_OCTETS = 64 * 1024 * 1024


class Bodies:
    """The last messages read in pieces, up to so many octets; used from reader threads."""

    def __init__(self, octets: int = KEPT_OCTETS) -> None:
        self._most = octets
        self._held = 0
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def octets(self, tx: Transaction, message_id: int) -> bytes:
        """The whole message.

        Raises:
            NoSuchThing: it is gone.
            DamagedBody: it is not what was stored.
        """
        with self._lock:
            found = self._kept.get(message_id)
            if found is not None:
                self._kept.move_to_end(message_id)
                return found
        read = read_octets(tx, message_id)  # not under the lock: other threads read on
        with self._lock:
            if message_id not in self._kept:
                self._kept[message_id] = read
                self._held += len(read)
            while self._held > self._most and len(self._kept) > 1:
                self._held -= len(self._kept.popitem(last=False)[1])
        return read
