"""SEARCHRES: `$` is what a search has kept, for every command that takes messages."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailsuite.mailbox.service import Append
from tests.imap.people import Imap, now

SMITH = b"From: Smith <smith@example.org>\r\nSubject: x\r\n\r\n" + b"x" * 5_000
ERIC = b"From: Eric <eric@example.org>\r\nSubject: x\r\n\r\n"
YEAR_2006 = 1_150_000_000


@pytest.fixture
def mail(imap: Imap) -> Imap:
    r"""UIDs 11 to 18: of Smith 11, 13 and 15; \Flagged 12 to 14; $Junk 17, 18; all of 2006."""
    for _ in range(10):
        imap.put()
    imap.signed_in(select="INBOX")
    imap.say(b"x STORE 1:10 +FLAGS (\\Deleted)\r\ny EXPUNGE\r\n")
    for uid in range(11, 19):
        flags = ["\\Flagged"] if uid in range(12, 15) else ["$Junk"] if uid > 16 else []
        letter = SMITH if uid in {11, 13, 15} else ERIC
        imap.put("INBOX", letter, *flags, date=YEAR_2006)
    imap.say(b"z NOOP\r\n")
    return imap


def kept(imap: Imap, name: str = "") -> str:
    """What `$` stands for."""
    said = imap.say(b"k UID SEARCH $\r\n", name).decode()
    return said.split("\r\n", maxsplit=1)[0].removeprefix("* SEARCH").strip()


def test_examples_1_and_2(mail: Imap) -> None:
    """RFC 5182 §2.2, also pipelined."""
    mail.dialogue(r"""
        C: A282 SEARCH RETURN (SAVE) FLAGGED SINCE 1-Feb-1994 NOT FROM "Smith"
        S: A282 OK ...
        C: A283 FETCH $ (UID FLAGS)
        S: * 2 FETCH (UID 12 FLAGS (\Flagged))
        S: * 4 FETCH (UID 14 FLAGS (\Flagged))
        S: A283 OK ...
        C!: A284 SEARCH RETURN (SAVE) FLAGGED FROM "Smith"\r\nA285 FETCH $ (UID)\r\n
        S: A284 OK ...
        S: * 3 FETCH (UID 13)
        S: A285 OK ...
    """)


def test_examples_3_and_4(mail: Imap) -> None:
    """In a search it is a key like others, bare or after UID."""
    mail.dialogue(r"""
        C: A300 SEARCH RETURN (SAVE) SINCE 1-Jan-2004 NOT FROM "Smith"
        S: A300 OK ...
        C: A301 UID SEARCH UID $ SMALLER 4096
        S: * SEARCH 12 14 16 17 18
        S: A301 OK ...
        C: A302 UID SEARCH $ SMALLER 4096
        S: * SEARCH 12 14 16 17 18
        S: A302 OK ...
        C: P283 SEARCH CHARSET UTF-8 (OR $ 1,7:9) TEXT {4}
        S: + ...
        C: smit
        S: * SEARCH 1
        S: P283 OK ...
        C: P284 UID SEARCH NOT $
        S: * SEARCH 11 13 15
        S: P284 OK ...
    """)


def test_example_5(mail: Imap) -> None:
    """A search that fails with SAVE empties `$` (§2.1); no other touches it."""
    mail.dialogue(r"""
        C: B282 SEARCH RETURN (SAVE) SINCE 1-Feb-1994 NOT FROM "Smith"
        S: B282 OK ...
        C: B283 SEARCH CHARSET X-UNKNOWN (OR $ 1,3000:3021) TEXT x
        S: B283 NO [BADCHARSET ...
        C: B284 SEARCH RETURN (SAVE) NONSENSE
        S: B284 BAD ...
        C: B285 SEARCH SEEN
        S: * SEARCH
        S: B285 OK ...
        C: B286 UID SEARCH RETURN (COUNT) $
        S: * ESEARCH (TAG "B286") UID COUNT 5
        S: B286 OK ...
        C: B287 SEARCH RETURN (SAVE) CHARSET X-UNKNOWN TEXT x
        S: B287 NO [BADCHARSET ...
    """)
    assert kept(mail) == ""


def test_example_6(mail: Imap) -> None:
    """An empty `$` is a set like others."""
    mail.dialogue(r"""
        C!: E282 SEARCH RETURN (SAVE) SINCE 28-Oct-2026\r\nE283 COPY $ "Junk"\r\n
        S: E282 OK ...
        S: E283 OK COPY completed
        C: E284 FETCH $ (FLAGS)
        S: E284 OK ...
        C: E285 STORE $ +FLAGS (\Seen)
        S: E285 OK ...
        C: E286 UID EXPUNGE $
        S: E286 OK ...
        C: E287 UID MOVE $ Junk
        S: E287 OK ...
        C: E288 UID SEARCH NOT $
        S: * SEARCH 11 12 13 14 15 16 17 18
        S: E288 OK ...
    """)


def test_example_7(mail: Imap) -> None:
    """Three commands in one segment: the second and third mean what the first found."""
    mail.dialogue(r"""
        C!: F282 SEARCH RETURN (SAVE) KEYWORD $Junk\r\nF283 COPY $ "Junk"\r\nF284 STORE $ +FLAGS.SILENT (\\Deleted)\r\nF285 UID EXPUNGE $\r\n
        S: F282 OK ...
        S: F283 OK [COPYUID ... 17:18 1:2] ...
        S: F284 OK ...
        S: * 8 EXPUNGE
        S: * 7 EXPUNGE
        S: F285 OK ...
    """)
    assert kept(mail) == ""


def test_examples_8_and_9(mail: Imap) -> None:
    mail.dialogue(r"""
        C!: G282 SEARCH RETURN (SAVE) KEYWORD $Junk\r\nG283 SEARCH RETURN (ALL) FROM "Eric"\r\n
        S: G282 OK ...
        S: * ESEARCH (TAG "G283") ALL 2,4,6:8
        S: G283 OK ...
    """)
    assert kept(mail) == "17 18"
    mail.dialogue(r"""
        C!: H282 SEARCH RETURN (SAVE) KEYWORD $Junk\r\nH283 SEARCH RETURN (SAVE) FROM "Smith"\r\n
        S: H282 OK ...
        S: H283 OK ...
    """)
    assert kept(mail) == "11 13 15"


@pytest.mark.parametrize(
    ("options", "told", "saved"),
    [
        # RFC 5182 §2.4, its example 10; RFC 9394 §3.2, table 1.
        ("ALL SAVE", " ALL 2,4,6:8", "12 14 16 17 18"),
        ("SAVE MIN", " MIN 2", "12"),
        ("SAVE MAX", " MAX 8", "18"),
        ("MAX SAVE MIN", " MAX 8 MIN 2", "12 18"),
        ("MAX SAVE MIN COUNT", " MAX 8 MIN 2 COUNT 5", "12 14 16 17 18"),
        ("ALL SAVE MIN", " ALL 2,4,6:8 MIN 2", "12 14 16 17 18"),
        ("SAVE COUNT", " COUNT 5", "12 14 16 17 18"),
        ("SAVE PARTIAL 2:3", " PARTIAL (2:3 4,6)", "14 16"),
        ("SAVE PARTIAL -1:-2", " PARTIAL (-1:-2 7:8)", "17 18"),
        ("SAVE PARTIAL 2:3 MIN", " PARTIAL (2:3 4,6) MIN 2", "12 14 16"),
        ("SAVE PARTIAL 2:3 MAX", " PARTIAL (2:3 4,6) MAX 8", "14 16 18"),
        ("SAVE PARTIAL 2:3 MIN MAX", " PARTIAL (2:3 4,6) MIN 2 MAX 8", "12 14 16 18"),
        ("SAVE PARTIAL 2:3 COUNT MIN", " PARTIAL (2:3 4,6) COUNT 5 MIN 2", "12 14 16 17 18"),
        ("SAVE PARTIAL 9:10", " PARTIAL (9:10 NIL)", ""),
        ("SAVE CONTEXT", "", "12 14 16 17 18"),
    ],
)
def test_what_is_kept(mail: Imap, options: str, told: str, saved: str) -> None:
    mail.dialogue(f"""
        C: C283 SEARCH RETURN ({options}) NOT FROM "Smith"
        S: * ESEARCH (TAG "C283"){told}
        S: C283 OK ...
    """)
    assert kept(mail) == saved


def test_without_save_nothing_is_kept(mail: Imap) -> None:
    mail.say(b"a SEARCH RETURN (SAVE) 1\r\nb SEARCH RETURN (ALL) 2\r\n")
    assert kept(mail) == "11"


def test_a_sort_keeps_what_it_found(mail: Imap) -> None:
    """RFC 9051 §6.4.4: any command based on SEARCH; MIN is then the first in its order."""
    mail.dialogue("""
        C: a UID SORT RETURN (SAVE) (REVERSE SIZE) UTF-8 1:3
        S: a OK ...
        C: b UID FETCH $ (UID)
        S: * 1 FETCH (UID 11)
        S: * 2 FETCH (UID 12)
        S: * 3 FETCH (UID 13)
        S: b OK ...
        C: c UID SORT RETURN (SAVE MIN) (REVERSE ARRIVAL REVERSE SIZE) UTF-8 $
        S: * ESEARCH (TAG "c") UID MIN 11
        S: c OK ...
    """)
    assert kept(mail) == "11"


def test_select_empties_it_also_one_that_fails(mail: Imap) -> None:
    mail.say(b"a SEARCH RETURN (SAVE) 1\r\nb SELECT INBOX\r\n")
    assert kept(mail) == ""
    mail.say(b"a SEARCH RETURN (SAVE) 1\r\nb SELECT missing\r\n")
    assert mail.say(b"c FETCH $ UID\r\n").startswith(b"c BAD ")
    mail.say(b"d SELECT INBOX\r\n")
    assert kept(mail) == ""


def test_what_comes_is_not_in_it(mail: Imap) -> None:
    mail.say(b"a SEARCH RETURN (SAVE) ALL\r\n")
    mail.put()
    mail.say(b"b NOOP\r\n")
    assert kept(mail) == "11 12 13 14 15 16 17 18"


def test_what_another_expunges_leaves_it(mail: Imap) -> None:
    mail.say(b"a SEARCH RETURN (SAVE) 1:4\r\n")
    mail.signed_in("2", select="INBOX")
    mail.say(b"a STORE 2:3 +FLAGS (\\Deleted)\r\nb EXPUNGE\r\n", "2")
    mail.dialogue("""
        C: b UID FETCH $ (UID)
        S*: b OK ...
    """)
    assert kept(mail) == "11 14"


@pytest.mark.parametrize(
    "command",
    [
        "FETCH $,1 UID",
        "FETCH $:* UID",
        "UID FETCH 1,$ UID",
        "SEARCH $,1",
        "COPY $$ x",
        "STORE $1 x",
    ],
)
def test_it_stands_alone(mail: Imap, command: str) -> None:
    assert mail.say(f"a {command}\r\n".encode()).startswith(b"a BAD ")


def test_what_is_too_scattered_is_not_kept(mail: Imap, monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 5182 §2.5: NOTSAVED, and `$` is empty."""
    monkeypatch.setattr("mailsuite.imap.extensions.searchres.LARGEST_RUNS", 2)
    mail.say(b"a SEARCH RETURN (SAVE) 1:2,4:5\r\n")
    assert kept(mail) == "11 12 14 15"
    assert b"b NO [NOTSAVED]" in mail.say(b"b SEARCH RETURN (SAVE) 1,3,5\r\n")
    assert kept(mail) == ""


STEPS = st.lists(
    st.one_of(
        st.sets(st.integers(1, 16), max_size=4), st.just("append"), st.sampled_from(["NOOP", "x"])
    ),
    max_size=6,
)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(saved=st.sets(st.integers(0, 11)), steps=STEPS)
def test_it_survives_what_another_session_does(
    imap: Imap, saved: set[int], steps: list[str | set[int]]
) -> None:
    """Expunges and appends of another session, told to this one or not: `$` is what is left."""
    imap.clients.clear()
    now(imap.ann.append("INBOX", [Append(ERIC)] * 12))
    imap.signed_in("1", select="INBOX")
    imap.signed_in("2", select="INBOX")
    uids = [
        int(uid) for uid in imap.say(b"a UID SEARCH ALL\r\n", "1").split(b"\r\n")[0].split()[2:]
    ]
    left = {uids[at] for at in saved}
    asked = ",".join(str(uid) for uid in left) or "4294967295"
    imap.say(f"b UID SEARCH RETURN (SAVE) UID {asked}\r\n".encode(), "1")
    for step in steps:
        if step == "append":
            now(imap.ann.append("INBOX", [Append(ERIC)]))
        elif isinstance(step, str):
            imap.say(f"c {step}\r\n".encode(), "1")
        else:
            going = {uids[at] for at in step if at < len(uids)}
            gone = ",".join(map(str, going)) or "4294967295"
            imap.say(f"d UID STORE {gone} +FLAGS (\\Deleted)\r\ne EXPUNGE\r\n".encode(), "2")
            left -= going
    imap.say(b"f NOOP\r\n", "1")
    assert kept(imap, "1").split() == [str(uid) for uid in sorted(left)]
    for name in ("1", "2"):
        imap.client(name).gone()


def test_under_uidonly_it_is_the_one_set_without_numbers(mail: Imap) -> None:
    """RFC 9586 §3: numbers are BAD, also as a search key; `$` names none."""
    mail.dialogue("""
        C: x ENABLE UIDONLY
        S: * ENABLED UIDONLY
        S: x OK ...
        C: a UID SEARCH RETURN (SAVE COUNT) UID 11:13
        S: * ESEARCH (TAG "a") UID COUNT 3
        S: a OK ...
        C: b UID SEARCH 1:3
        S: b BAD [UIDREQUIRED] ...
        C: c SEARCH ALL
        S: c BAD [UIDREQUIRED] ...
        C: d UID SEARCH $ FROM "Smith"
        S: * SEARCH 11 13
        S: d OK ...
        C: e UID FETCH $ (FLAGS)
        S: * 11 UIDFETCH (FLAGS ())
        S: * 12 UIDFETCH (FLAGS (...))
        S: * 13 UIDFETCH (FLAGS (...))
        S: e OK ...
    """)
