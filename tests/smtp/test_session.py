"""The conversation as a whole: order, limits, time, trouble."""

import itertools

import pytest
from twisted.internet.defer import Deferred
from twisted.logger import capturedLogs

from mailsuite.errors import Busy, OverQuota
from mailsuite.smtp.registry import State
from mailsuite.wire.buckets import LocalBuckets
from mailsuite.wire.logs import logfmt
from tests.dialogue import Dialogues
from tests.smtp.conftest import TLS, House, session_of

WHOLE = (
    b"EHLO x\r\nMAIL FROM:<x@y.example>\r\nRCPT TO:<no@example.org>\r\n"
    b"RCPT TO:<ada@example.org>\r\nDATA\r\nSubject: a\r\n\r\n..\r\n.\r\n"
    b"BOGUS\r\nMAIL FROM:<>\r\nRCPT TO:<ada@example.org>\r\nBDAT 3\r\nab\r"
    b"BDAT 1 LAST\r\n\nNOOP\r\nQUIT\r\n"
)


@pytest.mark.threat("W14")
@pytest.mark.threat("W9")
def test_a_session_in_one_segment_is_answered_as_if_sent_slowly() -> None:
    told = []
    for size in (len(WHOLE), 1, 7):
        house = House()
        client = house.mx().client()
        for n in range(0, len(WHOLE), size):
            client.send(WHOLE[n : n + size])
        replies = bytes(client.wire.sent)
        told.append((replies, house.bodies, client.wire.closed))
        codes = [line[:3] for line in replies.split(b"\r\n") if line[3:4] == b" "]
        assert codes == b"220 250 250 550 250 354 250 500 250 250 250 250 250 221".split()
        assert house.bodies == [b"Subject: a\r\n\r\n.\r\n", b"ab\r\n"]
    assert told[0] == told[1] == told[2]


def test_order_of_commands(house: House) -> None:
    house.mx().dialogue("""
        S: 220 ...
        C: MAIL FROM:<x@y.example>
        S: 503 5.5.1 EHLO comes first
        C: EHLO x
        S*: 250 ...
        C: RCPT TO:<ada@example.org>
        S: 503 5.5.1 ...
        C: DATA
        S: 503 5.5.1 ...
        C: MAIL FROM:<x@y.example>
        S: 250 ...
        C: MAIL FROM:<x@y.example>
        S: 503 5.5.1 ...
        C: DATA
        S: 503 5.5.1 ...
    """)


@pytest.mark.threat("W1")
@pytest.mark.parametrize("how", [r"a\nb", r"a\rb", r"\n.\n", r"\r.\r", r"a\n.\r\nb", r"a\r\n.\nb"])
def test_a_bare_newline_in_data_refuses_the_message_and_ends_nothing(
    mx: Dialogues, house: House, how: str
) -> None:
    mx.dialogue(rf"""
        C: MAIL FROM:<x@y.example>
        S: 250 ...
        C: RCPT TO:<ada@example.org>
        S: 250 ...
        C: DATA
        S: 354 ...
        C!: {how}\r\nMAIL FROM:<evil@y.example>\r\n
        C!: .\r\n
        S: 554 5.6.0 ...
        C: NOOP
        S: 250 ...
    """)
    assert house.bodies == []
    assert house.box.spools[0].discarded


@pytest.mark.threat("W1")
@pytest.mark.parametrize("door", ["mx", "submission"])
def test_every_candidate_for_an_end_of_data_stores_one_message_or_none(door: str) -> None:
    """Read the way the next host reads it: no second message can hide in the first."""
    house = House(smtp_errors=10_000)
    talks = house.mx() if door == "mx" else house.submission()
    client = talks.client()
    client.send(b"EHLO x\r\nAUTH PLAIN AGFkYUBleGFtcGxlLm9yZwBzZWNyZXQ=\r\n")
    for length in range(6 if door == "mx" else 4):
        for octets in itertools.product((b"\r", b"\n", b".", b"x"), repeat=length):
            tried = b"a" + b"".join(octets)
            client.send(b"MAIL FROM:<ada@example.org>\r\nRCPT TO:<ada@example.org>\r\nDATA\r\n")
            client.wire.sent.clear()
            house.box.stored.clear()
            client.send(tried + b"\r\n.\r\n")
            plain = tried + b"\r\n"
            ends = b"\r\n.\r\n" in plain
            lone = b"\r" in (rest := plain.replace(b"\r\n", b"")) or b"\n" in rest
            assert len(house.bodies) == (not lone) or ends
            assert all(b"\r" not in body.replace(b"\r\n", b"") for body in house.bodies)
            assert len(house.bodies) <= 1
            client.send(b"RSET\r\n")
            house.door.services.rates.buckets = LocalBuckets()


