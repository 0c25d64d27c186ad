"""How an IMAP session is made from the services; `service.py` calls it for each connection."""

import importlib
import pkgutil
import time
from collections.abc import Callable, Collection
from pathlib import Path

from mailsuite.directory.identity import Account
from mailsuite.imap import commands, extensions
from mailsuite.imap.answering import Shared
from mailsuite.imap.pieces import Bounds
from mailsuite.imap.ports import SignsIn
from mailsuite.imap.registry import COMMANDS
from mailsuite.imap.session import ImapSession
from mailsuite.mailbox.service import AccountMailboxes
from mailsuite.wire.limits import Limits
from mailsuite.wire.link import Link
from mailsuite.wire.pools import Runs
from mailsuite.wire.tallies import LocalTallies, Tallies


def load() -> None:
    """Import every module of `commands/` and `extensions/`: each registers what it knows."""
    for folder in (commands, extensions):
        for module in sorted(m.name for m in pkgutil.iter_modules(folder.__path__)):
            importlib.import_module(f"{folder.__name__}.{module}")


def bounds(limits: Limits) -> tuple[Bounds, Bounds]:
    """Return what a command may hold before login, all together under 64 KiB, and after it."""
    early = limits.imap_literal_before_login
    before = Bounds(limits.imap_line_octets // 4, early, early, 8, early)
    after = Bounds(
        limits.imap_line_octets,
        limits.imap_literals_octets,
        limits.imap_literals_octets,
        limits.imap_literals,
        2 * limits.message_octets,
    )
    return before, after


class ImapDoor:
    """Makes sessions.

    Args:
        mailboxes_of: `mailbox.Mailboxes.of`.
        runs: where the files of large APPENDs are written (the parse pool).
        spools: the folder for them.
        plaintext: whether the peer of a link may sign in without TLS.
        tallies: where an account's connections are counted; None: here alone.
        asked_for: capabilities that are shown to an account because it asked (UIDONLY).
    """

    def __init__(
        self,
        directory: SignsIn,
        mailboxes_of: Callable[[Account], AccountMailboxes],
        limits: Limits,
        runs: Runs,
        spools: Path,
        *,
        hostname: str,
        plaintext: Callable[[Link], bool] = lambda _link: False,
        asked_for: Callable[[Account], Collection[bytes]] = lambda account: account.asked_for,
        tallies: Tallies | None = None,
    ) -> None:
        load()
        before, after = bounds(limits)
        self.shared = Shared(
            hostname=hostname,
            limits=limits,
            before=before,
            signed_in=after,
            streaming=frozenset(name for name, row in COMMANDS.items() if row.streams),
            directory=directory,
            mailboxes_of=mailboxes_of,
            plaintext=plaintext,
            asked_for=asked_for,
            runs=runs,
            spools=spools,
            tallies=tallies or LocalTallies(time.monotonic),
        )

    def session(self) -> ImapSession:
        """Return the session of a new connection."""
        return ImapSession(self.shared)
