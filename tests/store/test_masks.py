"""Masked addresses lead to their account while they are on."""

import pytest

from mailsuite.errors import AlreadyThere, NoSuchThing, NoSuchUser, NotPermitted, TooMany
from mailsuite.message.addresses import Address
from mailsuite.store import masks
from mailsuite.store.accounts import (
    NewAccount,
    account_id,
    add_account,
    remove_account_address,
    retire_account,
    show_account,
)
from mailsuite.store.addresses import CATCH_ALL, add_alias
from mailsuite.store.credentials import find_sign_in
from mailsuite.store.domains import add_domain
from mailsuite.store.masks import OFF, ON, add_mask, list_masks, remove_mask, switch_mask
from mailsuite.store.opening import Store
from mailsuite.store.resolution import resolve_address
from mailsuite.store.senders import may_send_as
from tests.store.letters import done

ANN, AT = Address("ann", "ours.test"), Address("k7m2xw", "ours.test")


@pytest.fixture
def ann(store: Store) -> int:
    """Ann's id; whatever nobody has leads to Bob."""
    run = store.writer.run
    done(run(add_domain, "ours.test"))
    done(run(add_account, NewAccount(ANN, "x")))
    done(run(add_account, NewAccount(Address("bob", "ours.test"), "x")))
    done(run(add_alias, Address(CATCH_ALL, "ours.test"), ["bob@ours.test"]))
    found: int = done(store.readers.run(account_id, ANN))
    return found


def leads_to(store: Store, at: Address = AT) -> list[int]:
    return [room.account_id for room in done(store.readers.run(resolve_address, at)).rooms]


def test_it_takes_mail_and_may_be_sent_from(store: Store, ann: int) -> None:
    made = done(store.writer.run(add_mask, ann, AT, "a shop", 0))
    assert (made.address, made.account, made.note, made.state) == (
        "k7m2xw@ours.test",
        "ann@ours.test",
        "a shop",
        ON,
    )
    assert leads_to(store) == [ann]
    assert done(store.readers.run(may_send_as, ann, AT))
    assert done(store.readers.run(list_masks, ann)) == [made]
    with pytest.raises(AlreadyThere):
        done(store.writer.run(add_mask, ann, AT, "", 0))


def test_off_it_is_refused_and_no_catch_all_takes_it(store: Store, ann: int) -> None:
    done(store.writer.run(add_mask, ann, AT, "", 0))
    assert done(store.writer.run(switch_mask, AT, OFF)).state == OFF
    with pytest.raises(NoSuchUser):
        leads_to(store)
    assert not done(store.readers.run(may_send_as, ann, AT))
    done(store.writer.run(switch_mask, AT, ON))
    assert leads_to(store) == [ann]


def test_it_ends_at_its_time(store: Store, ann: int) -> None:
    now = int(store.clock())
    done(store.writer.run(add_mask, ann, AT, "", now + 100))
    assert leads_to(store) == [ann]
    other = Address("x9", "ours.test")
    done(store.writer.run(add_mask, ann, other, "", now - 1))
    with pytest.raises(NoSuchUser):
        leads_to(store, other)


@pytest.mark.threat("A3")
def test_nobody_signs_in_by_it(store: Store, ann: int) -> None:
    """Whoever knows a mask learns nothing about the account behind it."""
    done(store.writer.run(add_mask, ann, AT, "", 0))
    assert done(store.readers.run(find_sign_in, AT)) is None
    assert done(store.readers.run(find_sign_in, ANN)) is not None
    assert done(store.readers.run(show_account, ANN)).addresses == ("ann@ours.test",)


def test_it_goes_by_its_own_command_and_with_its_account(store: Store, ann: int) -> None:
    done(store.writer.run(add_mask, ann, AT, "", 0))
    with pytest.raises((NoSuchThing, NotPermitted)):
        done(store.writer.run(remove_account_address, AT))
    done(store.writer.run(remove_mask, AT))
    assert leads_to(store) != [ann]
    with pytest.raises(NoSuchThing):
        done(store.writer.run(remove_mask, AT))
    done(store.writer.run(add_mask, ann, AT, "", 0))
    done(store.writer.run(retire_account, ANN))
    assert done(store.readers.run(list_masks, ann)) == []
    assert leads_to(store) != [ann]


def test_there_are_so_many(store: Store, ann: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masks, "MASKS", 1)
    done(store.writer.run(add_mask, ann, AT, "", 0))
    with pytest.raises(TooMany):
        done(store.writer.run(add_mask, ann, Address("y", "ours.test"), "", 0))
