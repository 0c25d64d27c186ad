"""The client's session with hosts that are old, odd, or hostile."""

import base64

import pytest

from mailsuite.relay.ports import HostFailed, Login, Security, Target
from mailsuite.smtp.client.sender import open_session, start_session
from mailsuite.smtp.client.session import Session, TlsFailed
from tests.relay.sink import HANG_UP, MemoryStream, Sink, done

LOGIN = Login("ann", "secret")


def session(sink: Sink) -> Session:
    target = Target("mx.test", "192.0.2.1", 25)
    return start_session(MemoryStream(sink), target, "us.test", lambda: 0.0, 1_800)


def opened(
    sink: Sink, security: Security = Security.OPPORTUNISTIC, login: Login | None = None
) -> Session:
    made = session(sink)
    done(open_session(made, Target("mx.test", "192.0.2.1", 25, security, login)))
    return made


def test_it_greets_and_hears_what_is_offered() -> None:
    sink = Sink()
    made = opened(sink)
    assert sink.commands == [b"EHLO us.test"]
    assert made.engine.largest == 50_000_000
    assert "PIPELINING" in made.engine.offered
    assert made.usable


def test_a_host_that_knows_no_ehlo_is_greeted_the_old_way() -> None:
    sink = Sink()
    sink.say("EHLO", b"502 what?\r\n")
    assert opened(sink).engine.offered == frozenset()
    assert sink.verbs == ["EHLO", "HELO"]


@pytest.mark.parametrize(
    ("greeting", "code"),
    [
        (b"554 go away\r\n", 554),
        (b"421 busy\r\n" + HANG_UP, 421),
        (b"", 451),
        (HANG_UP, 451),
        (b"HTTP/1.1 400 Bad\r\n", 451),
    ],
)
def test_a_greeting_that_is_none_ends_it(greeting: bytes, code: int) -> None:
    with pytest.raises(HostFailed) as failed:
        opened(Sink(greeting=greeting))
    assert failed.value.reply.code == code


@pytest.mark.threat("S12")
@pytest.mark.parametrize("greeting", [b"220-x\r\n" * 1000, b"220-" + b"x" * 100_000])
def test_a_greeting_without_end_ends_it(greeting: bytes) -> None:
    with pytest.raises(HostFailed, match="100 lines"):
        opened(Sink(greeting=greeting))


@pytest.mark.threat("W4")
def test_what_came_before_tls_is_worth_nothing() -> None:
    """A reply that was slipped in before the handshake must not be the answer to our EHLO."""
    sink = Sink(tls="injects")
    made = opened(sink)
    assert sink.after_tls == [b"EHLO us.test"]
    assert made.engine.mechanisms == frozenset()
    assert made.stream.tls is not None


@pytest.mark.threat("T4")
def test_a_failed_handshake_is_told_so_that_a_new_connection_goes_on_in_clear() -> None:
    with pytest.raises(TlsFailed):
        opened(Sink(tls="fails"))
    sink = Sink(tls="fails")
    assert opened(sink, Security.CLEAR).usable
    assert sink.verbs == ["EHLO"]


@pytest.mark.threat("T4")
@pytest.mark.parametrize("tls", ["", "fails", "works"])
@pytest.mark.parametrize("security", [Security.VERIFIED, Security.IMPLICIT])
def test_nothing_is_said_in_clear_where_tls_is_a_must(tls: str, security: Security) -> None:
    sink = Sink(tls=tls)
    with pytest.raises(TlsFailed):
        opened(sink, security)
    assert "MAIL" not in sink.verbs


@pytest.mark.threat("T5")
@pytest.mark.parametrize("tls", ["", "fails", "works", "valid"])
@pytest.mark.parametrize("security", list(Security))
def test_a_password_goes_only_to_a_verified_host(tls: str, security: Security) -> None:
    sink = Sink(extensions=["AUTH PLAIN LOGIN"], tls=tls)
    verified = tls == "valid" and security in {Security.VERIFIED, Security.IMPLICIT}
    if verified:
        assert opened(sink, security, LOGIN).usable
        secret = base64.b64encode(b"\0ann\0secret")
        assert b"AUTH PLAIN " + secret in sink.after_tls
    else:
        with pytest.raises(HostFailed):
            opened(sink, security, LOGIN)
        assert "AUTH" not in sink.verbs


def test_login_is_used_where_plain_is_not_offered() -> None:
    sink = Sink(extensions=["AUTH=LOGIN"], tls="valid")
    opened(sink, Security.VERIFIED, LOGIN)
    words = [base64.b64decode(line) for line in sink.commands[-2:]]
    assert words == [b"ann", b"secret"]


@pytest.mark.parametrize(
    ("extensions", "answer"),
    [(["AUTH PLAIN"], b"535 5.7.8 no\r\n"), (["AUTH GSSAPI"], b"250 ?\r\n"), ([], b"250 ?\r\n")],
)
def test_a_refused_sign_in_is_trouble_that_passes(extensions: list[str], answer: bytes) -> None:
    """A wrong password in our configuration must not bounce everybody's mail."""
    sink = Sink(extensions=extensions, tls="valid")
    sink.say("AUTH", answer)
    with pytest.raises(HostFailed) as failed:
        opened(sink, Security.VERIFIED, LOGIN)
    assert failed.value.reply.code == 454


def test_quit_never_fails_and_closes() -> None:
    sink = Sink()
    sink.say("QUIT", HANG_UP)
    made = opened(sink)
    done(made.leave())
    assert sink.verbs[-1] == "QUIT"
    assert not made.usable


@pytest.mark.threat("S12")
def test_the_deadline_holds_however_slowly_the_host_talks() -> None:
    """One octet a minute: each read succeeds, the reply never comes, the time is over."""
    now = [0.0]

    class Trickle(MemoryStream):
        async def read(self, seconds: float) -> bytes:
            if seconds <= 0:
                return await super().read(seconds)
            now[0] += 60
            return b"2"

    stream = Trickle(Sink())
    made = start_session(
        stream, Target("mx.test", "192.0.2.1", 25), "us.test", lambda: now[0], 1_800
    )
    with pytest.raises(HostFailed):
        done(made.open())
    assert now[0] <= 360


def test_what_nobody_asked_for_makes_a_connection_useless() -> None:
    sink = Sink()
    made = opened(sink)
    made.engine.feed(b"421 closing\r\n")
    assert not made.usable
