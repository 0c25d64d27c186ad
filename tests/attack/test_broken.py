"""Every command of every door raises: each is answered, and nobody is left hanging (R9)."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attack.victim import MORE, Victim

MAIL = b"EHLO x.example\r\nMAIL FROM:<>\r\nRCPT TO:<ann@example.test>\r\n"
SMTP = [b"NOOP", b"RSET", b"VRFY ann", b"HELP", b"DATA", b"STARTTLS", b"QUIT", b"HELO x.example"]
IN = b"a LOGIN ann@example.test secret\r\nb SELECT INBOX\r\n"
IMAP = [
    b"CAPABILITY", b"NOOP", b"CHECK", b"CLOSE", b"EXPUNGE", b"UNSELECT", b"IDLE", b"NAMESPACE",
    b"CREATE x", b"DELETE x", b"RENAME x y", b"SUBSCRIBE x", b"UNSUBSCRIBE x", b'LIST "" *',
    b'LSUB "" *', b"STATUS INBOX (MESSAGES)", b"EXAMINE INBOX", b"SEARCH ALL", b"UID SEARCH ALL",
    b"UID FETCH 1:* FLAGS", b"UID STORE 1:* FLAGS ()",
    b"UID COPY 1:* x", b"UID MOVE 1:* x", b"UID EXPUNGE 1:*", b"ID NIL",
    b"ENABLE CONDSTORE", b"GETQUOTAROOT INBOX", b"GETQUOTA x", b"APPEND INBOX {3+}\r\nabc",
    b"LOGOUT",
]  # fmt: skip
POP = b"USER ann@example.test\r\nPASS secret\r\n"
POP3 = [
    b"CAPA", b"STAT", b"LIST", b"RETR 1", b"DELE 1", b"NOOP", b"RSET", b"TOP 1 1", b"UIDL", b"QUIT",
]  # fmt: skip


class Broken(Victim):
    """Every command raises but those that lead to the others."""

    def twistd(self) -> list[str]:
        return [sys.executable, "-m", "tests.attack.broken", *super().twistd()[1:]]


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victim]:
    patch = pytest.MonkeyPatch()
    patch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    made = Broken(tmp_path_factory.mktemp("broken"), "example.test", more=MORE)
    made.account("ann")
    made.start()
    patch.undo()
    yield made
    made.stop()


def answered(victim: Victim, door: str, before: bytes, said: bytes, last: bytes) -> bytes:
    """What a command is answered with; then the connection is used on, or has ended."""
    with victim.connect(door) as talk:
        if before:
            talk.send(before)
            talk.until(last)
        talk.send(said + b"\r\n")
        return talk.line()


@pytest.mark.threat("R9")
def test_each_command_that_raises_is_answered(broken: Victim) -> None:
    """4xx, NO or -ERR at once; the bug stands in the log, once each."""
    for said in SMTP:
        assert answered(broken, "smtp", MAIL, said, b"250 2.1.5").startswith(b"4"), said
    for said in IMAP:
        told = answered(broken, "imap", IN, b"c " + said, b"b OK")
        assert told.startswith(b"c NO [SERVERBUG]"), (said, told)
    for said in POP3:
        told = answered(broken, "pop3", POP, said, rb"\+OK m|\+OK \d|\+OK [^S]")
        assert told.startswith(b"-ERR [SYS/TEMP]"), (said, told)
    bugs = broken.logged("RuntimeError: a bug of ours")
    assert len(bugs) == len(SMTP) + len(IMAP) + len(POP3)
    assert answered(broken, "smtp", b"", b"EHLO x.example", b"").startswith(b"250")
