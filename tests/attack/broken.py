"""Serves with every command of every door broken: each raises, as a bug of ours would."""

import sys
from typing import Any

from attrs import evolve
from twisted.scripts.twistd import run

from mailsuite.imap.door import load as load_imap
from mailsuite.imap.registry import COMMANDS as IMAP
from mailsuite.pop3.registry import COMMANDS as POP3
from mailsuite.pop3.registry import load as load_pop3
from mailsuite.smtp.registry import COMMANDS as SMTP
from mailsuite.smtp.registry import load as load_smtp

# What every dialogue needs to come to the others.
WHOLE = {b"LOGIN", b"SELECT", b"EHLO", b"MAIL", b"RCPT", b"USER", b"PASS"}


async def broken(*_: object) -> bytes:
    raise RuntimeError("a bug of ours")


def main() -> None:
    load_imap()
    load_smtp()
    load_pop3()
    tables: tuple[tuple[dict[bytes, Any], str], ...] = (
        (IMAP, "run"),
        (POP3, "answer"),
        (SMTP, "answer"),
    )
    for table, name in tables:
        for verb, row in list(table.items()):
            if verb not in WHOLE:
                table[verb] = evolve(row, **{name: broken})
    sys.argv[0] = "twistd"
    run()


if __name__ == "__main__":
    main()
