"""LIST-EXTENDED (RFC 5258) by the examples of its §5; LIST-STATUS, SPECIAL-USE beside it."""

import pytest

from mailsuite.imap.commands import list as list_command
from tests.imap.people import Imap, now


@pytest.fixture
def bare(imap: Imap) -> Imap:
    """Ann with nothing but INBOX, and with no subscription."""
    for row in now(imap.ann.listing()):
        now(imap.ann.unsubscribe(row.name))
        if row.name != "INBOX":
            now(imap.ann.delete(row.name))
    imap.signed_in()
    return imap


@pytest.fixture
def garden(bare: Imap) -> Imap:
    """The hierarchy of the first example; Fruit/Peach is subscribed and gone."""
    names = ["Fruit/Apple", "Fruit/Banana", "Fruit/Peach", "Tofu", "Vegetable/Broccoli"]
    for name in [*names, "Vegetable/Corn"]:
        now(bare.ann.create(name))
    for name in ("INBOX", "Fruit/Banana", "Fruit/Peach", "Vegetable", "Vegetable/Broccoli"):
        now(bare.ann.subscribe(name))
    now(bare.ann.delete("Fruit/Peach"))
    return bare


def test_subscribed_mailboxes_and_those_that_are_gone(garden):
    """Example 2."""
    garden.dialogue(r"""
        C: A02 LIST (SUBSCRIBED) "" "*"
        S: * LIST (\Subscribed \HasNoChildren) "/" INBOX
        S: * LIST (\Subscribed \HasNoChildren) "/" Fruit/Banana
        S: * LIST (\NonExistent \Subscribed \HasNoChildren) "/" Fruit/Peach
        S: * LIST (\Subscribed \HasChildren) "/" Vegetable
        S: * LIST (\Subscribed \HasNoChildren) "/" Vegetable/Broccoli
        S: A02 OK ...
    """)


def test_children(garden):
    """Example 3; REMOTE (examples 4, 5) adds nothing here, as we refer to no other host."""
    for selection in ("()", "(REMOTE)"):
        garden.dialogue(rf"""
            C: A03 LIST {selection} "" "%" RETURN (CHILDREN)
            S: * LIST (\HasNoChildren) "/" INBOX
            S: * LIST (\HasChildren) "/" Fruit
            S: * LIST (\HasNoChildren) "/" Tofu
            S: * LIST (\HasChildren) "/" Vegetable
            S: A03 OK ...
        """)


def test_return_subscribed(garden):
    """Example 6: told of all mailboxes, and of none that does not exist."""
    garden.dialogue(r"""
        C: A06 LIST (REMOTE) "" "*" RETURN (SUBSCRIBED)
        S: * LIST (\Subscribed \HasNoChildren) "/" INBOX
        S: * LIST (\HasChildren) "/" Fruit
        S: * LIST (\HasNoChildren) "/" Fruit/Apple
        S: * LIST (\Subscribed \HasNoChildren) "/" Fruit/Banana
        S: * LIST (\HasNoChildren) "/" Tofu
        S: * LIST (\Subscribed \HasChildren) "/" Vegetable
        S: * LIST (\Subscribed \HasNoChildren) "/" Vegetable/Broccoli
        S: * LIST (\HasNoChildren) "/" Vegetable/Corn
        S: A06 OK ...
    """)


def test_several_patterns_tell_of_each_mailbox_once(garden):
    """Example 7."""
    garden.dialogue(r"""
        C: BBB LIST "" ("INBOX" "Tofu" "Fruit/%" "Fruit/A*")
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\HasNoChildren) "/" Fruit/Apple
        S: * LIST (\HasNoChildren) "/" Fruit/Banana
        S: * LIST (\HasNoChildren) "/" Tofu
        S: BBB OK ...
    """)