@pytest.mark.threat("W10")
def test_long_lines(mx: Dialogues) -> None:
    mx.dialogue(f"""
        C: NOOP {"x" * 4080}
        S: 250 ...
        C: NOOP {"x" * 4090}
        S: 500 5.5.2 Line too long
        C: NOOP
        S: 250 ...
        C!: {"x" * 9000}
        S: 500 5.5.2 Line too long, closing
        S: <closed>
    """)


@pytest.mark.parametrize(
    "line", [r"NO\0OP", r"NOOP a\rb", r"NOOP a\nMAIL FROM:<>", "", "N", "\u00fc"]
)
def test_broken_lines(mx: Dialogues, line: str) -> None:
    mx.dialogue(rf"""
        C!: {line}\r\n
        S: 500 5.5.2 ...
        C: NOOP
        S: 250 ...
    """)


@pytest.mark.threat("W7")
@pytest.mark.parametrize("verb", ["GET / HTTP/1.1", "POST / HTTP/1.1", "OPTIONS * HTTP/1.1"])
def test_a_browser_is_cut_off(house: House, verb: str) -> None:
    house.mx().dialogue(f"""
        S: 220 ...
        C!: {verb}\\r\\nHost: x\\r\\n\\r\\nEHLO x\\r\\nMAIL FROM:<>\\r\\n
        S: <closed>
    """)


@pytest.mark.threat("W8")
def test_replies_hold_nothing_of_the_client_s(house: House) -> None:
    client = house.mx().client()
    for line in (b"EHLO z\x1b[31mz", b"EHLO zzz", b"zzz", b"MAIL FROM:<zzz@>", b"HELP zzz",
                 b"MAIL FROM:<x@y.example> ZZZ=zzz", b"VRFY zzz", b"MAIL FROM:<zzz@y.example>",
                 b"RCPT TO:<zzz@example.org>", b"RCPT TO:<zzz@zzz.example>", b"\xff\xfezzz"):  # fmt: skip
        client.send(line + b"\r\n")
    said = client.wire.take()
    assert said.isascii()
    assert b"z" not in said.lower().replace(b"size", b"")
    assert all(len(line) < 200 for line in said.split(b"\r\n"))


def test_ten_errors_end_it(mx: Dialogues) -> None:
    mx.dialogue("\n".join(["C: BOGUS", "S: 500 5.5.2 ..."] * 9))
    mx.dialogue("""
        C: BOGUS
        S: 500 5.5.2 ...
        S: 421 4.7.0 Too many errors, closing
        S: <closed>
    """)


@pytest.mark.threat("S5")
def test_guessing_users_ends_the_connection_and_then_shuts_out_the_network(house: House) -> None:
    for _ in range(5):
        talks = house.mx()
        talks.dialogue("""
            S: 220 ...
            C: EHLO x
            S*: 250 ...
            C: MAIL FROM:<x@y.example>
            S: 250 ...
        """)
        talks.dialogue("\n".join(["C: RCPT TO:<no@example.org>", "S: 550 5.1.1 ..."] * 10)
                       + "\nS: 421 4.7.0 ...\nS: <closed>")  # fmt: skip
    house.mx(address="192.0.2.200").dialogue("S: 421 4.7.0 Too many failures ...\nS: <closed>")
    house.mx(address="198.51.100.1").dialogue("S: 220 ...")
    house.clock.advance(3_600)
    house.mx(address="192.0.2.200").dialogue("S: 220 ...")


