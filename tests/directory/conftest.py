"""What tests of the directory share."""

import pytest

from mailsuite.store.opening import Store
from tests.directory.people import House, cheap_hashes

__all__ = ["cheap_hashes", "house"]


@pytest.fixture
def house(store: Store) -> House:
    """A store with one domain and one account."""
    return House(store)
