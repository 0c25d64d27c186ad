"""What the relay's tests share."""

import pytest

from mailsuite.store.opening import Store
from tests.relay.world import World


@pytest.fixture
def world(store: Store) -> World:
    return World(store)
