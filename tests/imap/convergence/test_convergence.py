"""Sessions of one mailbox, with POP3 and deliveries beside them: all come to see the same (I16).

Each device does the bookkeeping of a real client and believes nothing but what it was told. A
number never means another message, EXISTS never falls, nothing is expunged under a client that
counts, and who comes back after being away knows everything.
"""

import random
from pathlib import Path

import pytest

from mailsuite.store.opening import Store
from tests.imap.convergence.devices import KINDS
from tests.imap.convergence.world import World
from tests.imap.people import Imap


def walk(store: Store, folder: Path, seed: int, steps: int) -> None:
    """So many steps of everybody, in an order that the seed gives."""
    rng = random.Random(seed)
    world = World(Imap(store, folder), rng)
    for _ in range(8):
        world.deliver()
    devices = [kind(world, f"{number}") for number, kind in enumerate(KINDS, 1)]
    for _ in range(steps):
        chance = rng.random()
        if chance < 0.12 and len(world.messages) < 60:
            world.deliver()
        elif chance < 0.13:
            world.pop()
        else:
            rng.choice(devices).act()
        if rng.random() < 0.05:
            world.check()
            rng.choice(devices).check()
    world.check()
    for device in devices:
        device.check()


@pytest.mark.threat("I16")
@pytest.mark.parametrize("seed", range(4))
def test_all_devices_come_to_see_the_same(store: Store, tmp_path: Path, seed: int) -> None:
    """Whatever is done, in whatever order: 2,000 steps, on each kind of store."""
    walk(store, tmp_path, seed, steps=500)


@pytest.mark.threat("I16")
@pytest.mark.long
@pytest.mark.parametrize("seed", range(50))
def test_and_for_long(store: Store, tmp_path: Path, seed: int) -> None:
    """100,000 steps on each kind of store."""
    walk(store, tmp_path, 1_000 + seed, steps=2_000)
