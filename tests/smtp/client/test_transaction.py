"""One letter: each recipient gets exactly one verdict, whatever the host does."""

import pytest
from attrs import define, evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsuite.errors import DamagedBody
from mailsuite.relay.ports import Addressee, HostFailed, Letter, Target, Verdict
from mailsuite.smtp.client.body import Made
from mailsuite.smtp.client.sender import open_session, start_session
from mailsuite.smtp.client.session import Session
from mailsuite.smtp.client.transaction import send_letter
from tests.relay.sink import ALL, HANG_UP, MemoryStream, Sink, done

BODY = b"Subject: x\r\n\r\nhello\r\n"
WITHOUT_PIPELINING = ("SIZE", "8BITMIME")
BOTH = pytest.mark.parametrize("extensions", [ALL, WITHOUT_PIPELINING])


def letter(*addresses: str, octets: bytes = BODY, sender: str = "ann@us.test") -> Letter:
    people = addresses or ("bob@there.test",)
    addressees = tuple(Addressee(n, address) for n, address in enumerate(people))
    return Letter(sender, addressees, Made(octets), eightbit=not octets.isascii())


@define
class Breaks(Made):
    """A body whose second piece cannot be read."""

    async def next_piece(self) -> bytes:
        if self._at:
            raise DamagedBody
        return await super().next_piece()


def opened(sink: Sink) -> Session:
    target = Target("mx.test", "192.0.2.1", 25)
    made = start_session(MemoryStream(sink), target, "us.test", lambda: 0.0, 1_800)
    done(open_session(made, target))
    return made


def sent(sink: Sink, *letters: Letter) -> list[Verdict]:
    made = opened(sink)
    return [verdict for each in letters for verdict in done(send_letter(made, each))]


@BOTH
def test_a_letter_arrives(extensions: tuple[str, ...]) -> None:
    sink = Sink(extensions=extensions)
    (verdict,) = sent(sink, letter())
    assert verdict.reply.is_positive
    assert verdict.reply.host == "mx.test"
    assert verdict.passed_on == ("DSN" in extensions)
    (mail,) = sink.mails
    assert mail.octets == BODY
    assert mail.recipients == [b"RCPT TO:<bob@there.test>"]
    assert mail.sender.startswith(b"MAIL FROM:<ann@us.test>")


def test_pipelined_commands_leave_in_one_segment() -> None:
    sink = Sink()
    sent(sink, letter("a@there.test", "b@there.test"))
    segment = next(s for s in sink.segments if s.startswith(b"MAIL"))
    assert segment.count(b"\r\n") == 4
    assert segment.endswith(b"DATA\r\n")


@BOTH
def test_one_connection_carries_many_letters(extensions: tuple[str, ...]) -> None:
    sink = Sink(extensions=extensions)
    sink.say("RCPT", b"550 5.1.1 no\r\n", b"250 ok\r\n")
    first, second = sent(sink, letter(), letter("carl@there.test"))
    assert (first.reply.code, second.reply.code) == (550, 250)
    assert sink.connections == 1
    assert [mail.recipients for mail in sink.mails] == [[b"RCPT TO:<carl@there.test>"]]


@BOTH
def test_each_recipient_has_its_own_answer(extensions: tuple[str, ...]) -> None:
    sink = Sink(extensions=extensions)
    sink.say("RCPT", b"250 ok\r\n", b"550 5.1.1 no\r\n", b"451 4.2.0 later\r\n", b"250 ok\r\n")
    verdicts = sent(sink, letter("a@t.test", "b@t.test", "c@t.test", "d@t.test"))
    assert [v.reply.code for v in verdicts] == [250, 550, 451, 250]
    assert len(sink.mails[0].recipients) == 2


@BOTH
@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "END"])
@pytest.mark.parametrize("code", [b"421", b"450", b"552", b"550"])
def test_a_refusal_at_any_step_is_the_verdict(
    extensions: tuple[str, ...], verb: str, code: bytes
) -> None:
    sink = Sink(extensions=extensions)
    sink.say(verb, code + b" 5.0.0 no\r\n" if code[:1] == b"5" else code + b" 4.0.0 no\r\n")
    verdicts = sent(sink, letter("a@t.test", "b@t.test"))
    assert [v.reply.code for v in verdicts] == [int(code)] * 2
    assert sink.mails == []


def test_data_that_is_let_go_on_without_recipients_ends_empty() -> None:
    """RFC 2920 §3.1: the 354 came although every RCPT was refused."""
    sink = Sink()
    sink.say("RCPT", b"550 5.1.1 no\r\n")
    sink.say("DATA", b"354 go on\r\n")
    (verdict,) = sent(sink, letter())
    assert verdict.reply.code == 550
    assert sink.segments[-1] == b".\r\n"


@pytest.mark.threat("S13")
@settings(max_examples=150, deadline=None)
@given(
    pipelining=st.booleans(),
    rcpt=st.lists(
        st.sampled_from(
            [b"250 ok\r\n", b"550 no\r\n", b"450 no\r\n", HANG_UP, b"junk\r\n", b"421 x\r\n"]
        ),
        min_size=1,
        max_size=4,
    ),
    after=st.sampled_from([b"354 go\r\n", b"451 no\r\n", b"554 no\r\n", HANG_UP, b""]),
    end=st.sampled_from([b"250 ok\r\n", b"550 no\r\n", b"452 no\r\n", HANG_UP, b"250"]),
    mail=st.sampled_from([b"", b"", b"450 no\r\n", HANG_UP]),
)
def test_the_ledger_balances(
    pipelining: bool, rcpt: list[bytes], after: bytes, end: bytes, mail: bytes
) -> None:
    """Whatever is answered and wherever it breaks: one verdict each; who is said to have it has it."""
    sink = Sink(extensions=ALL if pipelining else WITHOUT_PIPELINING)
    sink.say("RCPT", *rcpt)
    sink.say("END", end)
    if after:
        sink.say("DATA", after)
    if mail:
        sink.say("MAIL", mail)
    people = [f"p{n}@t.test" for n in range(4)]
    try:
        verdicts = sent(sink, letter(*people))
    except HostFailed:
        assert mail == HANG_UP
        return
    assert [v.n for v in verdicts] == [0, 1, 2, 3]
    took = {line for each in sink.mails for line in each.recipients}
    said = {f"RCPT TO:<{people[v.n]}>".encode() for v in verdicts if v.reply.is_positive}
    assert said <= took
    # Only a last reply that breaks off in the middle leaves a doubt: then it is sent again.
    assert said == took or end == b"250"


