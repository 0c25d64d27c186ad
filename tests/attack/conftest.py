"""One suite that takes the blows of a whole run; it must be unharmed in the end."""

from collections.abc import Iterator

import pytest

from tests.attack.victim import MORE, Victim


@pytest.fixture(scope="session")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victim]:
    made = Victim(tmp_path_factory.mktemp("victim"), "example.test", more=MORE)
    made.account("ann")
    made.account("bob")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def victim(standing: Victim) -> Iterator[Victim]:
    """A suite with two accounts, ann and bob, whose password is `secret` (threat R6)."""
    yield standing
    standing.unharmed()
