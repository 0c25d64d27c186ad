"""MULTISEARCH: several mailboxes in one command, none of them selected."""

import pytest

from tests.imap.people import Imap, now

CHAD = b"Subject: chad was here\r\n\r\nHi\r\n"
READ = b"Subject: read\r\n\r\nHi\r\n"


@pytest.fixture
def mail(imap: Imap) -> Imap:
    """As in the example of RFC 7377 §3: folder1, and folder2 with three below it."""
    for name in ("folder1", "folder2", "folder2/banana", "folder2/peach", "folder2/salmon"):
        now(imap.ann.create(name))
    now(imap.ann.create("folder2/peach/stone"))
    for name in ("folder1", "folder2/banana", "folder2/peach/stone"):
        imap.put(name)
        imap.put(name, READ, "\\Seen")
        imap.put(name)
    imap.put("folder1", CHAD, "\\Seen")
    imap.put("folder2/salmon", CHAD, "\\Seen")
    imap.put("folder2/peach/stone", CHAD, "\\Seen")
    return imap


def test_two_searches_at_once(mail: Imap) -> None:
    """RFC 7377 §3: the tag says whose results they are, the mailbox and UIDVALIDITY where."""
    mail.signed_in()
    mail.dialogue(r"""
        C!: tag1 ESEARCH IN (mailboxes "folder1" subtree "folder2") unseen\r\ntag2 ESEARCH IN (mailboxes "folder1" subtree-one "folder2") subject "chad"\r\n
        S: * ESEARCH (TAG "tag1" MAILBOX folder1 UIDVALIDITY $one) UID ALL 1,3
        S: * ESEARCH (TAG "tag1" MAILBOX folder2/banana UIDVALIDITY $two) UID ALL 1,3
        S: * ESEARCH (TAG "tag1" MAILBOX folder2/peach/stone UIDVALIDITY $three) UID ALL 1,3
        S: tag1 OK ...
        S: * ESEARCH (TAG "tag2" MAILBOX folder1 UIDVALIDITY $one) UID ALL 4
        S: * ESEARCH (TAG "tag2" MAILBOX folder2/salmon UIDVALIDITY $four) UID ALL 1
        S: tag2 OK ...
        C: x NOOP
        S: x OK ...
    """)


@pytest.mark.parametrize(
    ("sources", "names"),
    [
        ("personal", ["folder1", "folder2/peach/stone", "folder2/salmon"]),
        ("subscribed", []),
        ("inboxes", []),
        ('mailboxes ("folder1" "folder2/salmon" missing)', ["folder1", "folder2/salmon"]),
        ("mailboxes folder2", []),
        ("subtree folder2/peach", ["folder2/peach/stone"]),
        ("subtree-one folder2/peach/stone", ["folder2/peach/stone"]),
        ("subtree-one folder2", ["folder2/salmon"]),
        ("mailboxes folder1 subtree folder1 personal mailboxes folder1", None),
    ],
)
def test_sources(mail: Imap, sources: str, names: list[str] | None) -> None:
    if names is None:  # each mailbox once, however often it is meant
        names = ["folder1", "folder2/peach/stone", "folder2/salmon"]
    mail.signed_in()
    lines = mail.say(f"a ESEARCH IN ({sources}) SUBJECT chad\r\n".encode()).decode().split("\r\n")
    assert [line.split(" MAILBOX ")[1].split()[0] for line in lines[:-2]] == names
    assert lines[-2].startswith("a OK")


def test_the_selected_mailbox_stays_selected(mail: Imap) -> None:
    """Without sources it is the one that is searched (§2.2), and UIDs are told all the same."""
    mail.signed_in(select="folder2/salmon")
    mail.put("folder2/salmon")
    mail.dialogue("""
        C: a ESEARCH ALL
        S: * ESEARCH (TAG "a" MAILBOX folder2/salmon UIDVALIDITY $v) UID ALL 1
        S: * 2 EXISTS
        S: * 0 RECENT
        S: a OK ...
        C: b ESEARCH IN (selected mailboxes folder1) RETURN (MIN COUNT) ALL
        S: * ESEARCH (TAG "b" MAILBOX folder1 UIDVALIDITY ...) UID MIN 1 COUNT 4
        S: * ESEARCH (TAG "b" MAILBOX folder2/salmon UIDVALIDITY $v) UID MIN 1 COUNT 2
        S: b OK ...
        C: c UID ESEARCH 1:100 SUBJECT chad
        S: * ESEARCH (TAG "c" MAILBOX folder2/salmon UIDVALIDITY $v) UID ALL 1
        S: c OK ...
        C: d UID ESEARCH 101:200 SUBJECT chad
        S: d OK ...
        C: e FETCH 1 (UID)
        S: * 1 FETCH (UID 1)
        S: e OK ...
    """)


def test_nothing_is_told_where_nothing_was_found(mail: Imap) -> None:
    mail.signed_in()
    mail.dialogue("""
        C: a ESEARCH IN (personal) RETURN (COUNT MAX) SUBJECT nobody
        S: a OK ...
        C: b ESEARCH IN (personal) RETURN (PARTIAL -1:-1) UNSEEN
        S: * ESEARCH (TAG "b" MAILBOX folder1 ...) UID PARTIAL (-1:-1 3)
        S: * ESEARCH (TAG "b" MAILBOX folder2/banana ...) UID PARTIAL (-1:-1 3)
        S: * ESEARCH (TAG "b" MAILBOX folder2/peach/stone ...) UID PARTIAL (-1:-1 3)
        S: b OK ...
        C: c ESEARCH IN (personal) CHARSET X-UNKNOWN SUBJECT x
        S: c NO [BADCHARSET ...
    """)


@pytest.mark.parametrize(
    "command",
    [
        "ESEARCH ALL",  # nothing is selected
        "ESEARCH IN (selected) ALL",
        "ESEARCH IN (selected-delayed) ALL",
        "ESEARCH IN (personal (recursive)) ALL",
        "ESEARCH IN () ALL",
        "ESEARCH IN (mailboxes) ALL",
        "ESEARCH IN (mailboxes ()) ALL",
        "ESEARCH IN (nonsense) ALL",
        "ESEARCH IN (personal)",
        "ESEARCH IN (personal) RETURN (SAVE) ALL",
        "ESEARCH IN (personal) RETURN (UPDATE) ALL",
        "ESEARCH IN (personal",
    ],
)
def test_nonsense_is_bad(mail: Imap, command: str) -> None:
    mail.signed_in()
    assert mail.say(f"a {command}\r\n".encode()).startswith(b"a BAD ")


def test_other_peoples_mailboxes_are_not_searched(mail: Imap) -> None:
    mail.signed_in("2", "bob")
    mail.dialogue("""
        C2: a ESEARCH IN (personal mailboxes folder1 subtree folder2) ALL
        S2: a OK ...
    """)


@pytest.mark.threat("I6")
def test_all_mailboxes_together_have_the_time_of_one_search(
    mail: Imap, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = iter(range(0, 10_000, 20))
    monkeypatch.setattr("time.monotonic", lambda: float(next(moments)))
    mail.signed_in()
    assert b"a OK" in mail.say(b"a ESEARCH IN (mailboxes folder1) ALL\r\n")
    assert b"b NO [LIMIT]" in mail.say(b"b ESEARCH IN (personal) ALL\r\n")
