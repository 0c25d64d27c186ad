r"""CONTEXT: a search whose results the client follows.

After each step a client that applies what it is told has the results that a new search gives.
"""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailsuite.mailbox.service import Append
from mailsuite.wire.limits import Limits
from tests.imap.people import Imap, now

LETTER = b"Subject: %b\r\n\r\n"


@pytest.fixture
def mail(imap: Imap) -> Imap:
    r"""UIDs 11 to 20, subjects j to a; 19 and 20 are \Deleted and $Junk."""
    for _ in range(10):
        imap.put()
    imap.signed_in(select="INBOX")
    imap.say(b"x STORE 1:10 +FLAGS (\\Deleted)\r\ny EXPUNGE\r\n")
    for at in range(10):
        imap.put("INBOX", LETTER % b"jihgfedcba"[at : at + 1], *_flags(at))
    imap.say(b"z NOOP\r\n")
    imap.signed_in("2", select="INBOX")
    return imap


def _flags(at: int) -> list[str]:
    return ["\\Deleted", "$Junk"] if at > 7 else []


def test_a_hint_changes_nothing(mail: Imap) -> None:
    """RFC 5267 §4.2."""
    mail.dialogue("""
        C: A01 SEARCH RETURN (CONTEXT COUNT) UNDELETED UNKEYWORD $Junk
        S: * ESEARCH (TAG "A01") COUNT 8
        S: A01 OK ...
    """)


def test_what_comes_to_the_results_and_what_goes(mail: Imap) -> None:
    """RFC 5267 §4.3, §4.3.3, §4.3.4 and §4.3.5: the examples of B01, in small."""
    mail.dialogue(r"""
        C: B01 UID SEARCH RETURN (UPDATE COUNT) DELETED KEYWORD $Junk
        S: * ESEARCH (TAG "B01") UID COUNT 2
        S: B01 OK ...
        C: B01 SORT RETURN (UPDATE) (SUBJECT) UTF-8 FLAGGED
        S: B01 BAD Tag reuse
        C2: a UID STORE 12:13 +FLAGS.SILENT ($Junk \Seen)
        S2: a OK ...
        C2: b UID STORE 12:13 +FLAGS.SILENT (\Deleted)
        S2: b OK ...
        C: B02 NOOP
        S: * 2 FETCH (FLAGS (\Seen \Deleted $Junk))
        S: * 3 FETCH (FLAGS (\Seen \Deleted $Junk))
        S: * ESEARCH (TAG "B01") UID ADDTO (0 12:13)
        S: B02 OK ...
        C2: c UID EXPUNGE 12
        S2: * 2 EXPUNGE
        S2: c OK ...
        C: B03 NOOP
        S: * ESEARCH (TAG "B01") UID REMOVEFROM (0 12)
        S: * 2 EXPUNGE
        S: B03 OK ...
        C: B04 CANCELUPDATE "B01"
        S: B04 OK ...
        C2: d UID STORE 13 FLAGS.SILENT ()
        S2: d OK ...
        C: B05 NOOP
        S: * 2 FETCH (FLAGS ())
        S: B05 OK ...
    """)


def test_numbers_come_after_exists_and_before_expunge(mail: Imap) -> None:
    """RFC 5267 §4.3.3, §4.3.4: they are valid where they stand."""
    mail.dialogue(r"""
        C: a SEARCH RETURN (UPDATE) ALL
        S: * ESEARCH (TAG "a")
        S: a OK ...
    """)
    mail.put()
    mail.dialogue(r"""
        C: b NOOP
        S: * 11 EXISTS
        S: * 0 RECENT
        S: * ESEARCH (TAG "a") ADDTO (0 11)
        S: b OK ...
        C2: c UID EXPUNGE 19
        S2: * 9 EXPUNGE
        S2: * 10 EXISTS
        S2: * 0 RECENT
        S2: c OK ...
        C: d NOOP
        S: * ESEARCH (TAG "a") REMOVEFROM (0 9)
        S: * 9 EXPUNGE
        S: d OK ...
    """)


def test_an_expunge_is_told_at_once_where_expunge_may_not_stand(mail: Imap) -> None:
    """RFC 5267, appendix A.3: the numbers stay as they are until EXPUNGE is told."""
    mail.dialogue(r"""
        C: a SEARCH RETURN (UPDATE) ALL
        S: * ESEARCH (TAG "a")
        S: a OK ...
        C2: b UID EXPUNGE 19
        S2: * 9 EXPUNGE
        S2: b OK ...
        C: c FETCH 10 (UID)
        S: * 10 FETCH (UID 20)
        S: * ESEARCH (TAG "a") REMOVEFROM (0 9)
        S: c OK [EXPUNGEISSUED] ...
        C: d NOOP
        S: * 9 EXPUNGE
        S: d OK ...
    """)