@pytest.mark.threat("S7")
def test_messages_cut_off_store_nothing_and_count_against_their_source(house: House) -> None:
    for _ in range(50):
        client = house.mx().client()
        client.send(b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<ada@example.org>\r\nDATA\r\nabc\r\n.\r")
        client.gone()
    assert house.bodies == []
    assert all(spool.discarded for spool in house.box.spools)
    house.mx().dialogue("S: 421 4.7.0 ...\nS: <closed>")


@pytest.mark.threat("R2")
def test_silence_and_trickling_end_it(house: House) -> None:
    talks = house.mx()
    talks.dialogue("S: 220 ...\nT: 290")
    for _ in range(4):
        talks.client().send(b"x")  # a line that never ends is no progress
        talks.pass_time(2)
    talks.dialogue("T: 5\nS: 421 4.4.2 ...\nS: <closed>")


@pytest.mark.threat("R2")
def test_data_must_go_on(mx: Dialogues, house: House) -> None:
    mx.dialogue("""
        C: MAIL FROM:<>
        S: 250 ...
        C: RCPT TO:<ada@example.org>
        S: 250 ...
        C: DATA
        S: 354 ...
    """)
    for _ in range(3):
        mx.client().send(b"x" * 70 * 100)
        mx.pass_time(170)
    mx.dialogue("T: 20\nS: 421 4.4.2 ...\nS: <closed>")
    assert house.bodies == []


@pytest.mark.threat("S8")
def test_an_answer_that_takes_long_is_still_given(mx: Dialogues, house: House) -> None:
    house.box.slow = Deferred()
    mx.dialogue("""
        C: MAIL FROM:<>
        S: 250 ...
        C: RCPT TO:<ada@example.org>
        S: 250 ...
        C: DATA
        S: 354 ...
        C!: a\\r\\n.\\r\\nNOOP\\r\\n
        T: 1000
    """)
    house.box.slow.callback(None)
    mx.dialogue("S: 250 2.0.0 Ok: queued as t1.1\nS: 250 2.0.0 Ok")
    assert house.bodies == [b"a\r\n"]


def test_a_client_that_vanishes_while_its_message_is_stored_loses_nothing(
    mx: Dialogues, house: House
) -> None:
    house.box.slow = Deferred()
    mx.client().send(b"MAIL FROM:<>\r\nRCPT TO:<ada@example.org>\r\nDATA\r\na\r\n.\r\n")
    mx.client().gone()
    assert not house.box.spools[0].discarded
    house.box.slow.callback(None)
    assert house.bodies == [b"a\r\n"]
    assert house.box.spools[0].discarded


@pytest.mark.threat("R9")
@pytest.mark.parametrize(
    ("trouble", "reply"),
    [
        (Busy(), "451 4.3.2"),
        (OverQuota(), "552 5.2.2"),
        (KeyError("our own bug"), "451 4.3.0"),
    ],
)
def test_trouble_is_answered_and_the_session_lives_on(
    mx: Dialogues, house: House, trouble: Exception, reply: str
) -> None:
    house.box.trouble = trouble
    house.people.trouble = trouble
    mx.dialogue(f"""
        C: MAIL FROM:<>
        S: 250 ...
        C: RCPT TO:<ada@example.org>
        S: {reply} ...
    """)
    house.people.trouble = None
    mx.dialogue(f"""
        C: RSET
        S: 250 ...
        C: MAIL FROM:<>
        S: 250 ...
        C: RCPT TO:<ada@example.org>
        S: 250 ...
        C: DATA
        S: 354 ...
        C: .
        S: {reply} ...
        C: NOOP
        S: 250 ...
    """)
    assert session_of(mx).state is State.READY
    assert house.box.spools[0].discarded


@pytest.mark.threat("O6")
def test_stopping_lets_the_command_in_hand_finish(mx: Dialogues, house: House) -> None:
    house.box.slow = Deferred()
    mx.client().send(b"MAIL FROM:<>\r\nRCPT TO:<ada@example.org>\r\nDATA\r\na\r\n.\r\nNOOP\r\n")
    mx.client().wire.take()
    idle = house.mx()
    idle.dialogue("S: 220 ...")
    for talks in (mx, idle):
        talks.client().talks.stopping()
    idle.dialogue("S: 421 4.3.2 ...\nS: <closed>")
    house.box.slow.callback(None)
    mx.dialogue("S: 250 2.0.0 ...\nS: 421 4.3.2 ...\nS: <closed>")
    assert len(house.bodies) == 1


def test_protocol_names_in_received(house: House) -> None:
    for talks, words, name in [
        (house.mx(), "HELO x", "SMTP"),
        (house.mx(), "EHLO x", "ESMTP"),
        (house.mx(tls=TLS), "EHLO x", "ESMTPS"),
    ]:
        talks.client().send(
            words.encode() + b"\r\nMAIL FROM:<>\r\nRCPT TO:<ada@example.org>\r\nDATA\r\n.\r\n"
        )
        source = house.box.stored[-1].source
        assert (source.protocol, source.helo, source.trace) == (name, "x", "t1.1")
    mx = house.mx(tls=TLS).client()
    mx.send(b"EHLO x\r\nMAIL FROM:<> SMTPUTF8\r\nRCPT TO:<ada@example.org>\r\nDATA\r\n.\r\n")
    assert house.box.stored[-1].source.protocol == "UTF8SMTPS"


@pytest.mark.threat("O2")
def test_what_is_refused_is_told_in_the_log_and_passwords_are_not(house: House) -> None:
    client = house.submission().client()
    with capturedLogs() as logged:
        client.send(b"EHLO x\r\nmarker-typed\r\nAUTH PLAIN marker-first\r\nAUTH LOGIN\r\n")
        client.send(b"MAIL marker-login\r\nMAIL FROM:<a b>\r\n")
        client = house.mx().client()
        client.send(b"EHLO x\r\nMAIL FROM:<x@y.example>\r\nRCPT TO:<no@example.org>\r\n")
    told = [logfmt(event) for event in logged if "reply" in event]
    assert "marker" not in "".join(told)
    assert any("RCPT TO:<no@example.org>: 550 5.1.1" in line for line in told)
    assert all("trace=" in line for line in told)