def test_childinfo_and_has_children_are_not_the_same(bare):
    """Example 8 with its cases A, A1, B, C."""
    for name in ("Foo/Bar", "Foo/Baz", "Moo"):
        now(bare.ann.create(name))
    recursive = 'LIST (SUBSCRIBED RECURSIVEMATCH) "" "%"'
    bare.dialogue(rf"""
        C: B {recursive}
        S: B OK ...
        C: a SUBSCRIBE Foo/Baz
        S: a OK ...
        C: b LIST (SUBSCRIBED) "" "%"
        S: b OK ...
        C: C04 {recursive}
        S: * LIST (\HasChildren) "/" Foo ("CHILDINFO" ("SUBSCRIBED"))
        S: C04 OK ...
        C: c SUBSCRIBE Foo
        S: c OK ...
        C: A1 {recursive}
        S: * LIST (\Subscribed \HasChildren) "/" Foo ("CHILDINFO" ("SUBSCRIBED"))
        S: A1 OK ...
        C: d UNSUBSCRIBE Foo/Baz
        S: d OK ...
        C: e SUBSCRIBE Moo
        S: e OK ...
        C: C {recursive} RETURN (CHILDREN)
        S: * LIST (\Subscribed \HasChildren) "/" Foo
        S: * LIST (\Subscribed \HasNoChildren) "/" Moo
        S: C OK ...
    """)


def test_childinfo_of_a_level_that_does_not_exist(bare):
    """Example 8, case A2, and example 10: it does not imply a child that exists."""
    now(bare.ann.create("Foo/Baz"))
    now(bare.ann.subscribe("Foo/Baz"))
    now(bare.ann.delete("Foo"))
    bare.dialogue(r"""
        C: C04 LIST (SUBSCRIBED RECURSIVEMATCH) "" "%"
        S: * LIST (\NonExistent \HasChildren) "/" Foo ("CHILDINFO" ("SUBSCRIBED"))
        S: C04 OK ...
        C: a DELETE Foo/Baz
        S: a OK ...
        C: b CREATE Foo
        S: b OK ...
        C: a3 LIST (SUBSCRIBED RECURSIVEMATCH) "" Foo RETURN (CHILDREN)
        S: * LIST (\HasNoChildren) "/" Foo ("CHILDINFO" ("SUBSCRIBED"))
        S: a3 OK ...
    """)


def test_childinfo_only_where_a_child_is_not_told_of_by_itself(bare):
    """Example 9: `*2`, without the redundant answers of §3.5."""
    children = ["foo2/bar1", "foo2/bar2", "baz2/bar2", "baz2/bar22", "baz2/bar222", "eps2/mamba"]
    for name in [*children, "qux2/bar2"]:
        now(bare.ann.create(name))
    now(bare.ann.delete("qux2"))
    for name in [*children, "qux2/bar2", "eps2"]:
        now(bare.ann.subscribe(name))
    bare.dialogue(r"""
        C: D03 LIST (RECURSIVEMATCH SUBSCRIBED) "" "*2"
        S: * LIST (\Subscribed \HasNoChildren) "/" baz2/bar2
        S: * LIST (\Subscribed \HasNoChildren) "/" baz2/bar22
        S: * LIST (\Subscribed \HasNoChildren) "/" baz2/bar222
        S: * LIST (\Subscribed \HasChildren) "/" eps2 ("CHILDINFO" ("SUBSCRIBED"))
        S: * LIST (\HasChildren) "/" foo2 ("CHILDINFO" ("SUBSCRIBED"))
        S: * LIST (\Subscribed \HasNoChildren) "/" foo2/bar2
        S: * LIST (\Subscribed \HasNoChildren) "/" qux2/bar2
        S: D03 OK ...
    """)


def test_a_level_that_is_missing_is_told_where_its_children_are_not(bare):
    """Example 11."""
    now(bare.ann.create("music/rock"))
    now(bare.ann.delete("music"))
    bare.dialogue(r"""
        C: a2 LIST () "" %
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\NonExistent \HasChildren) "/" music
        S: a2 OK ...
        C: a3.1 LIST "" (mus% music/rock)
        S: * LIST (\HasNoChildren) "/" music/rock
        S: a3.1 OK ...
    """)


def test_all_there_is(garden):
    """Example 1, and `\\NoInferiors` nowhere: below every mailbox others may stand."""
    garden.dialogue(r"""
        C: A01 LIST "" "*"
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\HasChildren) "/" Fruit
        S: * LIST (\HasNoChildren) "/" Fruit/Apple
        S: * LIST (\HasNoChildren) "/" Fruit/Banana
        S: * LIST (\HasNoChildren) "/" Tofu
        S: * LIST (\HasChildren) "/" Vegetable
        S: * LIST (\HasNoChildren) "/" Vegetable/Broccoli
        S: * LIST (\HasNoChildren) "/" Vegetable/Corn
        S: A01 OK ...
        C: A05 LIST (REMOTE SUBSCRIBED) "" "*"
        S: * LIST (\Subscribed \HasNoChildren) "/" INBOX
        S: * LIST (\Subscribed \HasNoChildren) "/" Fruit/Banana
        S: * LIST (\NonExistent \Subscribed \HasNoChildren) "/" Fruit/Peach
        S: * LIST (\Subscribed \HasChildren) "/" Vegetable
        S: * LIST (\Subscribed \HasNoChildren) "/" Vegetable/Broccoli
        S: A05 OK ...
    """)


