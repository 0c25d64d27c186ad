"""Sessions: signing in, holding the maildrop, ending."""

from ipaddress import ip_network

import pytest
from attrs import evolve
from twisted.internet.defer import Deferred

from mailsuite.errors import Unavailable
from mailsuite.wire.limits import Limits
from mailsuite.wire.pools import Inline
from tests.directory.people import HOME, PASSWORD
from tests.pop3.conftest import ONE, TWO, Pop

SIGNED_IN = ["STAT", "LIST", "RETR 1", "DELE 1", "NOOP", "RSET", "TOP 1 0", "UIDL"]
SIGNED_OUT = ["USER ann@example.test", "PASS x", "AUTH PLAIN", "STLS"]


def test_a_whole_session(pop: Pop) -> None:
    pop.deliver(ONE, TWO)
    pop.sign_in()
    pop.dialogue(f"""
        C: STAT
        S: +OK 2 {len(ONE) + len(TWO)}
        C: DELE 1
        S: +OK
        C: QUIT
        S: +OK Goodbye
        S: <closed>
        S2: +OK ...
        C2: USER ann@example.test
        S2: +OK
        C2: PASS {PASSWORD}
        S2: +OK 1 messages ({len(TWO)} octets)
    """)


@pytest.mark.parametrize("command", SIGNED_IN)
def test_nothing_is_shown_before_sign_in(pop: Pop, command: str) -> None:
    pop.dialogue(f"""
        S: +OK ...
        C: {command}
        S: -ERR Not in this state
    """)


@pytest.mark.parametrize("command", SIGNED_OUT)
def test_nobody_signs_in_twice(pop: Pop, command: str) -> None:
    pop.sign_in()
    pop.dialogue(f"""
        C: {command}
        S: -ERR Not in this state
    """)


@pytest.mark.parametrize(
    "line",
    ["", "XYZZY", "USER", "NOOP 1", "RETR", "RETR x", "RETR -1", "RETR 99999999999", "TOP 1"],
)
def test_what_is_no_command_is_an_error_and_no_more(pop: Pop, line: str) -> None:
    pop.sign_in()
    pop.dialogue(f"""
        C: {line}
        S: -ERR ...
        C: NOOP
        S: +OK
    """)


@pytest.mark.threat("P4")
def test_the_greeting_has_no_timestamp(pop: Pop) -> None:
    pop.dialogue("""
        S: $ok $host POP3 ready
        C: APOP ann@example.test c4c9334bac560ecc979e58001b3e22fb
        S: -ERR Command not known
    """)


@pytest.mark.threat("P6")
def test_user_tells_nothing_and_the_answer_to_pass_is_one(pop: Pop) -> None:
    for name in ("ann@example.test", "nobody@example.test", "", "a b c", "no address"):
        pop.dialogue(f"""
            S: +OK ...
            C: USER {name or "x"}
            S: +OK
            C: PASS wrong
            T: 4
            S: -ERR [AUTH] Wrong user or password
            C: QUIT
            S: +OK Goodbye
            S: <closed>
        """)
        pop.dialogues.clients.clear()


def test_pass_needs_user_and_forgets_it_after_a_failure(pop: Pop) -> None:
    pop.dialogue("""
        S: +OK ...
        C: PASS x
        S: -ERR USER comes first
        C: USER ann@example.test
        S: +OK
        C: PASS wrong
        T: 4
        S: -ERR [AUTH] ...
        C: PASS wrong
        S: -ERR USER comes first
    """)


@pytest.mark.threat("W6")
@pytest.mark.parametrize("command", ["USER ann@example.test", "PASS x", "AUTH PLAIN"])
def test_no_password_is_heard_in_clear(pop: Pop, command: str) -> None:
    pop.dialogues.tls = None
    pop.dialogue(f"""
        S: +OK ...
        C: {command}
        S: -ERR [SYS/PERM] Use TLS first
    """)


def test_a_network_may_be_let_in_without_tls(pop: Pop) -> None:
    pop.services = evolve(pop.services, plaintext_from=(ip_network("192.0.2.0/24"),))
    pop.dialogues.tls = None
    pop.sign_in()


