"""CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE, LSUB (RFC 3501 §6.3.3 to §6.3.9)."""

import pytest


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
    for command in (b"RENAME Junk ", b"SELECT ", b"SUBSCRIBE ", b"STATUS "):
        end = b" (MESSAGES)\r\n" if command == b"STATUS " else b"\r\n"
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
