"""Search indexes for tests, filled at once."""

from mailsuite.store.opening import Store
from mailsuite.store.search_filling import Filling
from mailsuite.store.search_process import reads_of


def fill(store: Store, turns: int = 1_000) -> None:
    """Look around once, and do so many batches at most."""
    filling = Filling(store.data_dir, reads_of(store.readers))
    filling.look()
    while turns and filling.turn():
        turns -= 1