def test_its_own_changes_are_told_too(mail: Imap) -> None:
    mail.dialogue(r"""
        C: a UID SEARCH RETURN (UPDATE COUNT) UNSEEN
        S: * ESEARCH (TAG "a") UID COUNT 10
        S: a OK ...
        C: b UID STORE 11:13 +FLAGS.SILENT (\Seen)
        S: * ESEARCH (TAG "a") UID REMOVEFROM (0 11:13)
        S: b OK ...
        C: c UID FETCH 14 (BODY[TEXT])
        S: * 4 FETCH (UID 14 BODY[TEXT] {...}
        S: )
        S: * 4 FETCH (UID 14 FLAGS (\Seen))
        S: * ESEARCH (TAG "a") UID REMOVEFROM (0 14)
        S: c OK ...
    """)


def test_in_idle(mail: Imap) -> None:
    mail.dialogue(r"""
        C: a UID SEARCH RETURN (UPDATE COUNT) SUBJECT k
        S: * ESEARCH (TAG "a") UID COUNT 0
        S: a OK ...
        C: b IDLE
        S: + idling
    """)
    mail.put("INBOX", LETTER % b"k")
    mail.put("INBOX", LETTER % b"l")
    mail.dialogue(r"""
        S: * 11 EXISTS
        S: * 0 RECENT
        S: * ESEARCH (TAG "a") UID ADDTO (0 21)
        S: * 12 EXISTS
        S: * 0 RECENT
        C: DONE
        S: b OK ...
    """)


def test_what_was_found_is_fetched_at_once(mail: Imap) -> None:
    """RFC 5465 §7, its example: EXISTS, FETCH, ESEARCH; nothing for a flag that changes."""
    boss = b"Subject: Re: good morning\r\nFrom: myboss@example.org\r\nTo: bob@example.org\r\n\r\n"
    mail.dialogue(r"""
        C: a00 SEARCH RETURN (COUNT UPDATE (UID BODY[HEADER.FIELDS (TO FROM SUBJECT)])) FROM "boss"
        S: * ESEARCH (TAG "a00") COUNT 0
        S: a00 OK ...
        C: b SEARCH RETURN (UPDATE(UID) COUNT) FLAGGED
        S: * ESEARCH (TAG "b") COUNT 0
        S: b OK ...
        C: c IDLE
        S: + idling
    """)
    mail.put("INBOX", boss)
    mail.dialogue(r"""
        S: * 11 EXISTS
        S: * 0 RECENT
        S: * 11 FETCH (UID 21 BODY[HEADER.FIELDS (TO FROM SUBJECT)] {76}
        S: Subject: Re: good morning
        S: From: myboss@example.org
        S: To: bob@example.org
        S:
        S: )
        S: * ESEARCH (TAG "a00") ADDTO (0 11)
        C: DONE
        S: c OK ...
        C2: a STORE 2 +FLAGS.SILENT (\Flagged)
        S2*: a OK ...
        C: d NOOP
        S: * 2 FETCH (FLAGS (\Flagged))
        S: * ESEARCH (TAG "b") ADDTO (0 2)
        S: d OK ...
    """)


@pytest.mark.parametrize("items", ["()", "(UID", " ", "( UID)", "(NONSENSE)", " UID", "  (UID)"])
def test_what_cannot_be_fetched_at_once(mail: Imap, items: str) -> None:
    assert mail.say(b"a SEARCH RETURN (UPDATE%b) ALL\r\n" % items.encode()).startswith(b"a BAD")


def test_places_in_a_sorted_result(mail: Imap) -> None:
    """RFC 5267 §4.3.3: the results are kept in the order asked for."""
    mail.dialogue(r"""
        C: a UID SORT RETURN (UPDATE ALL) (SUBJECT) UTF-8 UNSEEN UNDELETED
        S: * ESEARCH (TAG "a") UID ALL 18,17,16,15,14,13,12,11
        S: a OK ...
        C2: b UID STORE 16:17,13 +FLAGS.SILENT (\Seen)
        S2: b OK ...
        C: c NOOP
        S: * 3 FETCH (FLAGS (\Seen))
        S: * 6 FETCH (FLAGS (\Seen))
        S: * 7 FETCH (FLAGS (\Seen))
        S: * ESEARCH (TAG "a") UID REMOVEFROM (6 13 2 17,16)
        S: c OK ...
        C2: d UID STORE 13,16 -FLAGS.SILENT (\Seen)
        S2: d OK ...
        C: e NOOP
        S: * 3 FETCH (FLAGS ())
        S: * 6 FETCH (FLAGS ())
        S: * ESEARCH (TAG "a") UID ADDTO (2 16 5 13)
        S: e OK ...
        C: f UID SORT (SUBJECT) UTF-8 UNSEEN UNDELETED
        S: * SORT 18 16 15 14 13 12 11
        S: f OK ...
    """)


