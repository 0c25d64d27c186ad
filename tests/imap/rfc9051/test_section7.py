r"""RFC 9051 §7: response codes where they are right, and the responses of the examples."""

import pytest
from attrs import evolve

from mailsuite.errors import DamagedBody, Unavailable
from mailsuite.imap.registry import COMMANDS, Done
from mailsuite.store.opening import Store
from mailsuite.wire.replies import reply_to
from tests.imap.people import Imap


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("RENAME Archive Junk", "NO [ALREADYEXISTS]"),
        ("CREATE Archive", "NO [ALREADYEXISTS]"),
        ('CREATE "a//b"', "NO [CANNOT]"),
        ("RENAME this that", "NO [NONEXISTENT]"),
        ("DELETE Nowhere", "NO [NONEXISTENT]"),
        ('CREATE "///////"', "NO [CANNOT]"),
        ('SELECT "Other Users/bob@example.test/INBOX"', "NO [NONEXISTENT]"),
        ("SELECT Nowhere", "NO [NONEXISTENT]"),
        ("COPY 1 Nowhere", "NO [TRYCREATE]"),
        ("MOVE 1 Nowhere", "NO [TRYCREATE]"),
        ("APPEND Nowhere {1}", "NO [TRYCREATE]"),
        ("APPEND INBOX {99999999}", "NO [TOOBIG]"),
        ("SEARCH CHARSET KLINGON ALL", "NO [BADCHARSET (US-ASCII "),
        ("LOGIN ann secret", "BAD"),
        ("STORE 1 FLAGS.SILENT (" + " ".join(f"k{n}" for n in range(70)) + ")", "NO [LIMIT]"),
    ],
)
def test_7_1_each_refusal_has_its_code(inbox: Imap, command: str, answer: str) -> None:
    said = inbox.say(f"o356 {command}\r\n".encode()).decode()
    last = said.split("\r\n")[-2]
    assert last.startswith(f"o356 {answer}"), said


def test_7_1_what_may_be_seen_and_not_read_is_not_permitted(inbox: Imap) -> None:
    """NOPERM; of what a client may not even see it is told as of what does not exist."""
    inbox.signed_in("2", "bob")
    inbox.dialogue("""
        C2: a SETACL INBOX ann l
        S2: a OK ...
        C: f SELECT "Other Users/bob@example.test/INBOX"
        S: * OK [CLOSED] ...
        S: f NO [NOPERM] ...
    """)


def test_7_1_before_signing_in(store: Store, tmp_path) -> None:
    imap = Imap(store, tmp_path)
    imap.dialogue("""
        S: * OK ...
        C: b LOGIN "ann" "foo"
        S: b NO [AUTHENTICATIONFAILED] ...
    """)
    clear = Imap.__new__(Imap)
    clear.__dict__.update(imap.__dict__)
    clear.tls, clear.clients = None, {}
    clear.dialogue("""
        S: * OK ...
        C: d LOGIN "ann" "secret"
        S: d NO [PRIVACYREQUIRED] ...
    """)


def test_7_1_over_quota(store: Store, tmp_path) -> None:
    imap = Imap(store, tmp_path, quota_messages=1)
    imap.put()
    imap.signed_in(select="INBOX")
    imap.dialogue("""
        C: n1 UID COPY 1:* Archive
        S: n1 NO [OVERQUOTA] ...
    """)


def test_7_1_expunge_issued_by_somebody_else(inbox: Imap) -> None:
    """What is withheld from a client that counts is announced: NOOP brings it."""
    inbox.say(b"x STORE 2 +FLAGS.SILENT (\\Deleted)\r\nx EXPUNGE\r\n", "1")
    inbox.dialogue(r"""
        C: g FETCH 1 FLAGS
        S: * 1 FETCH (FLAGS ())
        S: g OK [EXPUNGEISSUED] ...
        C: h SEARCH FROM bob@example.org
        S: * ESEARCH (TAG "h") ALL 1,3:11
        S: h OK [EXPUNGEISSUED] SEARCH completed
        C: i NOOP
        S: * 2 EXPUNGE
        S: i OK NOOP completed
    """)


