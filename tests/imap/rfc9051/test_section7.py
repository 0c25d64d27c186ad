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