def test_a_page_of_a_sort(mail: Imap) -> None:
    """RFC 5267 appendix A.1: the first page, and from then on what changes."""
    mail.dialogue(r"""
        C: E01 UID SORT RETURN () (SUBJECT) UTF-8 UNDELETED UNKEYWORD $Junk
        S: * ESEARCH (TAG "E01") UID ALL 18,17,16,15,14,13,12,11
        S: E01 OK ...
        C: a UID SORT RETURN (PARTIAL 2:4 UPDATE CONTEXT) (SUBJECT) UTF-8 ALL
        S: * ESEARCH (TAG "a") UID PARTIAL (2:4 19,18,17)
        S: a OK ...
    """)
    mail.put("INBOX", LETTER % b"bb")
    mail.dialogue(r"""
        C: b NOOP
        S: * 11 EXISTS
        S: * 0 RECENT
        S: * ESEARCH (TAG "a") UID ADDTO (3 21)
        S: b OK ...
    """)


def test_numbers_in_the_search_mean_the_messages_that_had_them(mail: Imap) -> None:
    """RFC 5267 §4.3: they are looked up when the command is given."""
    mail.dialogue(r"""
        C: a UID SEARCH RETURN (UPDATE ALL) 2:3 UNSEEN
        S: * ESEARCH (TAG "a") UID ALL 12:13
        S: a OK ...
        C: b UID SEARCH RETURN (UPDATE COUNT) UID 20:* UNSEEN
        S: * ESEARCH (TAG "b") UID COUNT 1
        S: b OK ...
        C2: c UID STORE 11 +FLAGS.SILENT (\Deleted)
        S2: c OK ...
        C2: d UID EXPUNGE 11
        S2: * 1 EXPUNGE
        S2: d OK ...
        C2: e UID STORE 14 +FLAGS.SILENT (\Flagged)
        S2: e OK ...
    """)
    mail.put()
    mail.dialogue(r"""
        C: f NOOP
        S: * 1 EXPUNGE
        S: * 10 EXISTS
        S: * 0 RECENT
        S: * 3 FETCH (FLAGS (\Flagged))
        S: * ESEARCH (TAG "b") UID ADDTO (0 21)
        S: f OK ...
    """)


def test_too_many_are_refused_and_searched_all_the_same(mail: Imap) -> None:
    """RFC 5267 §4.3.1, the example of B02."""
    for at in range(10):
        assert b"OK" in mail.say(b"c%d SEARCH RETURN (UPDATE COUNT) ALL\r\n" % at)
    mail.dialogue(r"""
        C: B02 UID SORT RETURN (UPDATE COUNT) (ARRIVAL) UTF-8 KEYWORD $Junk
        S: * ESEARCH (TAG "B02") UID COUNT 2
        S: * NO [NOUPDATE "B02"] ...
        S: B02 OK ...
        C: B03 CANCELUPDATE "c3" "c4"
        S: B03 OK ...
        C: B04 CANCELUPDATE "c3"
        S: B04 BAD ...
        C: B05 SEARCH RETURN (UPDATE COUNT) KEYWORD $Junk
        S: * ESEARCH (TAG "B05") COUNT 2
        S: B05 OK ...
    """)


