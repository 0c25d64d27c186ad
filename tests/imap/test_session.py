"""A connection as a whole: greeting, states, TLS, sign-in, errors, deadlines, ends."""

from pathlib import Path

import pytest

from mailsuite.imap.registry import COMMANDS, State
from mailsuite.store.opening import Store
from mailsuite.wire.limits import Limits
from tests.imap.people import Imap


@pytest.fixture
def clear(store: Store, tmp_path: Path) -> Imap:
    """Connections that begin without TLS."""
    return Imap(store, tmp_path, tls=None)


def test_the_greeting_and_the_ok_of_login_tell_the_capabilities(imap):
    """Clients then skip a round trip; what needs a sign-in is told after it."""
    imap.dialogue("""
        S: * OK [CAPABILITY IMAP4rev1 IMAP4rev2 AUTH=LOGIN AUTH=PLAIN ID LANGUAGE LITERAL+ SASL-IR] mail.example.test ready
        C: a LOGIN ann secret
        S: a OK [CAPABILITY IMAP4rev1 IMAP4rev2 ... IDLE ... SPECIAL-USE ...] ...
    """)


@pytest.mark.threat("W6")
def test_without_tls_no_password_is_asked_for_or_taken(clear):
    clear.dialogue("""
        S: * OK [CAPABILITY IMAP4rev1 IMAP4rev2 ID LANGUAGE LITERAL+ LOGINDISABLED SASL-IR STARTTLS] ...
        C: a LOGIN ann secret
        S: a NO [PRIVACYREQUIRED] ...
        C: b AUTHENTICATE PLAIN
        S: b NO [PRIVACYREQUIRED] ...
        C: c AUTHENTICATE PLAIN AGFubgBzZWNyZXQ=
        S: c NO [PRIVACYREQUIRED] ...
        C: d SELECT INBOX
        S: d BAD Sign in first
    """)


def test_a_listed_network_may_sign_in_without_tls(store, tmp_path):
    imap = Imap(store, tmp_path, tls=None, plaintext=lambda _link: True)
    imap.dialogue("""
        S: * OK [CAPABILITY IMAP4rev1 IMAP4rev2 AUTH=LOGIN AUTH=PLAIN ID LANGUAGE LITERAL+ SASL-IR STARTTLS] ...
        C: a LOGIN ann secret
        S: a OK ...
    """)


@pytest.mark.threat("W3")
def test_what_comes_with_starttls_in_one_segment_is_dropped(clear):
    """An injected command would run as if its owner had sent it through TLS (CVE-2011-0411)."""
    clear.dialogue(r"""
        S: * OK ...
        C!: a STARTTLS\r\nb LOGIN ann secret\r\nc NO
        S: a OK Begin TLS now
        S: <handshake>
        C: OP
        S: OP BAD ...
        C: d CAPABILITY
        S: * CAPABILITY IMAP4rev1 IMAP4rev2 AUTH=LOGIN AUTH=PLAIN ID LANGUAGE LITERAL+ SASL-IR
        S: d OK ...
        C: e STARTTLS
        S: e BAD ...
        C: f LOGIN ann secret
        S: f OK ...
    """)


def test_a_wrong_password_is_told_as_such(imap):
    """A phone then asks its owner; for any other trouble it must not."""
    imap.dialogue("""
        S: * OK ...
        C: a LOGIN ann wrong
        S: a NO [AUTHENTICATIONFAILED] Wrong user or password
        C: b LOGIN nobody secret
        S: b NO [AUTHENTICATIONFAILED] Wrong user or password
        C: c LOGIN "\\xff" secret
        S: c BAD ...
        C: d LOGIN {3}
        S: + ...
        C: ann {6}
        S: + ...
        C: secret
        S: d OK [CAPABILITY ...] ...
        C: e LOGIN ann secret
        S: e BAD You are signed in already
    """)


@pytest.mark.threat("W13")
def test_every_command_in_every_state(store, tmp_path):
    """Where the table has no such state it is BAD; nowhere does a command end the session."""
    imap = Imap(store, tmp_path, Limits(imap_errors=10_000))
    imap.client("1").wire.take()
    imap.signed_in("2")
    for name, row in COMMANDS.items():
        if not row.states & State.NOT_AUTHENTICATED:
            assert imap.say(b"t %b\r\n" % name, "1").startswith(b"t BAD Sign in first"), name
        elif not row.states & State.AUTHENTICATED:
            said = imap.say(b"t %b x\r\n" % name, "2")
            assert said.startswith(b"t BAD You are signed in already"), name
        if row.states == State.SELECTED:
            said = imap.say(b"t %b\r\n" % name, "2")
            assert said.startswith(b"t BAD Select a mailbox first"), name
    assert imap.say(b"u NOOP\r\n", "1") == b"u OK NOOP completed\r\n"
    assert imap.say(b"u NOOP\r\n", "2") == b"u OK NOOP completed\r\n"