@pytest.mark.threat("P1")
@pytest.mark.parametrize("end", ["C: <gone>", "T: 600", "C: QUIT\n            S: +OK Goodbye"])
def test_a_maildrop_is_held_by_one_session_and_freed_at_its_end(pop: Pop, end: str) -> None:
    pop.sign_in("1")
    pop.dialogue(f"""
        S2: +OK ...
        C2: USER ann@example.test
        S2: +OK
        C2: PASS {PASSWORD}
        S2: -ERR [IN-USE] Mailbox is in use
        C2: QUIT
        S2: +OK Goodbye
    """)
    pop.dialogue(end.replace("C:", "C1:").replace("S:", "S1:"))
    pop.sign_in("3")


@pytest.mark.threat("P2")
@pytest.mark.parametrize("end", ["C1: <gone>", "T: 600"])
def test_without_quit_nothing_is_deleted(pop: Pop, end: str) -> None:
    pop.deliver(ONE, TWO)
    pop.sign_in("1")
    pop.dialogue(f"""
        C1: DELE 1
        S1: +OK
        {end}
    """)
    pop.sign_in("2")
    pop.dialogue(f"""
        C2: STAT
        S2: +OK 2 {len(ONE) + len(TWO)}
    """)


def test_the_host_stops_and_deletes_nothing(pop: Pop) -> None:
    pop.deliver(ONE)
    pop.sign_in("1")
    pop.dialogue("""
        C1: DELE 1
        S1: +OK
    """)
    pop.dialogues.client("1").talks.stopping()
    assert pop.dialogues.client("1").wire.closed
    pop.sign_in("2")
    pop.dialogue("""
        C2: LIST 1
        S2: +OK 1 ...
    """)


@pytest.mark.threat("P2")
def test_a_failing_commit_is_told_and_deletes_nothing(
    pop: Pop, monkeypatch: pytest.MonkeyPatch
) -> None:
    pop.deliver(ONE)
    pop.sign_in("1")

    def refuse(*_: object) -> None:
        raise Unavailable

    with monkeypatch.context() as patch:
        patch.setattr("mailsuite.mailbox.maildrop.remove_listed", refuse)
        pop.dialogue("""
            C1: DELE 1
            S1: +OK
            C1: QUIT
            S1: -ERR [SYS/TEMP] Try again later
            S1: <closed>
        """)
    pop.sign_in("2")
    pop.dialogue("""
        C2: LIST 1
        S2: +OK 1 ...
    """)


def test_an_idle_session_ends_after_ten_minutes_and_a_busy_one_does_not(pop: Pop) -> None:
    pop.sign_in()
    pop.dialogue("""
        T: 599
        C: NOOP
        S: +OK
        T: 599
        C: NOOP
        S: +OK
        T: 600
        S: <closed>
    """)


def test_whoever_does_not_sign_in_within_a_minute_has_to_go(pop: Pop) -> None:
    pop.dialogue("""
        S: +OK ...
        T: 40
        C: CAPA
        S*: .
        T: 20
        S: <closed>
    """)


@pytest.mark.threat("A9")
@pytest.mark.parametrize("change", ["disable", "password", "remove", "role"])
def test_a_changed_account_ends_its_sessions(pop: Pop, change: str) -> None:
    pop.deliver(ONE)
    pop.sign_in()
    accounts = pop.house.people.accounts
    arguments = {"password": ["new"], "role": ["admin"]}.get(change, [])
    pop.house.now(getattr(accounts, change)("ann@example.test", *arguments))
    pop.dialogue("S: <closed>")


def test_mail_and_quota_end_no_session(pop: Pop) -> None:
    pop.sign_in()
    pop.deliver(ONE)
    pop.house.now(pop.house.people.accounts.quota("ann@example.test", 10**6))
    pop.dialogue("""
        C: NOOP
        S: +OK
    """)


