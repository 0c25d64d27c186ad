r"""What real mail programs need from any server: each of these cost somebody an evening.

The rules are numbered; some are about more than IMAP (limits, passwords, certificates), and stand
here beside the others so that all can be read in one place.
"""

import re
from pathlib import Path

import pytest

from mailsuite.errors import AuthenticationFailed, Busy, SignInThrottled, Unavailable
from mailsuite.service.doors import IMAP
from mailsuite.store.opening import Store
from mailsuite.wire.census import Census
from mailsuite.wire.limits import Limits
from mailsuite.wire.link import Peer
from mailsuite.wire.tallies import LocalTallies
from tests.directory.people import PASSWORD, House
from tests.imap.people import Imap

USES = ("Archive", "Drafts", "Junk", "Sent", "Trash")
PARTS = (
    b"From: bob@example.org\r\nSubject: two parts\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
    b"--x\r\n\r\nGr\xc3\xbc\xc3\x9fe, bare\r\n.dots and trailing \t \r\n"
    b"--x\r\nContent-Type: text/html\r\n\r\n<p>\r\n--x--\r\n"
)


@pytest.fixture
def inbox(imap: Imap) -> Imap:
    """Four messages; ann has signed in and selected INBOX."""
    for _ in range(4):
        imap.put()
    imap.signed_in(select="INBOX")
    return imap


# 1. Pipelining everywhere.


def test_1_everything_may_follow_everything_in_one_packet(imap: Imap) -> None:
    """iOS 18 sends the next commands with DONE: a server that dropped them knew no iPhone."""
    imap.put()
    imap.client().wire.take()
    said = imap.say(
        b'a LOGIN ann secret\r\nb NAMESPACE\r\nc LIST "" "*" RETURN (SPECIAL-USE)\r\n'
        b"d SELECT INBOX\r\ne IDLE\r\nDONE\r\n"
        b'f NAMESPACE\r\ng LIST "" "*"\r\nh UID FETCH 1:* (FLAGS)\r\ni IDLE\r\n'
    )
    order = re.findall(r"^([a-h+])(?: OK)? ", said.decode(), re.MULTILINE)
    assert order == [*"abcd+efgh+"]
    imap.dialogue("""
        C: DONE
        S: i OK IDLE completed
    """)


def test_1_in_idle_any_line_but_done_is_bad_and_no_end(inbox: Imap) -> None:
    """An iPhone sent `8.569 IDLE` where DONE was due, and was thrown out (WildDuck #684)."""
    inbox.dialogue("""
        C: 8.568 IDLE
        S: + idling
        C: 8.569 IDLE
        S: 8.568 BAD ...
        C: 8.570 NOOP
        S: 8.570 OK ...
    """)


# 2. `+ ` always has the space.


@pytest.mark.parametrize(
    "line", [b"a AUTHENTICATE PLAIN\r\n", b"a AUTHENTICATE LOGIN\r\n", b"a LOGIN {3}\r\n"]
)
def test_2_a_continuation_has_its_space(imap: Imap, line: bytes) -> None:
    """Thunderbird and Outlook wait for it."""
    imap.client().wire.take()
    assert imap.say(line).startswith(b"+ ")


@pytest.mark.parametrize("line", [b"a IDLE\r\n", b"a APPEND Sent {3}\r\n", b"a SELECT {5}\r\n"])
def test_2_so_it_has_after_signing_in(inbox: Imap, line: bytes) -> None:
    assert inbox.say(line).startswith(b"+ ")


# 3. Capabilities in the greeting and in the OK of signing in.


@pytest.mark.parametrize("how", ["LOGIN ann secret", "AUTHENTICATE PLAIN AGFubgBzZWNyZXQ="])
def test_3_capabilities_are_told_unasked(imap: Imap, how: str) -> None:
    """Thunderbird, K-9, Delta Chat, MailKit and imapflow save a round trip."""
    imap.dialogue(f"""
        S: * OK [CAPABILITY IMAP4rev1 ...SASL-IR...] ...
        C: a {how}
        S: a OK [CAPABILITY IMAP4rev1 ... IDLE ...MOVE ...SPECIAL-USE ...UIDPLUS ...] ...
    """)


