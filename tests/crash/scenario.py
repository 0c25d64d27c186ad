"""A program that writes, and acknowledges each write on a pipe once it is on disk.

Run under strace, killed or lied to at the N-th system call; `tests.crash.ledger` then compares
what was acknowledged with what is there. Usage: python -m tests.crash.scenario DATA_DIR JOBS
"""

import os
import sys
from pathlib import Path

from twisted.python.failure import Failure

from mailsuite.message.scan import scan
from mailsuite.store.blobs import prepare
from mailsuite.store.delivery import Delivery, LocalCopy, deliver
from mailsuite.store.opening import Store, open_store
from mailsuite.store.schema import account
from tests.crash.ledger import body
from tests.store.letters import add_account, rows

DOOMED = 70  # exit status: nothing more may be acknowledged


def doomed(_: BaseException) -> None:
    """End the process at once, as the server does."""
    os._exit(DOOMED)


def say(words: str) -> None:
    """One line, whole, to standard output."""
    os.write(1, f"{words}\n".encode())


def write(store: Store, account_id: int, number: int) -> None:
    """Deliver one letter and tell how it ended."""
    say(f"try {number}")
    octets = body(number)
    try:
        content = prepare(octets, scan(octets), store.large)
    except Exception as error:  # noqa: BLE001 - told
        say(f"refused {number} {type(error).__name__}")
        return
    ended: list[object] = []
    delivery = Delivery(content, (LocalCopy(account_id),))
    store.writer.run(deliver, delivery).addBoth(ended.append)
    if isinstance(ended[0], Failure):
        say(f"refused {number} {type(ended[0].value).__name__}")
        return
    placed = ended[0].placed[0]  # type: ignore[attr-defined]
    say(f"ok {number} {placed.uidvalidity} {placed.uid}")


def list_accounts(store: Store) -> list[int]:
    """Ids of all accounts."""
    return [row.id for row in rows(store, account)]


def main(data_dir: str, jobs: int) -> None:
    """Make an account unless it is there, then deliver letters `1 … jobs`."""
    store = open_store(Path(data_dir), doomed=doomed, reserve_octets=0, free_octets=0)
    say("open")
    accounts = list_accounts(store)
    if not accounts:
        made: list[object] = []
        store.writer.run(add_account, "ann@example.test").addBoth(made.append)
        accounts = list_accounts(store)
    (account_id,) = accounts
    say(f"account {account_id}")
    for number in range(1, jobs + 1):
        write(store, account_id, number)
        if number % 3 == 0:  # checkpoints, as in idle seconds
            store.writer._idle()
    store.close()
    say("closed")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
