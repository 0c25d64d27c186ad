"""Secrets that are read again: by whoever has the key, about what they were sealed for."""

from pathlib import Path

import pytest

from mailsuite.store.sealing import FILE, Seal, load_seal

SEAL = Seal(b"k" * 32)


def test_what_is_sealed_opens_about_the_same_thing_alone() -> None:
    sealed = SEAL.seal(b"secret", "ann")
    assert SEAL.open(sealed, "ann") == b"secret"
    assert SEAL.open(sealed, "bob") is None
    assert Seal(b"x" * 32).open(sealed, "ann") is None
    assert "secret" not in sealed
    assert sealed != SEAL.seal(b"secret", "ann")


@pytest.mark.parametrize("damaged", ["", "AAAA", "?", "A" * 100, "é"])
def test_what_was_not_sealed_does_not_open(damaged: str) -> None:
    assert SEAL.open(damaged, "ann") is None


def test_a_salt_is_one_for_each_thing_and_key() -> None:
    assert SEAL.salt("ann") == SEAL.salt("ann")
    assert len({SEAL.salt("ann"), SEAL.salt("bob"), Seal(b"x" * 32).salt("ann")}) == 3


def test_the_key_is_made_once_and_is_its_owners(tmp_path: Path) -> None:
    assert load_seal(tmp_path) == load_seal(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    assert "key" not in repr(load_seal(tmp_path))


def test_a_damaged_key_is_told(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"short")
    with pytest.raises(OSError, match="damaged"):
        load_seal(tmp_path)