def test_3_and_not_after_starttls(store: Store, tmp_path: Path) -> None:
    """Whoever upgrades asks again: what was told in clear may be somebody else's words."""
    imap = Imap(store, tmp_path, tls=None)
    imap.dialogue("""
        S: * OK [CAPABILITY ...STARTTLS...] ...
        C: a STARTTLS
        S: a OK Begin TLS now
        S: <handshake>
        C: b CAPABILITY
        S: * CAPABILITY IMAP4rev1 ...AUTH=PLAIN...
        S: b OK ...
    """)


# 4. INBOX in any case.


@pytest.mark.parametrize("name", ["inbox", "InBox", '"iNbOX"', "INBOX"])
def test_4_inbox_has_one_spelling(inbox: Imap, name: str) -> None:
    """Roundcube showed two of them (#9166)."""
    inbox.dialogue(f"""
        C: a STATUS {name} (MESSAGES)
        S: * STATUS INBOX (MESSAGES 4)
        S: a OK ...
        C: b LIST "" {name}
        S: * LIST (...) "/" INBOX
        S: b OK ...
        C: c GETQUOTAROOT {name}
        S: * QUOTAROOT INBOX ""
        S*: c OK ...
        C: d CREATE {name}
        S: d NO [ALREADYEXISTS] ...
        C: e SELECT {name}
        S*: e OK [READ-WRITE] ...
    """)


def test_4_the_delimiter_is_told_with_an_empty_name(inbox: Imap) -> None:
    """iOS 18 said "server stopped responding" without it (asimap #427)."""
    inbox.dialogue(r"""
        C: a LIST "" ""
        S: * LIST (\Noselect) "/" ""
        S: a OK ...
    """)


# 5 and 6. SPECIAL-USE on all five mailboxes, and everywhere.


@pytest.mark.parametrize(
    "asked",
    [
        'LIST "" "*"',
        'LSUB "" "*"',
        'LIST "" "*" RETURN (SPECIAL-USE)',
        'LIST (SUBSCRIBED) "" "*"',
        'LIST (SUBSCRIBED) "" "*" RETURN (SPECIAL-USE)',
        'LIST (SPECIAL-USE) "" "*"',
    ],
)
def test_5_6_every_list_has_the_five_uses(inbox: Imap, asked: str) -> None:
    """Without them each program makes its own `Sent Items`, `Deleted Messages`, `Bin`."""
    said = inbox.say(b"a %b\r\n" % asked.encode()).decode()
    for name in USES:
        [line] = [line for line in said.splitlines() if f"\\{name}" in line]
        assert line.endswith(f'"/" {name}')
    assert ("INBOX" in said) == (asked != 'LIST (SPECIAL-USE) "" "*"')


def test_5_a_use_has_one_mailbox(inbox: Imap) -> None:
    inbox.dialogue(r"""
        C: a CREATE "Sent Items" (USE (\Sent))
        S: a NO [USEATTR] ...
    """)


# 7. FETCH answers what was asked.


def test_7_nothing_but_what_was_asked_and_the_uid(inbox: Imap) -> None:
    inbox.dialogue(r"""
        C: a FETCH 1 (RFC822.SIZE)
        S: * 1 FETCH (RFC822.SIZE 46)
        S: a OK ...
        C: b UID FETCH 1 (RFC822.SIZE)
        S: * 1 FETCH (UID 1 RFC822.SIZE 46)
        S: b OK ...
    """)


