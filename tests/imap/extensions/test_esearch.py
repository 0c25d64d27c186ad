"""ESEARCH: only as much of the outcome as was asked for."""

import pytest

from tests.imap.people import Imap


@pytest.fixture
def mail(imap: Imap) -> Imap:
    for _ in range(4):
        imap.put()
    imap.signed_in(select="INBOX")
    return imap


@pytest.mark.parametrize(
    ("search", "answer"),
    [
        ("RETURN (MIN MAX COUNT) 2:3", "MIN 2 MAX 3 COUNT 2"),
        ("RETURN () 1,3:4", "ALL 1,3:4"),
        ("RETURN (all) ALL", "ALL 1:4"),
        ("RETURN (COUNT) SEEN", "COUNT 0"),
        ("RETURN (MIN COUNT) SEEN", "COUNT 0"),
        ("RETURN (COUNT) CHARSET UTF-8 ALL", "COUNT 4"),
    ],
)
def test_answers(mail: Imap, search: str, answer: str) -> None:
    mail.dialogue(f"""
        C: a1 SEARCH {search}
        S: * ESEARCH (TAG "a1") {answer}
        S: a1 OK ...
        C: a2 UID SEARCH {search}
        S: * ESEARCH (TAG "a2") UID {answer}
        S: a2 OK ...
    """)


def test_nothing_found_is_nothing_told(mail: Imap) -> None:
    mail.dialogue("""
        C: a SEARCH RETURN (ALL) SEEN
        S: * ESEARCH (TAG "a")
        S: a OK ...
        C: b SEARCH RETURN (NONSENSE) ALL
        S: b BAD ...
    """)


@pytest.fixture
def old(imap: Imap) -> Imap:
    r"""RFC 4731's mailbox, in small: UIDs 7 to 10; 2 and 4 \Flagged and not of Smith."""
    for _ in range(6):
        imap.put()
    imap.signed_in(select="INBOX")
    imap.say(b"x STORE 1:6 +FLAGS (\\Deleted)\r\ny EXPUNGE\r\n")
    for at in range(4):
        smith = b"From: Smith <s@example.org>\r\n\r\n" if at in {0, 2} else b"From: x@y.z\r\n\r\n"
        flags = ["\\Flagged"] if at in {1, 2, 3} else ["\\Seen", "\\Deleted"]
        imap.put("INBOX", smith, *flags, date=800_000_000)
    imap.say(b"z NOOP\r\n")
    return imap


def test_the_examples_of_rfc_4731(old: Imap) -> None:
    """§3.1."""
    old.dialogue("""
        C: A282 SEARCH RETURN (MIN COUNT) FLAGGED SINCE 1-Feb-1994 NOT FROM "Smith"
        S: * ESEARCH (TAG "A282") MIN 2 COUNT 2
        S: A282 OK ...
        C: A283 SEARCH RETURN () FLAGGED SINCE 1-Feb-1994 NOT FROM "Smith"
        S: * ESEARCH (TAG "A283") ALL 2,4
        S: A283 OK ...
        C: A284 SEARCH RETURN (MIN) UNSEEN
        S: * ESEARCH (TAG "A284") MIN 2
        S: A284 OK ...
        C: A285 UID SEARCH RETURN (MIN MAX) 1:5000
        S: * ESEARCH (TAG "A285") UID MIN 7 MAX 10
        S: A285 OK ...
        C: A286 SEARCH RETURN (COUNT) DELETED
        S: * ESEARCH (TAG "A286") COUNT 1
        S: A286 OK ...
    """)


def test_modseq_is_that_of_the_messages_told(old: Imap) -> None:
    """RFC 4731 §3.2: of the ends where only they are told, else of all."""
    old.dialogue(r"""
        C: x ENABLE CONDSTORE
        S*: x OK ...
        C: y STORE 1:2 +FLAGS.SILENT (\Draft)
        S: * 1 FETCH (...MODSEQ ($low))
        S: * 2 FETCH (...MODSEQ ($low))
        S: y OK ...
        C: y STORE 4 +FLAGS.SILENT (\Draft)
        S: * 4 FETCH (...MODSEQ ($high))
        S: y OK ...
        C: y STORE 3 +FLAGS.SILENT (\Draft)
        S: * 3 FETCH (...MODSEQ ($highest))
        S: y OK ...
        C: a1 SEARCH RETURN (MIN) MODSEQ "/flags/\\draft" all $low
        S: * ESEARCH (TAG "a1") MIN 1 MODSEQ $low
        S: a1 OK ...
        C: a2 SEARCH RETURN (MAX) MODSEQ "/flags/\\draft" all $low
        S: * ESEARCH (TAG "a2") MAX 4 MODSEQ $high
        S: a2 OK ...
        C: a3 SEARCH RETURN (MIN MAX) MODSEQ "/flags/\\draft" all $low
        S: * ESEARCH (TAG "a3") MIN 1 MAX 4 MODSEQ $high
        S: a3 OK ...
        C: a4 SEARCH RETURN (MIN COUNT) MODSEQ "/flags/\\draft" all $low
        S: * ESEARCH (TAG "a4") MIN 1 COUNT 4 MODSEQ $highest
        S: a4 OK ...
        C: a5 SEARCH RETURN (ALL) MODSEQ $high
        S: * ESEARCH (TAG "a5") ALL 3:4 MODSEQ $highest
        S: a5 OK ...
        C: a6 SEARCH RETURN (ALL) MODSEQ 99999999
        S: * ESEARCH (TAG "a6")
        S: a6 OK ...
    """)


def test_nothing_but_esearch_under_imap4rev2(old: Imap) -> None:
    """RFC 9051 §6.4.4: also where the command has no RETURN."""
    old.client("").talks.enabled.add(b"IMAP4REV2")  # type: ignore[attr-defined]
    old.dialogue("""
        C: a SEARCH FLAGGED
        S: * ESEARCH (TAG "a") ALL 2:4
        S: a OK ...
        C: b UID SEARCH FLAGGED
        S: * ESEARCH (TAG "b") UID ALL 8:10
        S: b OK ...
        C: c UID SEARCH KEYWORD x
        S: * ESEARCH (TAG "c") UID
        S: c OK ...
    """)


@pytest.mark.parametrize(
    "options",
    ["(MIN", "MIN", "(MIN)MAX", "( MIN)", "(MIN )", "(MIN  MAX)", "(ALL ALL)", "(COUNT 1)", "(())"],
)
def test_options_that_are_none(mail: Imap, options: str) -> None:
    assert mail.say(f"a SEARCH RETURN {options} ALL\r\n".encode()).startswith(b"a BAD ")


def test_a_long_answer_is_the_same_written_in_a_thread(
    old: Imap, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = old.say(b"a SEARCH ALL\r\na UID SEARCH RETURN (ALL COUNT SAVE) ALL\r\na FETCH $ UID\r\n")
    for module in ("searching.returns", "extensions.searchres"):
        monkeypatch.setattr(f"mailsuite.imap.{module}.LARGE", 2)
    again = b"a SEARCH ALL\r\na UID SEARCH RETURN (ALL COUNT SAVE) ALL\r\na FETCH $ UID\r\n"
    assert old.say(again) == said
    assert b" UID ALL 7:10 COUNT 4\r\n" in said
