"""CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE, LSUB (RFC 3501 §6.3.3 to §6.3.9)."""

import pytest

from mailsuite.store.mailboxes import create_mailbox
from tests.imap.people import now


def test_create_makes_the_levels_above_and_delete_leaves_those_below(ann):
    ann.dialogue(r"""
        C: A003 CREATE owatagusiam/
        S: A003 OK [MAILBOXID ...] CREATE completed
        C: A004 CREATE owatagusiam/blurdybloop
        S: A004 OK [MAILBOXID ...] CREATE completed
        C: A005 CREATE owatagusiam
        S: A005 NO [ALREADYEXISTS] ...
        C: A683 DELETE owatagusiam
        S: A683 OK DELETE completed
        C: A684 LIST "" "o*"
        S: * LIST (\HasNoChildren) "/" owatagusiam/blurdybloop
        S: A684 OK ...
        C: A685 LIST "" "o%"
        S: * LIST (\Noselect \HasChildren) "/" owatagusiam
        S: A685 OK ...
        C: A686 DELETE owatagusiam
        S: A686 NO [HASCHILDREN] ...
        C: A687 DELETE INBOX
        S: A687 NO ...
        C: A688 DELETE Nowhere
        S: A688 NO [NONEXISTENT] ...
    """)


def test_rename_takes_along_what_stands_below_and_empties_inbox(ann):
    ann.put()
    ann.dialogue(r"""
        C: a CREATE blurdybloop/foo
        S: a OK ...
        C: A683 RENAME blurdybloop sarasoop
        S: A683 OK RENAME completed
        C: b LIST "" "sa*"
        S: * LIST (\HasChildren) "/" sarasoop
        S: * LIST (\HasNoChildren) "/" sarasoop/foo
        S: b OK ...
        C: Z433 RENAME INBOX old-mail
        S: Z433 OK RENAME completed
        C: c STATUS INBOX (MESSAGES)
        S: * STATUS INBOX (MESSAGES 0)
        S: c OK ...
        C: d STATUS old-mail (MESSAGES)
        S: * STATUS old-mail (MESSAGES 1)
        S: d OK ...
        C: e RENAME Nowhere x
        S: e NO [NONEXISTENT] ...
        C: f RENAME sarasoop Sent
        S: f NO [ALREADYEXISTS] ...
    """)


def test_subscriptions_and_lsub(ann):
    r"""`\Noselect` in LSUB is a level that is not subscribed and has one below it that is."""
    ann.dialogue(r"""
        C: a CREATE foo/bar
        S: a OK ...
        C: A002 SUBSCRIBE foo/bar
        S: A002 OK SUBSCRIBE completed
        C: b LSUB "" "foo*"
        S: * LSUB (\HasNoChildren) "/" foo/bar
        S: b OK ...
        C: c LSUB "" "f%"
        S: * LSUB (\Noselect \HasChildren) "/" foo
        S: c OK ...
        C: d LSUB "foo/" "%"
        S: * LSUB (\HasNoChildren) "/" foo/bar
        S: d OK ...
        C: e UNSUBSCRIBE foo/bar
        S: e OK ...
        C: f LSUB "" "foo*"
        S: f OK ...
        C: g LSUB "" "Sent"
        S: * LSUB (\HasNoChildren \Sent) "/" Sent
        S: g OK ...
        C: h LSUB (SUBSCRIBED) "" "*"
        S: h BAD ...
    """)


def test_a_session_that_deletes_what_it_has_selected_lives_on(ann):
    ann.dialogue("""
        C: a CREATE x
        S: a OK ...
        C: b SELECT x
        S*: b OK ...
        C: c DELETE x
        S: c OK ...
        C: d NOOP
        S: d OK ...
        C: e CHECK
        S: e BAD Select a mailbox first
    """)


@pytest.mark.threat("I4")
@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("{3+}\r\na\0b", "BAD"), ('"a\x01"', "BAD"), ("a&AAA-", "NO"), ("a&AAo-b", "NO"),
        ("&", "BAD"), ('"a//b"', "NO"), ('"/a"', "NO"), ('""', "NO"), ('"a*"', "NO"), ('"a%"', "NO"),
        ('"\xe4"', "BAD"), ("x" * 1001, "NO"), ("/".join("a" * 51), "NO"), ('"Shared/x"', "NO"),
        ("..", "OK"), ('"../../etc/passwd"', "OK"), ("/".join("a" * 50), "OK"), ("x" * 1000, "OK"),
        ('"a b"', "OK"), ("{4+}\r\nab/c", "OK"), ("Entw&APw-rfe", "OK"), ('"\\\\a"', "OK"),
    ],
)  # fmt: skip
def test_a_name_is_a_key_and_never_a_path(ann, tmp_path, name, word):
    octets = name.encode("latin-1")
    assert ann.say(b"a CREATE " + octets + b"\r\n").startswith(b"a " + word.encode())
    ends = {b"STATUS ": b" (MESSAGES)", b"SETACL ": b" anyone lr", b"GETMETADATA ": b" /private/x"}
    names = (b"RENAME Junk ", b"SELECT ", b"SUBSCRIBE ", b"GETACL ", b"MYRIGHTS ", *ends)
    for command in names:
        end = ends.get(command, b"") + b"\r\n"
        assert b"\r\nb" in b"\r\n" + ann.say(b"b " + command + octets + end)
    if word == "OK":
        assert b"\r\nd OK" in ann.say(b'd LIST "" "*"\r\n')
        assert ann.say(b"c DELETE " + octets + b"\r\n").startswith(b"c OK")
    assert not (tmp_path / "passwd").exists()


