"""Which mailboxes of others somebody sees, on both dialects."""

import pytest

from mailsuite.errors import NoSuchMailbox, TooMany
from mailsuite.message.addresses import Address
from mailsuite.store import acl, granted
from mailsuite.store.accounts import (
    NewAccount,
    account_id,
    add_account,
    change_role,
    list_accounts,
    retire_account,
)
from mailsuite.store.acl import read_entries, set_entry
from mailsuite.store.addresses import add_alias
from mailsuite.store.annotations import set_annotations
from mailsuite.store.domains import add_domain
from mailsuite.store.granted import (
    COMMON,
    common_account,
    current_rights,
    find_granted,
    list_granted,
    rights_above,
)
from mailsuite.store.mailboxes import create_mailbox, find_mailbox
from mailsuite.store.opening import Store
from mailsuite.store.removal import drop_some_mail
from mailsuite.store.rights import ALL, Right, letters_of, rights_of
from mailsuite.store.schema_annotation import annotation
from mailsuite.store.schema_sharing import acl as acl_table
from tests.store.letters import done, rows

ANN, BOB = Address("ann", "example.test"), Address("bob", "example.test")


class Two:
    """Ann and bob."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.write(add_domain, "example.test")
        self.ann = self.write(add_account, NewAccount(ANN, "x")).id
        self.bob = self.write(add_account, NewAccount(BOB, "x")).id

    def write(self, function, *given):
        return done(self.store.writer.run(function, *given))

    def read(self, function, *given):
        return done(self.store.readers.run(function, *given))

    def grant(self, name: str, who: str, letters: str) -> int:
        number: int = self.read(find_mailbox, self.ann, name).id
        self.write(set_entry, number, who, letters)
        return number

    def seen(self) -> dict[str, str]:
        """What bob sees of others: name to letters."""
        found = self.read(list_granted, self.bob)
        return {one.row.name: letters_of(one.row.rights) for one in found}


@pytest.fixture
def two(store: Store) -> Two:
    return Two(store)


def test_what_is_granted_is_seen(two: Two) -> None:
    assert two.seen() == {}
    two.grant("Drafts", str(two.bob), "lr")
    two.grant("Sent", str(two.bob), "r")
    two.grant("Trash", "anyone", "lrs")
    assert two.seen() == {"Drafts": "lr", "Trash": "lrs"}
    assert two.read(list_granted, two.ann) == []
    row = two.read(find_granted, two.bob, "ann@example.test", "Drafts")
    assert (row.account_id, row.rights) == (two.ann, rights_of("lr"))
    assert two.read(find_granted, two.bob, "ann@example.test", "Junk").rights == Right.NONE
    for owner, name in (("ann@example.test", "x"), ("x", "INBOX"), ("bob@example.test", "INBOX")):
        with pytest.raises(NoSuchMailbox):
            two.read(find_granted, two.bob, owner, name)


def test_what_is_withheld_counts_wherever_it_stands(two: Two) -> None:
    two.write(add_alias, Address("team", "example.test"), ["bob@example.test", "x@elsewhere.test"])
    two.grant("Drafts", "$team@example.test", "lrsw")
    two.grant("Drafts", "-anyone", "w")
    two.grant("Sent", "anyone", "lr")
    number = two.grant("Sent", "-$team@example.test", "l")
    assert two.seen() == {"Drafts": "lrs"}
    assert two.read(current_rights, two.bob, number) == (Right.READ, True)
    assert two.read(current_rights, two.ann, number) == (ALL, False)
    assert two.read(current_rights, two.bob, 10**6) == (Right.NONE, False)


def test_a_group_that_leads_nowhere_grants_nothing(two: Two) -> None:
    for group in ("$gone@example.test", "$x@elsewhere.test", "$no address"):
        two.grant("Drafts", group, "lr")
    assert two.seen() == {}


def test_groups_stand_in_groups(two: Two) -> None:
    """However deep, in a circle too; the catch-all is no group."""
    for name, targets in (("team", ["Bob@Example.test"]), ("all", ["team@example.test", "x@y.test"]),
                          ("round", ["all@example.test", "ring@example.test"]),
                          ("ring", ["round@example.test"]), ("others", ["ann@example.test"])):  # fmt: skip
        two.write(add_alias, Address(name, "example.test"), targets)
    two.write(add_alias, Address("", "example.test"), ["bob@example.test"])
    for box, group in (("Drafts", "all"), ("Sent", "ring"), ("Trash", "others"), ("Junk", "none")):
        two.grant(box, f"${group}@example.test", "lr")
    assert set(two.seen()) == {"Drafts", "Sent"}


def test_lists_are_bounded(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acl, "MOST_ENTRIES", 2)
    two.grant("Drafts", "anyone", "lr")
    two.grant("Drafts", "-anyone", "r")
    two.grant("Drafts", "anyone", "l")  # replaced, not added
    with pytest.raises(TooMany):
        two.grant("Drafts", str(two.bob), "l")
    assert len(two.read(read_entries, two.read(find_mailbox, two.ann, "Drafts").id)) == 2


def test_a_cut_list_never_shows_what_is_withheld(two: Two, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last mailbox of a list that is full may have more entries: it is left out."""
    for name in ("Drafts", "Sent"):
        two.grant(name, "anyone", "lrw")
        two.grant(name, str(two.bob), "lr")
        two.grant(name, "-anyone", "w")
    assert two.seen() == {"Drafts": "lr", "Sent": "lr"}
    for most in range(1, 7):
        monkeypatch.setattr(granted, "ENTRIES_OF", granted.ENTRIES_OF.limit(most))
        monkeypatch.setattr(granted, "MOST_GRANTED", most)
        assert set(two.seen().values()) <= {"lr"}, most