def test_large_results_are_followed_one_at_a_time(
    mail: Imap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailsuite.imap.extensions.context.LARGEST_MEMBERS", 5)
    assert b"NOUPDATE" not in mail.say(b"a SEARCH RETURN (UPDATE COUNT) ALL\r\n")
    assert b"NO [NOUPDATE" in mail.say(b"b SEARCH RETURN (UPDATE COUNT) FLAGGED\r\n")


def test_it_ends_with_the_mailbox(mail: Imap) -> None:
    mail.say(b"a SEARCH RETURN (UPDATE COUNT) ALL\r\nb SELECT INBOX\r\n")
    mail.put()
    assert b"ESEARCH" not in mail.say(b"c NOOP\r\n")
    assert b"d OK" in mail.say(b"a SEARCH RETURN (UPDATE COUNT) ALL\r\nd NOOP\r\n")


def test_beside_save_it_is_kept_too(mail: Imap) -> None:
    mail.dialogue("""
        C: a SEARCH RETURN (UPDATE SAVE MIN) DELETED
        S: * ESEARCH (TAG "a") MIN 9
        S: a OK ...
        C: b UID SEARCH $
        S: * SEARCH 19
        S: b OK ...
    """)


def test_what_takes_too_long_is_followed_no_more(
    mail: Imap, monkeypatch: pytest.MonkeyPatch
) -> None:
    mail.say(b"a SEARCH RETURN (UPDATE COUNT) TEXT k\r\nb SEARCH RETURN (UPDATE COUNT) ALL\r\n")
    monkeypatch.setattr(mail.client("").talks, "limits", Limits(imap_search_seconds=-1))
    mail.put()
    assert mail.say(b"c NOOP\r\n").split(b"\r\n")[-4:] == [
        b'* NO [NOUPDATE "a"] Too much to follow',
        b'* NO [NOUPDATE "b"] Too much to follow',
        b"c OK NOOP completed",
        b"",
    ]


@pytest.mark.parametrize(
    "command",
    ["CANCELUPDATE", "CANCELUPDATE a", 'CANCELUPDATE "a"', 'CANCELUPDATE "a" ', 'CANCELUPDATE ""'],
)
def test_nonsense_is_bad(mail: Imap, command: str) -> None:
    assert mail.say(f"x {command}\r\n".encode()).startswith(b"x BAD ")


RESPONSE = re.compile(rb'\* ESEARCH \(TAG "(\w+)"\) UID(.*)')
ITEM = re.compile(rb" (ADDTO|REMOVEFROM) \(([^)]*)\)")
STEPS = st.lists(
    st.one_of(
        st.sampled_from(["append", "NOOP", "FETCH 1 (UID)"]),
        st.tuples(st.sampled_from(["+", "-"]), st.sets(st.integers(0, 9), min_size=1, max_size=4)),
        st.sets(st.integers(0, 9), min_size=1, max_size=3),
    ),
    max_size=8,
)


def listed(octets: bytes) -> list[int]:
    """The UIDs of a set, in their order."""
    found: list[int] = []
    for part in octets.split(b","):
        first, _, last = part.partition(b":")
        found += range(int(first), int(last or first) + 1)
    return found


def apply(results: list[int], items: bytes, *, placed: bool) -> None:
    """What a client does with ADDTO and REMOVEFROM (RFC 5267 §4.3.3, §4.3.4)."""
    for word, pairs in ITEM.findall(items):
        parts = pairs.split(b" ")
        for place, uids in zip(parts[::2], map(listed, parts[1::2]), strict=True):
            at = int(place) - 1
            assert placed == (at >= 0)
            if word == b"ADDTO" and placed:
                results[at:at] = uids
            elif word == b"ADDTO":
                results[:] = sorted([*results, *uids])
            elif placed:
                assert results[at : at + len(uids)] == uids
                del results[at : at + len(uids)]
            else:
                results[:] = [uid for uid in results if uid not in uids]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(subjects=st.lists(st.sampled_from(b"abc"), min_size=6, max_size=6), steps=STEPS)
def test_who_follows_has_what_a_new_search_finds(
    imap: Imap, subjects: list[int], steps: list[str | tuple[str, set[int]] | set[int]]
) -> None:
    """Whatever another session does: flags, expunges, appends; told at once or later."""
    imap.clients.clear()
    letters = [LETTER % bytes([subject]) for subject in subjects]
    now(imap.ann.append("INBOX", [Append(letter) for letter in letters]))
    imap.signed_in("1", select="INBOX")
    imap.signed_in("2", select="INBOX")
    searches = {
        b"s": b"UID SEARCH RETURN (%bALL) UNSEEN",
        b"o": b"UID SORT RETURN (%bALL) (SUBJECT REVERSE ARRIVAL) UTF-8 UNSEEN",
    }
    results: dict[bytes, list[int]] = {}

    def search(tag: bytes, text: bytes) -> list[int]:
        said = imap.say(tag + b" " + text + b"\r\n", "1")
        told = [line for line in said.split(b"\r\n") if b" UID ALL " in line]
        return listed(told[0].split(b" UID ALL ")[1]) if told else []

    def heard(said: bytes) -> None:
        for tag, items in RESPONSE.findall(said):
            apply(results[tag], items, placed=tag == b"o")

    for tag, text in searches.items():
        results[tag] = search(tag, text % b"UPDATE ")
    first = imap.say(b"x UID SEARCH ALL\r\n", "1").split(b"\r\n")[0].split()[2:]
    for step in steps:
        if step == "append":
            now(imap.ann.append("INBOX", [Append(LETTER % b"b")]))
        elif isinstance(step, str):
            heard(imap.say(f"y {step}\r\n".encode(), "1"))
        elif isinstance(step, tuple):
            uids = b",".join(first[at % len(first)] for at in step[1])
            imap.say(b"z UID STORE %b %bFLAGS (\\Seen)\r\n" % (uids, step[0].encode()), "2")
        else:
            uids = b",".join(first[at % len(first)] for at in step)
            imap.say(b"z UID STORE %b +FLAGS (\\Deleted)\r\nz EXPUNGE\r\n" % uids, "2")
    heard(imap.say(b"y NOOP\r\n", "1"))
    again = {tag: search(b"n", text % b"") for tag, text in searches.items()}
    assert results == again
    for name in ("1", "2"):
        imap.client(name).gone()