@pytest.mark.threat("W2")
@BOTH
def test_what_was_stored_unclean_leaves_clean_and_as_one_message(
    extensions: tuple[str, ...],
) -> None:
    sink = Sink(extensions=extensions)
    smuggled = b"Subject: x\n\na\n.\nMAIL FROM:<evil@x.test>\r.\r\n.\r\nRCPT TO:<b@x.test>"
    (verdict,) = sent(sink, letter(octets=smuggled))
    assert verdict.reply.is_positive
    (mail,) = sink.mails
    lines = smuggled.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    assert mail.octets == b"".join(
        (b"." if x.startswith(b".") else b"") + x + b"\r\n" for x in lines
    )
    assert not any(b"evil" in command for command in sink.commands)


@BOTH
def test_a_connection_that_ends_before_mail_decided_nothing(extensions: tuple[str, ...]) -> None:
    sink = Sink(extensions=extensions)
    sink.say("MAIL", HANG_UP)
    with pytest.raises(HostFailed):
        sent(sink, letter())


def test_a_message_over_the_hosts_size_is_not_sent() -> None:
    sink = Sink(extensions=["SIZE 10"])
    (verdict,) = sent(sink, letter())
    assert (verdict.reply.code, verdict.reply.status) == (554, "5.3.4")
    assert "MAIL" not in sink.verbs


def test_eight_bit_goes_as_it_is_where_it_may_and_is_converted_where_not() -> None:
    octets = "Subject: x\r\n\r\nGrüße\r\n".encode()
    sink = Sink()
    sent(sink, letter(octets=octets))
    assert sink.mails[0].octets == octets
    assert b"BODY=8BITMIME" in sink.mails[0].sender
    old = Sink(extensions=[])
    sent(old, letter(octets=octets))
    assert old.mails[0].octets.isascii()
    assert b"base64" in old.mails[0].octets


def test_what_cannot_be_converted_bounces_cleanly() -> None:
    sink = Sink(extensions=[])
    (verdict,) = sent(sink, letter(octets=b"Subject: \xc3\xa4\r\n\r\nx\r\n"))
    assert (verdict.reply.code, verdict.reply.status) == (554, "5.6.3")
    assert "MAIL" not in sink.verbs


def test_an_internationalized_address_fails_alone_where_it_is_not_known() -> None:
    sink = Sink(extensions=["8BITMIME"])
    first, second = sent(sink, letter("änn@t.test", "bob@t.test"))
    assert (first.reply.status, second.reply.is_positive) == ("5.6.7", True)
    known = Sink()
    first, second = sent(known, letter("änn@t.test", "bob@t.test"))
    assert first.reply.is_positive
    assert b"SMTPUTF8" in known.mails[0].sender


@pytest.mark.threat("S3")
def test_an_address_with_a_line_end_never_reaches_the_wire() -> None:
    sink = Sink()
    bad, good = sent(sink, letter("a@t.test>\r\nRCPT TO:<evil@t.test", "b@t.test"))
    assert bad.reply.status == "5.1.3"
    assert good.reply.is_positive
    assert not any(b"evil" in command for command in sink.commands)


def test_dsn_parameters_are_passed_on() -> None:
    sink = Sink()
    asked = Letter(
        "ann@us.test",
        (Addressee(0, "b@t.test", "NEVER", "rfc822;b@old.test"),),
        Made(BODY),
        "id=1",
        "HDRS",
    )
    sent(sink, asked)
    assert sink.mails[0].sender.endswith(b"RET=HDRS ENVID=id+3D1")
    assert sink.mails[0].recipients == [b"RCPT TO:<b@t.test> NOTIFY=NEVER ORCPT=rfc822;b@old.test"]


@BOTH
def test_a_body_that_breaks_off_is_never_ended(extensions: tuple[str, ...]) -> None:
    """The host keeps no half of a message, and it will be tried again."""
    sink = Sink(extensions=extensions)
    made = opened(sink)
    broken = evolve(letter("a@t.test", "b@t.test"), pieces=Breaks(b"x\r\n" * 200_000))
    verdicts = done(send_letter(made, broken))
    assert [(v.reply.code, v.reply.host) for v in verdicts] == [(451, "")] * 2
    assert not made.usable
    assert sink.mails == []
    assert not any(segment.endswith(b"\r\n.\r\n") for segment in sink.segments)


def test_a_large_letter_leaves_in_pieces_whole() -> None:
    octets = b"Subject: x\r\n\r\n" + b"".join(b".%d\r\n" % n for n in range(150_000))
    sink = Sink()
    (verdict,) = sent(sink, letter(octets=octets))
    assert verdict.reply.is_positive
    assert sink.mails[0].octets.replace(b"\r\n..", b"\r\n.") == octets
    assert b"SIZE=%d" % len(octets) in sink.mails[0].sender
    assert max(map(len, sink.segments)) < 512 * 1024