@pytest.mark.threat("W14")
def test_a_session_in_one_segment_is_answered_in_order(pop: Pop) -> None:
    pop.deliver(ONE)
    pop.dialogue(rf"""
        S: +OK ...
        C!: USER ann@example.test\r\nPASS {PASSWORD}\r\nSTAT\r\nDELE 1\r\nLIST\r\nQUIT\r\nNOOP\r\n
        S: +OK
        S: +OK 1 messages ...
        S: +OK 1 {len(ONE)}
        S: +OK
        S: +OK 0 messages (0 octets)
        S: .
        S: +OK Goodbye
        S: <closed>
    """)


@pytest.mark.threat("W10")
def test_long_lines_are_refused_and_endless_ones_end_it(pop: Pop) -> None:
    pop.dialogue(f"""
        S: +OK ...
        C: NOOP {"x" * 600}
        S: -ERR Line too long
        C: CAPA
        S*: .
        C!: {"x" * 2000}
        S: -ERR Line without end
        S: <closed>
    """)


@pytest.mark.threat("W1")
def test_a_bare_newline_ends_no_command(pop: Pop) -> None:
    pop.dialogue(r"""
        S: +OK ...
        C!: CAPA\nQUIT\r\n
        S: -ERR CR or LF outside CRLF
        C!: NO\x00OP\r\n
        S: -ERR NUL in a line
    """)


@pytest.mark.threat("W7")
def test_a_browser_is_left_standing(pop: Pop) -> None:
    pop.dialogue("""
        S: +OK ...
        C: GET / HTTP/1.1
        S: <closed>
    """)


def test_too_many_errors_end_it(pop: Pop) -> None:
    pop.house.limits = Limits(pop3_errors=2)
    pop.services = evolve(pop.services, limits=Limits(pop3_errors=2))
    pop.dialogue("""
        S: +OK ...
        C: FOO
        S: -ERR ...
        C: FOO
        S: -ERR ...
        S: <closed>
    """)


@pytest.mark.threat("R9")
def test_our_own_bug_is_answered_and_the_session_lives_on(
    pop: Pop, monkeypatch: pytest.MonkeyPatch
) -> None:
    pop.deliver(ONE)
    pop.sign_in()

    def broken(*_: object) -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr("mailsuite.mailbox.maildrop.read_some", broken)
        pop.dialogue("""
            C: RETR 1
            S: -ERR [SYS/TEMP] Try again later
            C: NOOP
            S: +OK
        """)


def test_who_leaves_while_signing_in_holds_nothing(pop: Pop) -> None:
    """The password is right, but its hash is still being made when the client goes."""

    class Slow(Inline):
        def __init__(self) -> None:
            self.waiting: list[Deferred[None]] = []

        def run(self, function, *args, **kwargs):
            later: Deferred[None] = Deferred()
            self.waiting.append(later)
            return later.addCallback(lambda _: function(*args, **kwargs))

    slow = Slow()
    pop.house.directory._gates.passwords._hashes = slow
    pop.dialogue(f"""
        S1: +OK ...
        C1: USER ann@example.test
        S1: +OK
        C1: PASS {PASSWORD}
        C1: <gone>
    """)
    slow.waiting[0].callback(None)
    pop.sign_in("2")


@pytest.mark.threat("W6")
def test_a_local_socket_is_no_exception(pop: Pop) -> None:
    """Sign-in without TLS is for the listed networks alone, at this door as at the others."""
    pop.dialogues.tls = None
    pop.dialogues.peer = evolve(HOME, address="/run/pop.sock")
    pop.dialogue("""
        S: +OK ...
        C: USER ann@example.test
        S: -ERR [SYS/PERM] Use TLS first
    """)


@pytest.mark.threat("A11")
def test_who_may_only_read_deletes_nothing(pop: Pop) -> None:
    pop.deliver(ONE)
    password = pop.house.now(pop.house.people.apps.add("ann@example.test", "x", ["read-only"]))
    pop.dialogue(f"""
        S: +OK ...
        C: USER ann@example.test
        S: +OK
        C: PASS {password}
        S: +OK 1 messages ...
        C: DELE 1
        S: -ERR [SYS/PERM] Not permitted
        C: STAT
        S: +OK 1 ...
    """)
