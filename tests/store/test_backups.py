"""Domains that we take mail in for while their own host is away."""

import pytest

from mailsuite.errors import AlreadyThere, NoSuchThing, NoSuchUser, NotEmpty
from mailsuite.message.addresses import Address
from mailsuite.store.addresses import add_alias
from mailsuite.store.backups import (
    add_recipients,
    find_primary,
    list_recipients,
    remove_recipient,
)
from mailsuite.store.domains import add_domain, remove_domain, show_domain
from mailsuite.store.opening import Store
from mailsuite.store.resolution import Resolved, resolve_address
from tests.store.letters import done

ANN, BOB = Address("ann", "away.test"), Address("bob", "away.test")


@pytest.fixture
def backup(store: Store) -> Store:
    done(store.writer.run(add_domain, "away.test", "mx.away.test"))
    done(store.writer.run(add_domain, "here.test"))
    done(store.writer.run(add_recipients, [ANN]))
    return store


def resolve(store: Store, address: Address) -> Resolved:
    found: Resolved = done(store.readers.run(resolve_address, address))
    return found


@pytest.mark.threat("S10")
def test_only_who_is_listed_is_taken_in(backup: Store) -> None:
    found = resolve(backup, ANN)
    assert found == Resolved(ours=True, onward=(ANN,), backup=True, row=found.row)
    assert found.row
    tagged = Address("ann+list", "away.test")
    assert resolve(backup, tagged).onward == (tagged,)
    with pytest.raises(NoSuchUser):
        resolve(backup, BOB)


def test_its_postmaster_is_that_hosts(backup: Store) -> None:
    postmaster = Address("postmaster", "away.test")
    assert resolve(backup, postmaster).onward == (postmaster,)


def test_an_alias_of_ours_may_lead_there(backup: Store) -> None:
    done(backup.writer.run(add_alias, Address("team", "here.test"), ["ann@away.test"]))
    found = resolve(backup, Address("team", "here.test"))
    assert (found.onward, found.backup) == ((ANN,), False)


def test_the_list_is_kept(backup: Store) -> None:
    done(backup.writer.run(add_recipients, [BOB]))
    assert done(backup.readers.run(list_recipients)) == ["ann@away.test", "bob@away.test"]
    with pytest.raises(AlreadyThere):
        done(backup.writer.run(add_recipients, [Address("cy", "away.test"), ANN]))
    done(backup.writer.run(remove_recipient, BOB))
    with pytest.raises(NoSuchThing):
        done(backup.writer.run(remove_recipient, BOB))
    assert done(backup.readers.run(list_recipients)) == ["ann@away.test"]


def test_nobody_is_listed_in_a_domain_of_our_own(backup: Store) -> None:
    for domain in ("here.test", "elsewhere.test"):
        with pytest.raises(NoSuchThing):
            done(backup.writer.run(add_recipients, [Address("ann", domain)]))


def test_the_host_is_known(backup: Store) -> None:
    names = ("away.test", "here.test", "elsewhere.test")
    hosts = [done(backup.readers.run(find_primary, name)) for name in names]
    assert hosts == ["mx.away.test", "", ""]
    shown = done(backup.readers.run(show_domain, "away.test"))
    assert (shown.backup_for, shown.aliases) == ("mx.away.test", 1)
    with pytest.raises(NotEmpty):
        done(backup.writer.run(remove_domain, "away.test"))