def test_childinfo_is_left_out_where_all_children_are_told_of(bare):
    """Example 9 with `*`: what it shows beside these violates a SHOULD NOT of §3.5."""
    children = ["foo2/bar1", "foo2/bar2", "eps2/mamba"]
    for name in children:
        now(bare.ann.create(name))
        now(bare.ann.subscribe(name))
    now(bare.ann.subscribe("eps2"))
    bare.dialogue(r"""
        C: D03 LIST (RECURSIVEMATCH SUBSCRIBED) "" "*"
        S: * LIST (\Subscribed \HasChildren) "/" eps2
        S: * LIST (\Subscribed \HasNoChildren) "/" eps2/mamba
        S: * LIST (\Subscribed \HasNoChildren) "/" foo2/bar1
        S: * LIST (\Subscribed \HasNoChildren) "/" foo2/bar2
        S: D03 OK ...
    """)


def test_a_subscription_below_a_mailbox_is_no_child(bare):
    """Example 10."""
    for name in ("foo", "foo/bar"):
        now(bare.ann.create(name))
    now(bare.ann.subscribe("foo/bar"))
    now(bare.ann.delete("foo/bar"))
    bare.dialogue(r"""
        C: a1 LIST "" ("foo" "foo/*")
        S: * LIST (\HasNoChildren) "/" foo
        S: a1 OK ...
        C: a2 LIST (SUBSCRIBED) "" "foo/*"
        S: * LIST (\NonExistent \Subscribed \HasNoChildren) "/" foo/bar
        S: a2 OK ...
        C: a3 LIST (SUBSCRIBED RECURSIVEMATCH) "" foo RETURN (CHILDREN)
        S: * LIST (\HasNoChildren) "/" foo ("CHILDINFO" ("SUBSCRIBED"))
        S: a3 OK ...
    """)


def test_an_empty_pattern_of_several_means_nothing(bare):
    """RFC 5258 §3: in an extended LIST it is no question about the delimiter."""
    bare.dialogue(r"""
        C: a LIST "" ("" INBOX)
        S: * LIST (\HasNoChildren) "/" INBOX
        S: a OK ...
        C: b LIST () "" ""
        S: b OK ...
    """)


@pytest.mark.parametrize("reference", ["Other Users/x", "Shared/"])
def test_the_root_of_a_reference(bare, reference):
    """RFC 3501 §6.3.8: what a client asks to find where a namespace begins."""
    root = reference.partition("/")[0]
    root = f'"{root}/"' if " " in root else f"{root}/"
    bare.dialogue(rf"""
        C: A102 LIST "{reference}" ""
        S: * LIST (\Noselect) "/" {root}
        S: A102 OK ...
        C: A103 LIST /usr/staff/jones ""
        S: * LIST (\Noselect) "/" ""
        S: A103 OK ...
    """)


def test_status_of_what_was_selected_only(bare):
    """RFC 5819 §3: nothing for a mailbox that is told of for what stands below it."""
    now(bare.ann.create("foo/bar"))
    for name in ("INBOX", "foo/bar"):
        now(bare.ann.subscribe(name))
    for _ in range(17):
        bare.put()
    bare.dialogue(r"""
        C: A02 LIST (SUBSCRIBED RECURSIVEMATCH) "" % RETURN (STATUS (MESSAGES))
        S: * LIST (\Subscribed \HasNoChildren) "/" INBOX
        S: * STATUS INBOX (MESSAGES 17)
        S: * LIST (\HasChildren) "/" foo ("CHILDINFO" ("SUBSCRIBED"))
        S: A02 OK ...
    """)