def test_nonsense_gets_bad_and_the_connection_lives_on(imap):
    imap.dialogue(r"""
        S: * OK ...
        C:
        S: * BAD ...
        C: *
        S: * BAD ...
        C: a
        S: a BAD ...
        C: a FROB
        S: a BAD Unknown command
        C: a UID NOOP
        S: a BAD Unknown command
        C: a NOOP x
        S: a BAD ...
        C: + NOOP
        S: * BAD ...
        C!: a NO\0OP\r\n
        S: a BAD ...
        C!: a NOOP\n
        S: a BAD ...
        C: a noop
        S: a OK NOOP completed
    """)


@pytest.mark.threat("W8")
def test_no_octets_of_a_client_stand_in_an_answer_but_its_tag(imap):
    imap.client().wire.take()
    for line in (
        b"\xff\x1b[31mx NOOP",
        b"a \x1b[31m",
        b"a LOGIN \xff\x1b x",
        b"t" * 500 + b" NOOP",
    ):
        said = imap.say(line + b"\r\n")
        assert said.isascii()
        assert b"\x1b" not in said
        assert len(said) < 200


def test_too_many_errors_in_a_row_end_the_connection(store, tmp_path):
    imap = Imap(store, tmp_path, Limits(imap_errors=3))
    imap.dialogue("""
        S: * OK ...
        C: a X
        S: a BAD ...
        C: a X
        S: a BAD ...
        C: a NOOP
        S: a OK ...
        C: a X
        S: a BAD ...
        C: a X
        S: a BAD ...
        C: a X
        S: a BAD ...
        S: * BYE Too many errors
        S: <closed>
    """)


@pytest.mark.threat("W14")
def test_a_session_in_one_segment_behaves_as_if_sent_slowly(ann):
    """iOS sends its next commands in one packet, also right after DONE."""
    lines = [
        b"a NOOP", b'b LIST "" ""', b"c SELECT INBOX", b"d APPEND INBOX {2+}\r\nhi",
        b"e IDLE", b"DONE", b"f NAMESPACE", b"g UNKNOWN", b"h STATUS Sent (MESSAGES)",
        b"i EXAMINE {4}\r\nSent", b"j LOGOUT",
    ]  # fmt: skip
    together = ann.say(b"\r\n".join(lines) + b"\r\n")
    slowly = b"".join(ann.say(line + b"\r\n", "1") for line in lines)
    tagged = [line for line in together.split(b"\r\n") if line[1:2] == b" " and line[:1].isalpha()]
    assert [line[:1] for line in tagged] == [b"%c" % c for c in b"abcdefghij"]
    for octets in (together, slowly):
        assert octets.count(b" OK ") >= 10
    kinds = [line.split()[1:3] for line in together.split(b"\r\n") if line.startswith(b"*")]
    # The second client's APPEND is the mailbox's second message: only numbers differ.
    assert (
        kinds[:1] == [line.split()[1:3] for line in slowly.split(b"\r\n") if line[:1] == b"*"][:1]
    )
    assert tagged == [
        line.replace(b" 2] APPEND", b" 1] APPEND")
        for line in slowly.split(b"\r\n")
        if line[1:2] == b" " and line[:1].isalpha()
    ]


@pytest.mark.threat("W9")
def test_a_dialogue_does_not_depend_on_how_it_was_cut(ann):
    stream = (
        b'a SELECT INBOX\r\nb LIST "" ("*" {1}\r\n%) RETURN (CHILDREN)\r\nc IDLE\r\nDONE\r\n'
        b"d STATUS {5+}\r\nInbox (MESSAGES)\r\ne \x00\r\nf CREATE x\xff\r\ng LOGOUT\r\n"
    )
    whole = ann.say(stream)
    trickled = b"".join(ann.say(bytes([octet]), "1") for octet in stream)
    assert trickled == whole


@pytest.mark.threat("W10")
def test_a_line_without_end_is_answered_once_and_cut(imap):
    imap.client().wire.take()
    session, said = imap.client().talks, b""
    for _ in range(200):
        said += imap.say(b"x" * 1000)
        assert session.engine.held < 64 * 1024
    assert said == b"* BYE Line too long\r\n"
    assert imap.client().wire.closed


@pytest.mark.threat("I1")
def test_before_login_less_is_held_than_after(imap):
    imap.dialogue("""
        S: * OK ...
        C: a LOGIN {16385}
        S: a NO [TOOBIG] ...
        C: a LOGIN {16384}
        S: + ...
        C: x
    """)
    imap.client().send(b"x" * 16380 + b" y\r\n")
    imap.client().wire.take()
    assert imap.client().talks.engine.held < 64 * 1024
    imap.client("2").wire.take()
    assert imap.say(b"a LOGIN {99999999+}\r\n", "2") == (
        b"a NO [TOOBIG] Literal too big\r\n* BYE Literal too big\r\n"
    )