def test_where_a_mailbox_may_be_made(two: Two) -> None:
    def above(owner: str, name: str) -> tuple[int | None, str]:
        number, rights = two.read(rights_above, two.bob, owner, name)
        return number, letters_of(rights)

    everything = letters_of(ALL)
    assert above("", "x/y") == (two.bob, everything)
    assert above("ann@example.test", "x") == (None, "l")
    two.write(create_mailbox, two.ann, "a/b/c")
    two.grant("a", str(two.bob), "lk")
    assert above("ann@example.test", "a/b/c/d") == (two.ann, "lk")  # b and c cannot be seen
    two.grant("a/b", str(two.bob), "l")
    assert above("ann@example.test", "a/b/c/d") == (two.ann, "l")
    assert above(COMMON, "x") == (None, "l")
    two.write(change_role, BOB, "admin")
    assert above(COMMON, "x") == (None, everything)
    common = two.write(common_account)
    assert above(COMMON, "x/y") == (common, everything)


def test_mailboxes_of_nobody_are_the_administrators(two: Two) -> None:
    common = two.write(common_account)
    assert two.write(common_account) == common
    two.write(create_mailbox, common, "Team/Plans")
    assert two.seen() == {}
    two.write(change_role, BOB, "admin")
    assert two.seen() == {"Team": letters_of(ALL), "Team/Plans": letters_of(ALL)}
    assert [person.name for person in two.read(list_accounts)] == [str(ANN), str(BOB)]


def test_a_new_mailbox_has_the_list_of_the_one_above(two: Two) -> None:
    two.grant("Drafts", str(two.bob), "lrk")
    two.write(create_mailbox, two.ann, "Drafts/x/y")
    assert set(two.seen()) == {"Drafts", "Drafts/x", "Drafts/x/y"}


def test_nothing_of_a_removed_account_stays(two: Two) -> None:
    """Whoever has its address next has none of its rights."""
    two.grant("Drafts", str(two.bob), "lr")
    two.grant("Sent", "-" + str(two.bob), "lr")
    number = two.read(find_mailbox, two.bob, "INBOX").id
    two.write(set_entry, number, str(two.ann), "lr")
    two.write(set_annotations, number, two.bob, {"/private/x": b"1", "/shared/x": b"2"})
    two.write(retire_account, BOB)
    assert two.read(list_granted, two.ann) == []
    while two.write(drop_some_mail, two.bob):
        pass
    assert rows(two.store, acl_table) == rows(two.store, annotation) == []
    two.write(add_account, NewAccount(BOB, "x"))
    assert two.read(list_granted, two.read(account_id, BOB)) == []
