"""The filling process itself, over a real pipe."""

import json
import subprocess
import sys

import pytest

from mailsuite.store.opening import Store
from mailsuite.store.search_file import path_of
from tests.store.mail import Mail


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_it_fills_and_ends_with_its_pipe(store: Store) -> None:
    mail = Mail(store)
    mail.put(3)
    process = subprocess.Popen(
        [sys.executable, "-m", "mailsuite.store.search_process"], stdin=subprocess.PIPE
    )
    assert process.stdin is not None
    given = {"data_dir": str(store.data_dir), "url": ""}
    process.stdin.write(json.dumps(given).encode() + b"\n")
    process.stdin.close()
    assert process.wait(60) == 0
    assert path_of(store.data_dir, mail.account).exists()  # a batch comes before the first wait
