"""People of another directory: made when they come, shut when they vanish."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailsuite.directory.identity import Inbox
from mailsuite.errors import (
    AuthenticationFailed,
    MailError,
    NoSuchUser,
    SignInUnavailable,
    Unavailable,
)
from mailsuite.message.addresses import Address, BadAddress
from mailsuite.store.opening import Store
from mailsuite.wire.replies import reply_to
from tests.directory.outside import NASTY, Elsewhere, elsewhere
from tests.directory.people import PASSWORD

BOB = Address("bob", "else.test")


@pytest.fixture
def there(store: Store, tmp_path: Path) -> Iterator[Elsewhere]:
    found = elsewhere(store, tmp_path)
    yield found
    found.source.close()


def inboxes(there: Elsewhere, text: str) -> tuple[Inbox, ...]:
    return there.house.now(there.house.directory.resolve(Address.parse(text))).accounts


def test_the_first_message_makes_the_account(there: Elsewhere) -> None:
    [inbox] = inboxes(there, "Bob+tag@Else.test")
    assert (inbox.name, inbox.octets_left) == ("bob@else.test", 1000)
    person = there.house.now(there.house.people.accounts.show("bob@else.test"))
    assert (person.display_name, person.state) == ("Bob B.", "active")


def test_the_first_sign_in_does_too(there: Elsewhere) -> None:
    account = there.house.sign_in("bob@else.test", "bob's")
    assert account.name == "bob@else.test"
    assert there.house.sign_in("robert@else.test", "bob's").id == account.id
    assert there.house.now(there.house.directory.owns(account, Address("robert", "else.test")))
    with pytest.raises(AuthenticationFailed):
        there.house.sign_in("bob@else.test", "x")


@pytest.mark.threat("A9")
def test_who_vanished_is_shut_and_who_comes_back_has_his_mail(there: Elsewhere) -> None:
    account = there.house.sign_in("bob@else.test", "bob's")
    ended: list[int] = []
    there.house.directory.on_account(account, lambda: ended.append(1))
    there.change("UPDATE person SET active = 0")
    there.later()
    with pytest.raises(NoSuchUser):
        inboxes(there, "bob@else.test")
    assert ended == [1]
    with pytest.raises(AuthenticationFailed):
        there.house.sign_in("bob@else.test", "bob's")
    there.change("UPDATE person SET active = 1")
    there.later()
    assert [inbox.account_id for inbox in inboxes(there, "bob@else.test")] == [account.id]
    assert there.house.sign_in("bob@else.test", "bob's").id == account.id


def test_what_changes_there_changes_here(there: Elsewhere) -> None:
    inboxes(there, "bob@else.test")
    there.change("UPDATE person SET quota = 7, hash = ?", "no hash at all")
    there.later()
    assert inboxes(there, "bob@else.test")[0].octets_left == 7
    with pytest.raises(AuthenticationFailed):
        there.house.sign_in("bob@else.test", "bob's")


def test_a_password_that_was_wrong_may_become_right(there: Elsewhere) -> None:
    with pytest.raises(AuthenticationFailed):
        there.house.sign_in("bob@else.test", "new")
    there.change("UPDATE person SET hash = (SELECT hash FROM person), mail = mail")
    from tests.directory.people import CHEAP  # noqa: PLC0415 - beside its one use

    there.change("UPDATE person SET hash = ?", CHEAP.hash("new"))
    assert there.house.sign_in("bob@else.test", "new")


def test_a_source_that_is_down_says_nothing_of_anybody(
    there: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mail for who is known is taken; nobody is told that somebody does not exist."""
    inboxes(there, "bob@else.test")
    there.later()
    there.change("ALTER TABLE person RENAME TO gone")
    assert inboxes(there, "bob@else.test")
    with pytest.raises(Unavailable) as unknown:
        inboxes(there, "new@else.test")
    assert reply_to(unknown.value).smtp == 451
    for name in ("bob@else.test", "new@else.test"):
        with pytest.raises(SignInUnavailable) as refused:
            there.house.sign_in(name, "bob's")
        assert reply_to(refused.value).smtp == 454
    assert there.house.sign_in("ann@example.test", PASSWORD)


def test_aliases_of_the_source_lead_on(there: Elsewhere) -> None:
    found = there.house.now(there.house.directory.resolve(Address("team", "else.test")))
    assert sorted(inbox.name for inbox in found.accounts) == ["ann@example.test", "bob@else.test"]
    assert found.onward == (Address("x", "far.test"),)
    bob = there.house.sign_in("bob@else.test", "bob's")
    assert there.house.now(there.house.directory.owns(bob, Address("sales", "else.test")))
    assert not there.house.now(there.house.directory.owns(bob, Address("team", "else.test")))


def test_what_is_made_here_comes_first(there: Elsewhere) -> None:
    there.house.now(there.house.people.accounts.add("bob@else.test", "ours"))
    assert there.house.sign_in("bob@else.test", "ours")
    with pytest.raises(AuthenticationFailed):
        there.house.sign_in("bob@else.test", "bob's")
    there.change("DELETE FROM person")
    there.later()
    assert inboxes(there, "bob@else.test")


@pytest.mark.threat("A8")
@pytest.mark.parametrize("nasty", NASTY)
def test_no_name_is_part_of_a_query(there: Elsewhere, nasty: str) -> None:
    """Neither at sign-in nor as a recipient, quoted or not; and Bob is there afterwards."""
    for user in (f"{nasty}@else.test", f'"{nasty}"@else.test', f"bob{nasty}@else.test"):
        with pytest.raises(AuthenticationFailed):
            there.house.sign_in(user, "bob's")
        try:
            address = Address.parse(user)
        except BadAddress:
            continue
        with pytest.raises(MailError):
            there.house.now(there.house.directory.resolve(address))
    assert there.house.now(there.house.people.accounts.all())
    there.house.clock.advance(4_000)
    assert there.house.sign_in("bob@else.test", "bob's")