@pytest.mark.threat("I14")
def test_mailboxes_and_subscriptions_are_counted(store, tmp_path):
    from mailsuite.wire.limits import Limits  # noqa: PLC0415 - here alone
    from tests.imap.people import Imap  # noqa: PLC0415 - here alone

    imap = Imap(store, tmp_path, Limits(mailboxes=8, subscriptions=7))
    imap.signed_in()
    imap.dialogue("""
        C: a CREATE one
        S: a OK ...
        C: b CREATE two/three
        S: b NO [LIMIT] ...
        C: c CREATE two
        S: c OK ...
        C: d SUBSCRIBE one
        S: d OK ...
        C: e SUBSCRIBE two
        S: e NO [LIMIT] ...
    """)


def test_a_name_that_is_not_nfc_becomes_one_that_is(ann):
    """RFC 9051 §6.3.9.7: a client that enabled IMAP4rev2 is told what became of its name."""
    ann.dialogue("""
        C: e ENABLE IMAP4rev2
        S*: e OK ...
        C: A005 CREATE "Gru\u0308n"
        S: * LIST () "/" "Gr\u00fcn" ("OLDNAME" ("Gru\u0308n"))
        S*: A005 OK ...
        C: a SELECT "Gru\u0308n"
        S*: * LIST () "/" "Gr\u00fcn" ("OLDNAME" ("Gru\u0308n"))
        S*: a OK ...
        C: b RENAME "Gru\u0308n" "Bla\u0308u/x/"
        S: * LIST () "/" "Bl\u00e4u/x" ("OLDNAME" ("Gru\u0308n"))
        S: b OK ...
        C: c STATUS "Bla\u0308u/x" (MESSAGES)
        S: * STATUS "Bl\u00e4u/x" (MESSAGES 0)
        S: c OK ...
        C: d UNSELECT
        S: d OK ...
        C: f DELETE "Bla\u0308u/x"
        S: * LIST (\\NonExistent) "/" "Bl\u00e4u/x" ("OLDNAME" ("Bla\u0308u/x"))
        S: f OK ...
        C: g CREATE plain/
        S: g OK ...
    """)
    ann.dialogue("""
        C1: a CREATE Gru&Awg-n
        S1: a OK ...
        C1: b LIST "" Gr*
        S1: * LIST (\\HasNoChildren) "/" Gr&APw-n
        S1: b OK ...
    """)


def test_a_mailbox_with_thousands_below_it_is_renamed_at_once(ann):
    """Everything below goes along, in one statement's time."""
    account = ann.porter.accounts["ann"].id

    def make(tx):
        for number in range(2_000):
            create_mailbox(tx, account, f"top/{number}")

    now(ann.store.writer.run(make))
    ann.dialogue("""
        C: a RENAME top other/place
        S: a OK ...
        C: b STATUS other/place/1999 (MESSAGES)
        S: * STATUS other/place/1999 (MESSAGES 0)
        S: b OK ...
        C: c LIST "" top*
        S: c OK ...
        C: d RENAME other/place other
        S: d NO [ALREADYEXISTS] ...
        C: e DELETE other
        S: e OK ...
        C: f RENAME other/place other
        S: f OK ...
    """)
    assert ann.say(b'a LIST "" other/*\r\n').count(b"* LIST") == 2_000


def test_a_deep_hierarchy(ann):
    """Fifty levels, each found by itself."""
    name = "/".join("x" * 50)
    ann.dialogue(rf"""
        C: a CREATE {name}
        S: a OK ...
        C: b LIST "" {name}
        S: * LIST (\HasNoChildren) "/" {name}
        S: b OK ...
        C: c LIST "" {"%/" * 49}%
        S: * LIST (\HasNoChildren) "/" {name}
        S: c OK ...
        C: d RENAME x/x y
        S: d OK ...
        C: e LIST "" y{"/%" * 48}
        S: * LIST (\HasNoChildren) "/" y{"/x" * 48}
        S: e OK ...
    """)