@pytest.mark.threat("I1")
def test_many_literals_together_are_too_big(ann):
    """10,000 literals of 64 KiB in one command: refused at the first over the sum."""
    session = ann.client().talks
    said = b""
    for _ in range(100):
        said += ann.say(b"a LIST ({65536+}\r\n" if not said else b" {65536+}\r\n")
        said += ann.say(b"x" * 65536)
        assert session.engine.held < 1.3 * 1024 * 1024
    said += ann.say(b")\r\nb NOOP\r\n")
    assert said == b"a NO [TOOBIG] Literal too big\r\nb OK NOOP completed\r\n"


@pytest.mark.threat("I2")
@pytest.mark.parametrize("nest", [b"(" * 5000, b"()" * 5000])
def test_parentheses_without_end(ann, nest):
    ann.client("2").wire.take()
    for name in ("", "2"):
        for command in (
            b"LIST ",
            b'LIST "" ',
            b"STATUS x ",
            b"ID ",
            b"APPEND INBOX ",
            b"CREATE x ",
        ):
            said = ann.say(b"a " + command + nest + b"\r\n", name)
            assert said.startswith(b"a BAD"), (command, said)


@pytest.mark.threat("I11")
def test_nothing_of_one_user_is_left_for_the_next(imap):
    """A new connection begins with nobody; one connection has one user."""
    imap.signed_in("1", "ann", select="INBOX")
    imap.put()
    imap.dialogue("""
        C1: a NOOP
        S1: * 1 EXISTS
        S1: * 0 RECENT
        S1: a OK ...
        C1: b LOGIN bob secret
        S1: b BAD ...
        C1: c LOGOUT
        S1: * BYE ...
        S1: c OK ...
        S1: <closed>
    """)
    imap.signed_in("2", "bob")
    imap.dialogue("""
        C2: a STATUS INBOX (MESSAGES)
        S2: * STATUS INBOX (MESSAGES 0)
        S2: a OK ...
    """)


def test_over_the_limit_of_connections_the_password_is_not_asked_for_again(store, tmp_path):
    imap = Imap(store, tmp_path, Limits(connections_per_account=2))
    imap.signed_in("1")
    imap.signed_in("2")
    imap.dialogue("""
        S3: * OK ...
        C3: a LOGIN ann secret
        S3: a NO [LIMIT] ...
        C3: b LOGIN bob secret
        S3: b OK ...
        C1: <gone>
        S4: * OK ...
        C4: a LOGIN ann secret
        S4: a OK ...
    """)
    standing = imap.door.shared.tallies.standing
    assert sum(standing(("imap", account.id)) for account in imap.porter.accounts.values()) == 3


@pytest.mark.threat("A9")
def test_a_changed_account_ends_its_sessions(ann):
    ann.signed_in("3", "bob")
    ann.dialogue("""
        C1: a IDLE
        S1: + idling
    """)
    ann.porter.change(ann.porter.accounts["ann"])
    ann.dialogue("""
        S: * BYE Your account has changed
        S: <closed>
        S1: * BYE Your account has changed
        S1: <closed>
        C3: a NOOP
        S3: a OK ...
    """)
    assert len(ann.porter.watchers) == 1


@pytest.mark.threat("R2")
def test_signing_in_takes_a_minute_at_most(imap):
    imap.dialogue("""
        S: * OK ...
        T: 50
        C: a NOOP
        S: a OK ...
        T: 11
        S: * BYE Signing in took too long
        S: <closed>
    """)


def test_half_an_hour_of_silence_is_the_end(ann):
    ann.dialogue("""
        T: 1790
        C: a NOOP
        S: a OK ...
        C1: a NOOP
        S1: a OK ...
        T: 1790
        C1: a NOOP
        S1: a OK ...
        T: 20
        S: * BYE Idle for too long
        S: <closed>
    """)


@pytest.mark.threat("O6")
def test_a_server_that_stops_says_goodbye(ann):
    ann.client().talks.stopping()
    ann.dialogue("""
        S: * BYE Server is going down
        S: <closed>
        C1: a NOOP
        S1: a OK ...
    """)


@pytest.mark.threat("R9")
def test_a_bug_of_ours_is_answered_and_the_connection_lives_on(ann, monkeypatch):
    async def broken(*_arguments):
        raise ZeroDivisionError

    monkeypatch.setattr(type(ann.client().talks.mailboxes), "listing", broken)
    ann.dialogue("""
        C: a LIST "" *
        S: a NO [SERVERBUG] ...
        C: b NOOP
        S: b OK ...
    """)
