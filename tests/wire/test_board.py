"""Memory that workers share."""

from mailsuite.wire.board import FIGURES, Board
from tests.elsewhere import elsewhere

WORKER = """
import os, sys
from mailsuite.wire.board import Board
board = Board(int(sys.argv[1]), 2, 2)
"""


def test_each_process_sees_what_another_wrote() -> None:
    supervisor = Board.make(2)
    words = WORKER + "board.tell('connections', 7); board.doom()"
    assert elsewhere(words, supervisor.descriptor, descriptors=[supervisor.descriptor]) == 0
    assert supervisor.told(2)["connections"] == 7
    assert set(supervisor.told(1).values()) == {0}
    assert supervisor.doomed
    supervisor.bury(2)
    assert list(supervisor.told(2)) == list(FIGURES)
    assert set(supervisor.told(2).values()) == {0}


def test_a_place_is_held_by_one_process_and_freed_by_its_death() -> None:
    supervisor = Board.make(2)
    words = WORKER + "board.held(3).__enter__(); os.kill(os.getpid(), 9)"
    assert elsewhere(words, supervisor.descriptor, descriptors=[supervisor.descriptor]) == -9
    with supervisor.held(3):  # a hang here would be a lock of the dead
        pass
    held = (
        WORKER
        + """
import fcntl
try:
    fcntl.lockf(board.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, 3)
except OSError:
    sys.exit(5)
"""
    )
    with supervisor.held(3):
        assert elsewhere(held, supervisor.descriptor, descriptors=[supervisor.descriptor]) == 5


def test_nobody_can_aim_at_anothers_place() -> None:
    """Digests are under a key of the host, and differ by the parts, not by their words."""
    one, other = Board.make(1), Board.make(1)
    assert one.digest("from", "192.0.2.1") != other.digest("from", "192.0.2.1")
    assert one.digest("a", "b") != one.digest("a, b")
    assert one.digest("from", "192.0.2.1") == Board(one.descriptor, 1, 1).digest(
        "from", "192.0.2.1"
    )
