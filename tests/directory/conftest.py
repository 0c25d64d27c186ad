"""What tests of the directory share."""

import pytest

from mailsuite.store.opening import Store
from tests.directory.people import House


@pytest.fixture
def house(store: Store) -> House:
    """A store with one domain and one account."""
    return House(store)
