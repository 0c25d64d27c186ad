"""Verbs over a store of the test's own."""

import pytest

from mailsuite.control.verbs import Parts
from mailsuite.directory.admin import People
from mailsuite.relay.admin import QueueAdmin
from mailsuite.wire.pools import Inline


@pytest.fixture
def parts(store):
    return Parts(store, People(store, Inline()), QueueAdmin(store), lambda: {"running": True})
