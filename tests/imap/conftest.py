"""What the tests of IMAP share."""

from pathlib import Path

import pytest

from mailsuite.store.opening import Store
from tests.imap.people import Imap


@pytest.fixture
def imap(store: Store, tmp_path: Path) -> Imap:
    """Two accounts, and no client signed in yet."""
    return Imap(store, tmp_path)


@pytest.fixture
def ann(imap: Imap) -> Imap:
    """The same, with ann signed in on the nameless client and on `1`."""
    imap.signed_in()
    imap.signed_in("1")
    return imap
