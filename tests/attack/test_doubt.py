"""The disk lies to a running host: it ends itself, and is started again (threats K4, K2)."""

from contextlib import suppress
from pathlib import Path

import pytest

from tests.attack.test_stopping import kept
from tests.attack.victim import MORE, Supervised
from tests.crash.injection import strace

# Each delivery syncs once or twice; the start itself needs fewer than this.
WHICH = 25
TRIES = 60
SAID = b"MAIL FROM:<>\r\nRCPT TO:<ann@example.test>\r\nDATA\r\nMessage-ID: %b\r\n\r\nx\r\n.\r\n"


def deliver_until_it_breaks(victim: Supervised) -> tuple[list[bytes], list[bytes]]:
    """Message-IDs that were acknowledged, and those whose fate nobody was told."""
    acknowledged: list[bytes] = []
    for n in range(TRIES):
        mark = b"<doubt-%d@load>" % n
        answers = []
        with victim.connect("smtp") as talk, suppress(ConnectionError):
            talk.send(b"EHLO client.example.net\r\n")
            talk.until(b"250 ")
            talk.send(SAID % mark)
            answers = [talk.line() for _ in range(4)]
        if not (answers and answers[-1].startswith(b"250 ")):
            assert not answers or answers[-1][:1] in {b"", b"4"}, answers
            return acknowledged, [mark]
        acknowledged.append(mark)
    raise AssertionError("nothing broke")


@pytest.mark.threat("K4")
def test_after_a_failed_sync_the_host_starts_again_and_nothing_is_lost(tmp_path: Path) -> None:
    """fsync fails once under a running host: nothing in doubt is acknowledged."""
    victim = Supervised(tmp_path, "example.test", more=MORE)
    victim.account("ann")
    database = tmp_path / "var" / "mailsuite.db"
    victim.before = (
        strace(), "-f", "-qq", "--seccomp-bpf", "-o", str(tmp_path / "strace"),
        "-P", str(database), "-P", f"{database}-wal", "-e", "trace=fdatasync,fsync",
        "-e", f"inject=fdatasync,fsync:error=EIO:when={WHICH}",
    )  # fmt: skip
    victim.start()
    try:
        first = victim.figures()["pid"]
        acknowledged, doubted = deliver_until_it_breaks(victim)
        victim.wait()
        assert victim.figures()["pid"] != first
        assert victim.logged("the outcome of a commit is unknown; ending at once")
        assert victim.logged("The server ended with 70; started again")
        found = kept(victim)
    finally:
        victim.stop()
    assert "INJECTED" in (tmp_path / "strace").read_text()
    assert acknowledged
    assert len(found) == len(set(found))
    assert set(acknowledged) <= set(found) <= {*acknowledged, *doubted}
