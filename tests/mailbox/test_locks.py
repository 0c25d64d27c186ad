"""POP3's one session at a time, over several workers."""

from pathlib import Path

import pytest

from mailsuite.errors import MailboxInUse
from mailsuite.mailbox.locks import SharedLocks
from tests.elsewhere import elsewhere

TAKE = """
import pathlib, sys
from mailsuite.errors import MailboxInUse
from mailsuite.mailbox.locks import SharedLocks
try:
    SharedLocks(pathlib.Path(sys.argv[1])).take(int(sys.argv[2]))
except MailboxInUse:
    sys.exit(5)
"""


def in_another_process(data_dir: Path, account_id: int) -> bool:
    """Whether another worker gets the maildrop."""
    code = elsewhere(TAKE, data_dir, account_id)
    assert code in {0, 5}
    return code == 0


@pytest.mark.threat("P1")
def test_one_session_over_all_workers(tmp_path: Path) -> None:
    locks = SharedLocks(tmp_path)
    holder = locks.take(1)
    with pytest.raises(MailboxInUse):
        locks.take(1)
    assert not in_another_process(tmp_path, 1)
    assert in_another_process(tmp_path, 2)
    locks.give_back(1, holder)
    locks.give_back(1, holder)
    assert in_another_process(tmp_path, 1)
    # That process is dead, and its lock with it.
    locks.give_back(1, locks.take(1))
