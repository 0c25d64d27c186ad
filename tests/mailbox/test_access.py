"""Rights in an open mailbox follow its list, and who is in a group."""

import pytest

from mailsuite.mailbox.access import Access
from mailsuite.message.addresses import Address
from mailsuite.store.acl import set_entry
from mailsuite.store.addresses import add_address, add_alias, remove_alias
from mailsuite.store.domains import add_domain
from mailsuite.store.mailboxes_rename import delete_mailbox
from mailsuite.store.opening import Store
from mailsuite.store.rights import Right, letters_of
from tests.imap.people import now
from tests.mailbox.people import Account, Box
from tests.store.letters import add_account, done

TEAM = Address("team", "example.test")


class Watched:
    """Bob's rights in ann's Archive, as they become other ones."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.box = Box(store)
        self.bob = done(store.writer.run(add_account, "bob@example.test"))
        self.archive = self.box.mail.archive
        self.told: list[str] = []
        self.grant(str(self.bob), "lrs")
        view = self.box.open("Archive")
        self.access: Access = now(self.box.services.of(Account(self.bob)).access(view))
        self.access.changed = lambda: self.told.append(letters_of(self.access.rights))

    def grant(self, who: str, letters: str) -> None:
        done(self.store.writer.run(set_entry, self.archive, who, letters))


@pytest.fixture
def watched(store: Store) -> Watched:
    return Watched(store)


def test_rights_follow_the_list(watched: Watched) -> None:
    assert letters_of(watched.access.rights) == "lrs"
    watched.grant(str(watched.bob), "lrsw")
    watched.grant("anyone", "l")  # no change for bob
    watched.grant("-anyone", "r")
    assert watched.told == ["lrsw", "lsw"]
    watched.access.close()
    watched.grant("-anyone", "")
    assert watched.told == ["lrsw", "lsw"]


def test_rights_follow_a_group(watched: Watched) -> None:
    """It is watched from the moment on at which the list names one."""
    run = watched.store.writer.run
    done(run(add_domain, "example.test"))
    done(run(add_address, Address("bob", "example.test"), watched.bob))
    watched.grant("$team@example.test", "w")
    assert watched.told == []
    done(run(add_alias, TEAM, ["bob@example.test"]))
    assert watched.told == ["lrsw"]
    done(run(remove_alias, TEAM))
    assert watched.told == ["lrsw", "lrs"]


def test_where_the_mailbox_is_gone_no_right_is_left(watched: Watched) -> None:
    done(watched.store.writer.run(delete_mailbox, watched.box.mail.account, "Archive"))
    assert watched.access.rights == Right.NONE


def test_ones_own_are_not_watched(watched: Watched) -> None:
    access = now(watched.box.mine.access(watched.box.open("Archive")))
    assert letters_of(access.rights) == "lrswipkxtea"
    access.close()