def test_rights_beside_the_names(bare):
    """LIST-MYRIGHTS (RFC 8440 §4): both of its examples."""
    for name in ("foo/x", "bar/y"):
        now(bare.ann.create(name))
    now(bare.ann.delete("bar"))
    for name in ("INBOX", "foo/x"):
        now(bare.ann.subscribe(name))
    bare.dialogue(r"""
        C: A01 LIST "" % RETURN (MYRIGHTS)
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * MYRIGHTS INBOX lrswipkxteacd
        S: * LIST (\NonExistent \HasChildren) "/" bar
        S: * LIST (\HasChildren) "/" foo
        S: * MYRIGHTS foo lrswipkxteacd
        S: A01 OK ...
        C: A02 LIST (SUBSCRIBED RECURSIVEMATCH) "" % RETURN (MYRIGHTS)
        S: * LIST (\Subscribed \HasNoChildren) "/" INBOX
        S: * MYRIGHTS INBOX lrswipkxteacd
        S: * LIST (\HasChildren) "/" foo ("CHILDINFO" ("SUBSCRIBED"))
        S: A02 OK ...
    """)


@pytest.mark.threat("I14")
def test_patterns_of_many_names_are_bounded(bare, monkeypatch):
    """A thread is not kept busy for minutes by one line."""
    now(bare.ann.create("x"))
    monkeypatch.setattr(list_command, "AT_ONCE", 1)
    monkeypatch.setattr(list_command, "LARGEST_WORK", 24)
    bare.dialogue(r"""
        C: a LIST "" (a* b* c* d*)
        S: a OK ...
        C: b LIST "" (a* b* c* d* e*)
        S: b NO [LIMIT] ...
        C: c LIST "" (a* a* a* a* a* a*)
        S: c OK ...
    """)


def test_recursivematch_needs_something_to_match(bare):
    bare.dialogue("""
        C: a LIST (RECURSIVEMATCH) "" "*"
        S: a BAD ...
        C: b LIST (RECURSIVEMATCH REMOTE) "" "*"
        S: b BAD ...
    """)


def test_counters_beside_the_names(garden):
    """LIST-STATUS (RFC 5819 §4): STATUS for what exists, for nothing else."""
    garden.put()
    garden.dialogue(r"""
        C: A01 LIST "" ("INBOX" "T%" "Fruit/P%") RETURN (STATUS (MESSAGES UNSEEN))
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * STATUS INBOX (MESSAGES 1 UNSEEN 1)
        S: * LIST (\HasNoChildren) "/" Tofu
        S: * STATUS Tofu (MESSAGES 0 UNSEEN 0)
        S: A01 OK ...
        C: A02 LIST (SUBSCRIBED) "" "Fruit/P%" RETURN (STATUS (MESSAGES))
        S: * LIST (\NonExistent \Subscribed \HasNoChildren) "/" Fruit/Peach
        S: A02 OK ...
    """)


def test_special_use(ann):
    r"""SPECIAL-USE (RFC 6154 §5): as selection, as return option, and made by CREATE."""
    ann.dialogue(r"""
        C: t1 LIST (SPECIAL-USE) "" "[S-T]*"
        S: t1 OK ...
        C: t2 LIST (SPECIAL-USE) "" "S%" RETURN (SPECIAL-USE)
        S: * LIST (\HasNoChildren \Sent) "/" Sent
        S: t2 OK ...
        C: t3 CREATE MySent (USE (\Sent))
        S: t3 NO [USEATTR] ...
        C: t4 CREATE Everything (USE (\All))
        S: t4 NO [USEATTR] ...
        C: t5 CREATE x (FROB)
        S: t5 BAD ...
        C: a CREATE later (USE (\Snoozed))
        S: a OK ...
        C: b CREATE none (USE ())
        S: b OK ...
        C: c LIST (SPECIAL-USE) "" (later none)
        S: * LIST (\HasNoChildren \Snoozed) "/" later
        S: c OK ...
        C: d DELETE later
        S: d OK ...
        C: e CREATE two (USE (\Important \Memos))
        S: e NO [USEATTR] ...
        C: t6 DELETE Junk
        S: t6 OK ...
        C: t7 CREATE Spam (USE (\Junk))
        S: t7 OK ...
        C: t8 LIST (SUBSCRIBED SPECIAL-USE) "" "*" RETURN (SUBSCRIBED)
        S: * LIST (\Subscribed \HasNoChildren \Archive) "/" Archive
        S: * LIST (\Subscribed \HasNoChildren \Drafts) "/" Drafts
        S: * LIST (\Subscribed \HasNoChildren \Sent) "/" Sent
        S: * LIST (\Subscribed \HasNoChildren \Trash) "/" Trash
        S: t8 OK ...
    """)
