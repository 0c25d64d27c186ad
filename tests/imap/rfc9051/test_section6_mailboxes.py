r"""The example dialogues of RFC 9051 §6.3 about mailboxes, in their order, as IMAP4rev2 has them.

Ours are `\HasChildren` or not wherever they are listed, made with a MAILBOXID, and have `/` as
their only delimiter. The examples of §6.3.9.8 stand with LIST-EXTENDED.
"""

import pytest

from tests.imap.people import Imap, now


@pytest.fixture
def bare(rev2: Imap) -> Imap:
    """Ann with nothing but INBOX."""
    for row in now(rev2.ann.listing()):
        now(rev2.ann.unsubscribe(row.name))
        if row.name != "INBOX":
            now(rev2.ann.delete(row.name))
    return rev2


def test_6_3_4_create(bare: Imap) -> None:
    """What is told of another name is a name that is not NFC: with the letter and its accent."""
    bare.dialogue("""
        C: A003 CREATE owatagusiam/
        S: A003 OK [MAILBOXID ...] CREATE completed
        C: A004 CREATE owatagusiam/blurdybloop
        S: A004 OK [MAILBOXID ...] CREATE completed
        C: A005 CREATE "Normalise\u0301"
        S: * LIST () "/" "Normalis\u00e9" ("OLDNAME" ("Normalise\u0301"))
        S: A005 OK [MAILBOXID ...] CREATE completed
    """)


@pytest.fixture
def foo(bare: Imap) -> Imap:
    r"""`blurdybloop`, `foo/bar`, and the level `foo`, which is no mailbox."""
    for name in ("blurdybloop", "foo/bar"):
        now(bare.ann.create(name))
    now(bare.ann.delete("foo"))
    return bare


def test_6_3_5_delete(foo: Imap) -> None:
    r"""A level with something below it cannot be deleted; it goes with what is below it.

    So `*` does not tell it, as in the second example; `%` does.
    """
    foo.dialogue(r"""
        C: A682 LIST "" *
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\HasNoChildren) "/" blurdybloop
        S: * LIST (\HasNoChildren) "/" foo/bar
        S: A682 OK LIST completed
        C: A683 DELETE blurdybloop
        S: A683 OK DELETE completed
        C: A684 DELETE foo
        S: A684 NO [HASCHILDREN] ...
        C: A685 DELETE foo/bar
        S: A685 OK DELETE completed
        C: A686 LIST "" *
        S: * LIST (\HasNoChildren) "/" INBOX
        S: A686 OK LIST completed
        C: A687 DELETE foo
        S: A687 NO [NONEXISTENT] ...
    """)


def test_6_3_5_delete_of_a_mailbox_with_another_below_it(bare: Imap) -> None:
    for name in ("blurdybloop", "foo/bar"):
        now(bare.ann.create(name))
    bare.dialogue(r"""
        C: A82 LIST "" *
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\HasNoChildren) "/" blurdybloop
        S: * LIST (\HasChildren) "/" foo
        S: * LIST (\HasNoChildren) "/" foo/bar
        S: A82 OK LIST completed
        C: A83 DELETE blurdybloop
        S: A83 OK DELETE completed
        C: A84 DELETE foo
        S: A84 OK DELETE completed
        C: A85 LIST "" *
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\HasNoChildren) "/" foo/bar
        S: A85 OK LIST completed
        C: A86 LIST "" %
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\NonExistent \HasChildren) "/" foo
        S: A86 OK LIST completed
    """)


def test_6_3_6_rename_with_what_is_below(foo: Imap) -> None:
    foo.dialogue(r"""
        C: A683 RENAME blurdybloop sarasoop
        S: A683 OK RENAME completed
        C: A684 RENAME foo zowie
        S: A684 OK RENAME completed
        C: A685 LIST "" *
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * LIST (\HasNoChildren) "/" sarasoop
        S: * LIST (\HasNoChildren) "/" zowie/bar
        S: A685 OK LIST completed
    """)


def test_6_3_6_rename_of_inbox_moves_its_messages(bare: Imap) -> None:
    now(bare.ann.create("INBOX/bar"))
    bare.dialogue(r"""
        C: Z432 LIST "" *
        S: * LIST (\HasChildren) "/" INBOX
        S: * LIST (\HasNoChildren) "/" INBOX/bar
        S: Z432 OK LIST completed
        C: Z433 RENAME INBOX old-mail
        S: Z433 OK RENAME completed
        C: Z434 LIST "" *
        S: * LIST (\HasChildren) "/" INBOX
        S: * LIST (\HasNoChildren) "/" INBOX/bar
        S: * LIST (\HasNoChildren) "/" old-mail
        S: Z434 OK LIST completed
        C: a STATUS old-mail (MESSAGES)
        S: * STATUS old-mail (MESSAGES 11)
        S: a OK ...
        C1: b NOOP
        S1*: b OK ...
    """)


def test_6_3_6_a_subscription_stays_with_its_name(bare: Imap) -> None:
    now(bare.ann.create("X"))
    now(bare.ann.subscribe("X"))
    bare.dialogue(r"""
        C: 1001 RENAME X Y
        S: 1001 OK ...
        C: a LIST (SUBSCRIBED) "" *
        S: * LIST (\NonExistent \Subscribed \HasNoChildren) "/" X
        S: a OK ...
        C: 1002 SUBSCRIBE Y
        S: 1002 OK ...
        C: 1003 UNSUBSCRIBE X
        S: 1003 OK ...
        C: b LIST (SUBSCRIBED) "" *
        S: * LIST (\Subscribed \HasNoChildren) "/" Y
        S: b OK ...
    """)