def test_7_flags_change_in_a_fetch_of_their_own(inbox: Imap) -> None:
    """iOS stalls for a minute when flags stand inside the answer to a body."""
    inbox.signed_in("2", select="INBOX")
    inbox.dialogue(r"""
        C2: a STORE 1 +FLAGS.SILENT (\Flagged)
        S2: a OK ...
        C: a UID FETCH 1 (UID BODY.PEEK[1]<0.393216>)
        S: * 1 FETCH (UID 1 BODY[1]<0> {5}
        S: Hi!
        S: )
        S: * 1 FETCH (UID 1 FLAGS (\Flagged))
        S: a OK ...
    """)


def test_7_after_condstore_a_change_of_flags_has_its_modseq(inbox: Imap) -> None:
    inbox.signed_in("2", select="INBOX")
    inbox.dialogue(r"""
        C: a SELECT INBOX (CONDSTORE)
        S*: a OK ...
        C: b STORE 1 +FLAGS ($MailFlagBit0)
        S: * FLAGS ...
        S: * OK [PERMANENTFLAGS ...
        S: * 1 FETCH (UID 1 FLAGS ($MailFlagBit0) MODSEQ ($first))
        S: b OK ...
        C: c STORE 1 +FLAGS.SILENT (\Flagged)
        S: * 1 FETCH (UID 1 MODSEQ ($second))
        S: c OK ...
        C2: d STORE 2 +FLAGS.SILENT (\Seen)
        S2*: d OK ...
        C: e NOOP
        S: * 2 FETCH (UID 2 FLAGS (\Seen) MODSEQ ($third))
        S: e OK ...
    """)


# 8. RFC822.SIZE is what BODY[] gives.


@pytest.mark.parametrize(
    "octets", [PARTS, b"x: y\r\n\r\n", b"no header, no end", b"a: b\r\n\r\n\n\r"]
)
def test_8_the_size_is_exact(imap: Imap, octets: bytes) -> None:
    """Programs take a message for damaged whose size differs."""
    imap.put("INBOX", octets)
    imap.signed_in(select="INBOX")
    said = imap.say(b"a FETCH 1 (RFC822.SIZE BODY.PEEK[])\r\n")
    assert b"RFC822.SIZE %d BODY[] {%d}\r\n%b)" % (len(octets), len(octets), octets) in said
    assert imap.say(b"b FETCH 1 RFC822\r\n").count(octets) == 1


# 9. RFC822.PEEK, RFC822 and its parts, and lower case.


def test_9_what_rfc_2060_dropped_is_taken(inbox: Imap) -> None:
    """Outlook sends it still."""
    inbox.dialogue("""
        C: a UID FETCH 1 (UID RFC822.SIZE RFC822.PEEK)
        S: * 1 FETCH (UID 1 RFC822.SIZE 46 RFC822 {46}
        S: From: bob@example.org
        S: Subject: hello
        S:
        S: Hi!
        S: )
        S: a OK ...
        C: b uid search unseen
        S: * SEARCH 1 2 3 4
        S: b OK ...
    """)


@pytest.mark.parametrize(
    ("item", "answer"),
    [
        ("rfc822", "RFC822 {46}"),
        ("rfc822.header", "RFC822.HEADER {41}"),
        ("rfc822.text", "RFC822.TEXT {5}"),
        ("rfc822.peek", "RFC822 {46}"),
        ("body.peek[header.fields (subject)]", "BODY[HEADER.FIELDS (SUBJECT)] {18}"),
        ("fast", "FLAGS () INTERNALDATE "),
    ],
)
def test_9_lower_case_is_as_good(inbox: Imap, item: str, answer: str) -> None:
    said = inbox.say(b"a fetch 1 %b\r\n" % item.encode()).decode()
    assert f"* 1 FETCH ({answer}".upper() in said.upper()
    assert said.endswith("a OK FETCH completed\r\n")


# 10. UIDONLY only for who asks (`extensions/test_uidonly.py`), any capability can be hidden
# (`extensions/test_hidden.py`), and ID decides nothing.


