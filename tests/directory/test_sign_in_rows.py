from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from mailsuite.directory import sign_in_rows
from mailsuite.directory.sign_in_rows import REMEMBERED_SECONDS, SignInRows
from mailsuite.message.addresses import Address
from tests.directory.people import PASSWORD, House

ANN = Address("ann", "example.test")


@pytest.fixture
def clock() -> list[float]:
    return [0.0]


@pytest.fixture
def rows(house: House, clock: list[float]) -> SignInRows:
    return SignInRows(house.store, lambda: clock[0])


@pytest.fixture
def reads(house: House, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of what the store was asked for."""
    asked: list[str] = []
    run: Callable[..., Deferred[Any]] = house.store.readers.run

    def counting(function: Any, *args: Any) -> Deferred[Any]:
        asked.append(function.__name__)
        return run(function, *args)

    monkeypatch.setattr(house.store.readers, "run", counting)
    return asked


def test_five_connections_of_a_phone_ask_the_store_once(
    house: House, rows: SignInRows, reads: list[str]
) -> None:
    found = [house.now(rows.find(ANN)) for _ in range(5)]
    assert {row and row.name for row in found} == {"ann@example.test"}
    assert reads == ["find_sign_in"]


def test_a_row_is_read_again_after_a_while(
    house: House, rows: SignInRows, clock: list[float], reads: list[str]
) -> None:
    """Another host may have changed it on the same store, and tells nobody."""
    house.now(rows.find(ANN))
    clock[0] = REMEMBERED_SECONDS
    house.now(rows.find(ANN))
    assert len(reads) == 2


@pytest.mark.threat("A9")
@pytest.mark.parametrize("change", ["password", "disable", "role", "remove"])
def test_a_change_is_known_at_once(house: House, rows: SignInRows, change: str) -> None:
    before = house.now(rows.find(ANN))
    arguments = {"password": ["new"], "role": ["admin"]}.get(change, [])
    house.now(getattr(house.people.accounts, change)("ann@example.test", *arguments))
    assert house.now(rows.find(ANN)) != before


@pytest.mark.threat("A9")
def test_what_was_read_beside_a_change_is_not_kept(
    house: House, rows: SignInRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    late: Deferred[Any] = Deferred()
    with monkeypatch.context() as patch:
        patch.setattr(house.store.readers, "run", lambda *_: late)
        reading = Deferred.fromCoroutine(rows.find(ANN))
    old = house.now(rows.find(ANN))
    house.now(house.people.accounts.disable("ann@example.test"))
    late.callback(old)
    assert reading.called
    row = house.now(rows.find(ANN))
    assert row is not None
    assert row.state == "disabled"


def test_names_that_are_nobodys_are_not_kept(
    house: House, rows: SignInRows, reads: list[str]
) -> None:
    for _ in range(2):
        assert house.now(rows.find(Address("nobody", "example.test"))) is None
    assert len(reads) == 2


def test_rows_are_bounded(house: House, rows: SignInRows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in_rows, "REMEMBERED", 2)
    for n in range(5):
        house.now(house.people.accounts.add(f"u{n}@example.test", "x"))
    for n in range(5):
        house.now(rows.find(Address(f"u{n}", "example.test")))
    assert len(rows._rows) == 1


def test_a_session_that_begins_with_a_known_row_asks_no_more(
    house: House, reads: list[str]
) -> None:
    account = house.sign_in("ann@example.test", PASSWORD)
    house.sign_in("ann@example.test", PASSWORD)
    reads.clear()
    house.directory.on_account(account, lambda: None)
    assert reads == []
    house.now(house.people.accounts.add_address("ann@example.test", "anna@example.test"))
    reads.clear()
    house.directory.on_account(account, lambda: None)
    assert reads == ["current_generation"], "something changed: it is looked at"