def test_6_3_7_and_8_subscribe_and_unsubscribe(bare: Imap) -> None:
    """We look whether there is such a mailbox, as a server may; one that goes stays subscribed."""
    now(bare.ann.create("#news.comp.mail.mime"))
    bare.dialogue(r"""
        C: A002 SUBSCRIBE #news.comp.mail.mime
        S: A002 OK SUBSCRIBE completed
        C: a DELETE #news.comp.mail.mime
        S: a OK ...
        C: b LIST (SUBSCRIBED) "" *
        S: * LIST (\NonExistent \Subscribed \HasNoChildren) "/" #news.comp.mail.mime
        S: b OK ...
        C: A002 UNSUBSCRIBE #news.comp.mail.mime
        S: A002 OK UNSUBSCRIBE completed
        C: c LIST (SUBSCRIBED) "" *
        S: c OK ...
        C: d SUBSCRIBE #news.comp.mail.mime
        S: d NO [NONEXISTENT] ...
    """)


def test_6_3_9_8_where_a_reference_begins(bare: Imap) -> None:
    """A name outside of the namespaces is one of the personal one, whose root is empty."""
    now(bare.ann.create("~/Mail/foo/x"))
    now(bare.ann.delete("~/Mail/foo"))
    now(bare.ann.create("~/Mail/meetings"))
    bare.dialogue(r"""
        C: A101 LIST "" ""
        S: * LIST (\Noselect) "/" ""
        S: A101 OK LIST completed
        C: A102 LIST #news.comp.mail.misc ""
        S: * LIST (\Noselect) "/" ""
        S: A102 OK LIST completed
        C: A103 LIST /usr/staff/jones ""
        S: * LIST (\Noselect) "/" ""
        S: A103 OK LIST completed
        C: A202 LIST ~/Mail/ %
        S: * LIST (\NonExistent \HasChildren) "/" ~/Mail/foo
        S: * LIST (\HasNoChildren) "/" ~/Mail/meetings
        S: A202 OK LIST completed
    """)


def test_6_3_9_8_names_with_their_counters(bare: Imap) -> None:
    for name in ("foo", "bar/x"):
        now(bare.ann.create(name))
    now(bare.ann.delete("bar"))
    for _ in range(3):
        bare.put("foo")
    bare.dialogue(r"""
        C: A01 LIST "" % RETURN (STATUS (MESSAGES UNSEEN))
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * STATUS INBOX (MESSAGES 11 UNSEEN 11)
        S: * LIST (\NonExistent \HasChildren) "/" bar
        S: * LIST (\HasNoChildren) "/" foo
        S: * STATUS foo (MESSAGES 3 UNSEEN 3)
        S: A01 OK LIST completed
    """)


def test_6_3_10_namespaces_and_the_people_in_one(rev2: Imap) -> None:
    """Example 7: those who share something are listed, as levels of the hierarchy."""
    rev2.signed_in("2", "bob")
    rev2.dialogue(r"""
        C2: a CREATE Plans
        S2: a OK ...
        C2: b SETACL Plans ann lr
        S2: b OK ...
        C: A001 NAMESPACE
        S: * NAMESPACE (("" "/")) (("Other Users/" "/")) (("Shared/" "/"))
        S: A001 OK NAMESPACE completed
        C: A002 LIST "" "Other Users/%"
        S: * LIST (\NonExistent \HasChildren) "/" "Other Users/bob@example.test"
        S: A002 OK LIST completed
        C: A003 LIST "" "Other Users/bob@example.test/%"
        S: * LIST (\HasNoChildren) "/" "Other Users/bob@example.test/Plans"
        S: A003 OK LIST completed
    """)


def test_6_3_10_the_mailboxes_of_special_use_exist(rev2: Imap) -> None:
    """Example 6, where they are still to be made, and its `CREATE "Sent Mail"`."""
    rev2.dialogue(r"""
        C: A002 LIST (SPECIAL-USE) "" "*"
        S: * LIST (\HasNoChildren \Archive) "/" Archive
        S: * LIST (\HasNoChildren \Drafts) "/" Drafts
        S: * LIST (\HasNoChildren \Junk) "/" Junk
        S: * LIST (\HasNoChildren \Sent) "/" Sent
        S: * LIST (\HasNoChildren \Trash) "/" Trash
        S: A002 OK LIST completed
        C: A003 LIST (SPECIAL-USE) "#mh/" "*"
        S: A003 OK LIST completed
        C: A004 CREATE "Sent Mail"
        S: A004 OK [MAILBOXID ...] CREATE completed
        C: A006 CREATE "#mh/Deleted Items"
        S: A006 OK [MAILBOXID ...] CREATE completed
    """)


def test_6_3_11_status(bare: Imap) -> None:
    """Items come in the order of the question."""
    now(bare.ann.create("blurdybloop"))
    for _ in range(3):
        bare.put("blurdybloop")
    bare.dialogue("""
        C: A042 STATUS blurdybloop (UIDNEXT MESSAGES)
        S: * STATUS blurdybloop (UIDNEXT 4 MESSAGES 3)
        S: A042 OK STATUS completed
    """)
