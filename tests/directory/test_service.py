"""The directory as doors see it."""

import pytest
from twisted.internet.defer import Deferred

from mailsuite.directory.identity import Account, Inbox, Resolution
from mailsuite.errors import NoSuchUser, Unavailable
from mailsuite.message.addresses import Address
from mailsuite.store.readers import Readers
from tests.directory.people import PASSWORD, House


def resolve(house: House, text: str) -> Resolution:
    return house.now(house.directory.resolve(Address.parse(text)))


def test_an_inbox_tells_the_room_it_has(house: House) -> None:
    assert resolve(house, "Ann@example.test").accounts == (
        Inbox(1, "ann@example.test", None, None),
    )
    house.now(house.people.accounts.quota("ann@example.test", 100, 3))
    assert resolve(house, "ann@example.test").accounts == (
        Inbox(1, "ann@example.test", 100, 3, 100, 3),
    )


def test_a_change_holds_at_once(house: House) -> None:
    with pytest.raises(NoSuchUser):
        resolve(house, "new@example.test")
    house.now(house.people.aliases.add("new@example.test", ["X@Else.Test", "ann@example.test"]))
    found = resolve(house, "new@example.test")
    assert found.ours
    assert [inbox.name for inbox in found.accounts] == ["ann@example.test"]
    assert found.onward == (Address("X", "else.test"),)
    house.now(house.people.aliases.remove("new@example.test"))
    with pytest.raises(NoSuchUser):
        resolve(house, "new@example.test")


def test_a_change_of_another_process_holds_within_a_second(house: House) -> None:
    """Between them an address is read once, however many recipients name it."""
    reads = []
    run = house.store.readers.run
    house.store.readers.run = lambda *a: reads.append(a) or run(*a)  # type: ignore[assignment, func-returns-value, method-assign]
    for _ in range(3):
        assert resolve(house, "ann@example.test").accounts
    assert len(reads) == 1
    house.clock.advance(1.01)
    assert resolve(house, "ann@example.test").accounts
    assert len(reads) == 2


def test_a_disabled_account_still_gets_its_mail(house: House) -> None:
    house.now(house.people.accounts.disable("ann@example.test"))
    assert resolve(house, "ann@example.test").accounts


@pytest.mark.threat("S2")
@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("ann@example.test", True),
        ("ANN@EXAMPLE.TEST", True),
        ("ann+list@example.test", True),
        ("anna@example.test", True),
        ("info@example.test", True),
        ("indirect@example.test", True),
        ("ann@xn--bcher-kva.test", True),
        ("ann@bücher.test", True),
        ("both@example.test", False),
        ("away@example.test", False),
        ("half@example.test", False),
        ("bob@example.test", False),
        ("nobody@example.test", False),
        ("ann@else.test", False),
        ("ann@example.test.else.test", False),
    ],
)
def test_who_may_send_as_whom(house: House, text: str, may: bool) -> None:
    people = house.people
    house.now(people.domains.add("bücher.test"))
    house.now(people.accounts.add("bob@example.test", "x"))
    house.now(people.accounts.add_address("ann@example.test", "anna@example.test"))
    house.now(people.accounts.add_address("ann@example.test", "ann@bücher.test"))
    house.now(people.aliases.add("info@example.test", ["ann@example.test"]))
    house.now(people.aliases.add("indirect@example.test", ["info@example.test"]))
    house.now(people.aliases.add("both@example.test", ["ann@example.test", "bob@example.test"]))
    house.now(people.aliases.add("away@example.test", ["ann@else.test"]))
    house.now(people.aliases.add("half@example.test", ["ann@example.test", "ann@else.test"]))
    ann = house.sign_in("ann@example.test", PASSWORD)
    assert house.now(house.directory.owns(ann, Address.parse(text))) is may


def test_a_catch_alls_owner_and_an_administrator_send_as_what_they_get(house: House) -> None:
    house.now(house.people.accounts.add("bob@example.test", "x"))
    bob = house.sign_in("bob@example.test", "x")
    for text, add in (("any@example.test", "@example.test"), ("postmaster@example.test", "")):
        address = Address.parse(text)
        assert not house.now(house.directory.owns(bob, address))
        if add:
            house.now(house.people.aliases.add(add, ["bob@example.test"]))
        else:
            house.now(house.people.accounts.role("bob@example.test", "admin"))
        assert house.now(house.directory.owns(bob, address))


def signed_in(house: House) -> tuple[Account, list[str]]:
    account = house.sign_in("ann@example.test", PASSWORD)
    ended: list[str] = []
    house.directory.on_account(account, lambda: ended.append("ended"))
    return account, ended


@pytest.mark.threat("A9")
@pytest.mark.parametrize("change", ["password", "disable", "role", "remove"])
def test_sessions_end_with_what_they_rest_on(house: House, change: str) -> None:
    _, ended = signed_in(house)
    arguments = {"password": ["new"], "role": ["admin"]}.get(change, [])
    house.now(getattr(house.people.accounts, change)("ann@example.test", *arguments))
    assert ended == ["ended"]


def test_sessions_live_through_what_does_not_touch_them(house: House) -> None:
    _, ended = signed_in(house)
    accounts = house.people.accounts
    house.now(accounts.quota("ann@example.test", 10))
    house.now(accounts.add_address("ann@example.test", "anna@example.test"))
    house.now(accounts.add("bob@example.test", "x"))
    house.now(accounts.disable("bob@example.test"))
    assert ended == []


@pytest.mark.threat("A9")
def test_a_change_while_the_password_was_checked_ends_the_session_too(house: House) -> None:
    account = house.sign_in("ann@example.test", PASSWORD)
    house.now(house.people.accounts.disable("ann@example.test"))
    ended: list[str] = []
    house.directory.on_account(account, lambda: ended.append("ended"))
    assert ended == ["ended"]


def test_a_session_that_is_over_hears_nothing(house: House) -> None:
    account = house.sign_in("ann@example.test", PASSWORD)
    ended: list[str] = []
    forget = house.directory.on_account(account, lambda: ended.append("ended"))
    forget()
    house.now(house.people.accounts.disable("ann@example.test"))
    assert ended == []
    assert house.store.changes._accounts == {}  # type: ignore[attr-defined]


@pytest.mark.threat("A9")
def test_in_doubt_a_session_ends(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    account, ended = signed_in(house)

    def broken(*_: object, **__: object) -> Deferred[None]:
        failing: Deferred[None] = Deferred()
        failing.errback(Unavailable())
        return failing

    monkeypatch.setattr(Readers, "run", broken)
    house.store.changes.publish({}, [account.id], queue=False)
    assert ended == ["ended"]