def test_7_1_our_own_bug_and_trouble_that_passes(
    inbox: Imap, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_session: object) -> Done:
        raise ZeroDivisionError

    async def down(_session: object) -> Done:
        raise Unavailable

    for run, code in ((broken, "SERVERBUG"), (down, "UNAVAILABLE")):
        monkeypatch.setitem(COMMANDS, b"NOOP", evolve(COMMANDS[b"NOOP"], run=run))
        assert inbox.say(b"j NOOP\r\n").startswith(f"j NO [{code}]".encode())


def test_7_1_a_damaged_message_is_corruption() -> None:
    assert reply_to(DamagedBody()).imap == "CORRUPTION"


def test_7_1_3_bad_without_a_tag(imap: Imap) -> None:
    """A line too long, and an empty one: no tag can be read of either."""
    imap.signed_in()
    assert imap.say(b"\r\n").startswith(b"* BAD ")
    assert imap.say(b"\x80" * 70_000 + b"\r\n").startswith(b"* BAD ")


def test_7_1_5_bye_autologout(inbox: Imap) -> None:
    inbox.dialogue("""
        T: 1801
        S: * BYE ...
        S: <closed>
        S1: * BYE ...
    """)


def test_7_2_1_enabled(imap: Imap) -> None:
    imap.signed_in()
    imap.dialogue("""
        C: a ENABLE CONDSTORE QRESYNC
        S: * ENABLED CONDSTORE QRESYNC
        S: a OK ...
    """)


def test_4_5_a_mailbox_named_nil_is_told_in_quotes(inbox: Imap) -> None:
    """An atom would be the same by the grammar, and is taken for nothing by some programs."""
    inbox.dialogue(r"""
        C: a CREATE NIL
        S: a OK ...
        C: b LIST "" N%
        S: * LIST (\HasNoChildren) "/" "NIL"
        S: b OK ...
    """)
    inbox.put("INBOX", b"Subject: NIL\r\n\r\nNIL")
    inbox.say(b"n NOOP\r\n")
    inbox.dialogue("""
        C: c FETCH 12 (BODY.PEEK[1] BODY.PEEK[2])
        S: * 12 FETCH (BODY[1] {3}
        S: NIL BODY[2] NIL)
        S: c OK ...
    """)


def test_5_5_commands_that_need_not_wait(inbox: Imap) -> None:
    """Both valid sequences: each command means what was told by those before it."""
    inbox.dialogue(r"""
        C!: a FETCH 1 (UID)\r\nb STORE 1 +FLAGS (\\Deleted)\r\nc SEARCH DELETED\r\nd NOOP\r\n
        S: * 1 FETCH (UID 1)
        S: a OK ...
        S: * 1 FETCH (UID 1 FLAGS (\Deleted))
        S: b OK ...
        S: * ESEARCH (TAG "c") ALL 1
        S: c OK ...
        S: d OK ...
        C!: a STORE 3 +FLAGS.SILENT (\\Deleted)\r\nb COPY 3 Archive\r\nc EXPUNGE\r\n
        S: a OK ...
        S: b OK [COPYUID ... 3 1] ...
        S: * 3 EXPUNGE
        S: * 1 EXPUNGE
        S: c OK ...
    """)


def test_7_3_4_esearch_by_number_and_by_uid(inbox: Imap) -> None:
    """Every search has a command, so its tag is told always."""
    inbox.say(b"x UID STORE 1:3 +FLAGS.SILENT (\\Deleted)\r\nx EXPUNGE\r\n")
    inbox.dialogue("""
        C: a567 UID SEARCH RETURN (COUNT ALL) UID 4:8,11
        S: * ESEARCH (TAG "a567") UID COUNT 6 ALL 4:8,11
        S: a567 OK ...
        C: a568 SEARCH RETURN (COUNT ALL) UID 4:8,11
        S: * ESEARCH (TAG "a568") COUNT 6 ALL 1:5,8
        S: a568 OK ...
    """)


def test_7_5_2_fetch_in_the_order_of_the_question(inbox: Imap) -> None:
    inbox.dialogue("""
        C: a FETCH 3 (FLAGS RFC822.SIZE)
        S: * 3 FETCH (FLAGS () RFC822.SIZE ...)
        S: a OK ...
    """)


def test_7_6_a_login_of_literals(imap: Imap) -> None:
    imap.dialogue(r"""
        S: * OK ...
        C: A001 LOGIN {3}
        S: + ...
        C: ann {6}
        S: + ...
        C: secret
        S: A001 OK ...
        C: A044 BLURDYBLOOP {102856999}
        S: A044 NO [TOOBIG] ...
    """)
