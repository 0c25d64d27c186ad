"""Reader threads: each owns a connection and runs functions in a read transaction."""

import threading
import time
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from twisted.internet.defer import Deferred

from mailsuite.store.transaction import Connection, Transaction
from mailsuite.wire.pools import Runs

P = ParamSpec("P")
R = TypeVar("R")


class Readers:
    """Runs `function(tx, *args)` on a snapshot of the store; nothing can be written there."""

    def __init__(
        self,
        connect: Callable[[], Connection],
        pool: Runs,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._connect = connect
        self._pool = pool
        self._clock = clock
        self._local = threading.local()
        self._opened: list[Connection] = []

    def run(
        self, function: Callable[Concatenate[Transaction, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> Deferred[R]:
        """Return what the function returns, later."""
        read: Callable[..., R] = self._read
        return self._pool.run(read, function, *args, **kwargs)

    def _read(
        self, function: Callable[Concatenate[Transaction, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect()
            self._opened.append(connection)
        try:
            connection.began = time.monotonic()
            connection.plain(connection.begin)
            try:
                return function(Transaction(connection, int(self._clock())), *args, **kwargs)
            finally:
                if not connection.broken:
                    connection.plain("ROLLBACK")
        finally:
            if connection.broken:  # the next job makes a new one
                self._local.connection = None
                self._opened.remove(connection)

    def stop(self) -> None:
        """End the threads and close their connections."""
        self._pool.stop()
        for connection in self._opened:
            connection.dbapi.close()
        self._opened.clear()