def test_10_the_name_of_a_program_decides_nothing(inbox: Imap) -> None:
    before = inbox.say(b"a CAPABILITY\r\n")
    inbox.dialogue("""
        C: b ID ("name" "Microsoft Office 365" "vendor" "Microsoft")
        S: * ID ...
        S: b OK ...
    """)
    assert inbox.say(b"a CAPABILITY\r\n") == before


# 11. MOVE of what is gone.


def test_11_moving_what_is_gone_is_no_failure(inbox: Imap) -> None:
    """Phones retry for ever at NO, and the mail comes back (stalwart #670, #1201)."""
    inbox.dialogue("""
        C: a UID MOVE 77 Archive
        S: a OK ...
        C: b UID MOVE 1,77:99 Archive
        S: * OK [COPYUID $validity 1 1] ...
        S: * 1 EXPUNGE
        S: b OK ...
        C: c UID COPY 1 Archive
        S: c OK ...
    """)


# 12. Many connections.


def test_12_a_family_behind_one_address_fits() -> None:
    """Thunderbird has 5 for an account, phones one for each pushed folder."""
    limits = Limits()
    assert limits.connections_per_account >= 50
    assert limits.connections_per_address >= 200
    census = Census(limits, LocalTallies(lambda: 0.0))
    for port in range(200):
        assert census.refuses(Peer("192.0.2.1", port + 1)) is None
        census.came(Peer("192.0.2.1", port + 1))


def test_12_one_too_many_is_not_asked_for_its_password(store: Store, tmp_path: Path) -> None:
    imap = Imap(store, tmp_path, Limits(connections_per_account=1))
    imap.signed_in("1")
    imap.dialogue("""
        S2: * OK ...
        C2: a LOGIN ann secret
        S2: a NO [LIMIT] ...
    """)
    assert IMAP.refusal("Too many").startswith(b"* BYE [UNAVAILABLE] ")


# 13. A wrong password is told from trouble of ours.


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (AuthenticationFailed, "AUTHENTICATIONFAILED"),
        (Unavailable, "UNAVAILABLE"),
        (Busy, "UNAVAILABLE"),
        (SignInThrottled, "UNAVAILABLE"),
    ],
)
@pytest.mark.parametrize("how", ["LOGIN ann secret", "AUTHENTICATE PLAIN AGFubgBzZWNyZXQ="])
def test_13_only_a_wrong_password_asks_for_another(
    imap: Imap, monkeypatch: pytest.MonkeyPatch, error: type[Exception], code: str, how: str
) -> None:
    """Thunderbird asks at the first code and not at the second."""

    async def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(imap.porter, "sign_in", refuse)
    imap.dialogue(f"""
        S: * OK ...
        C: a {how}
        S: a NO [{code}] ...
    """)


def test_13_an_old_password_in_a_phone_locks_nobody_out(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It tries for days; its owner signs in from beside it all the same."""
    house = House(store)
    for _ in range(300):
        with pytest.raises(AuthenticationFailed):
            house.sign_in("ann@example.test", "old")
    assert house.verified == 1
    assert house.sign_in("ann@example.test", PASSWORD)


# 14. IDLE: now and then a word.


def test_14_a_word_every_four_minutes_for_half_an_hour_and_more(inbox: Imap) -> None:
    """Delta Chat gives up after 5 silent minutes; others renew IDLE after 29."""
    assert Limits().imap_still_here_seconds == 240
    assert Limits().imap_idle_seconds >= 1_800
    inbox.dialogue("""
        C: a IDLE
        S: + idling
        T: 239
        T: 2
        S: * OK Still here
        T: 1499
        S: * OK Still here
        S: * OK Still here
        S: * OK Still here
        S: * OK Still here
        S: * OK Still here
        S: * OK Still here
        C: DONE
        S: a OK ...
    """)


# 15. The full chain: `tests/wire/test_tls.py::test_the_whole_chain_is_sent`.
