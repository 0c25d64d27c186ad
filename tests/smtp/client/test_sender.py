"""The sender over real sockets and real TLS, on loopback."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_twisted
from twisted.internet import reactor as running
from twisted.internet.ssl import DefaultOpenSSLContextFactory

from mailsuite.relay.ports import Addressee, HostFailed, Letter, Login, Security, Target
from mailsuite.smtp.client.body import Made
from mailsuite.smtp.client.sender import SmtpSender
from mailsuite.wire.client_tls import ClientTls
from mailsuite.wire.limits import Limits
from mailsuite.wire.tls import Pair, self_signed
from tests.relay.sink import HANG_UP, ListeningSink, Sink

NAME = "mx.there.test"
OCTETS = b"Subject: x\r\n\r\n" + b"a line of text\r\n" * 20_000


def a_letter() -> Letter:
    return Letter("ann@us.test", (Addressee(0, "bob@there.test"),), Made(OCTETS))


Listen = Callable[[Sink], int]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    return self_signed(tmp_path_factory.mktemp("tls"), NAME, datetime.now(UTC))


@pytest.fixture
def listen(pair: Pair) -> Iterator[Listen]:
    """Opens a port for a sink."""
    opened: list[ListeningSink] = []
    contexts = DefaultOpenSSLContextFactory(str(pair.key), str(pair.certificate))

    def open_port(sink: Sink) -> int:
        opened.append(ListeningSink(running, sink, contexts))
        return opened[-1].port

    yield open_port
    for each in opened:
        pytest_twisted.blockon(each.close())


def sender(ca_file: Path | None = None) -> SmtpSender:
    return SmtpSender("us.test", running, ClientTls(ca_file), Limits())


def target(port: int, security: Security = Security.OPPORTUNISTIC, name: str = NAME) -> Target:
    login = Login("ann", "secret") if security is Security.VERIFIED else None
    return Target(name, "127.0.0.1", port, security, login)


@pytest.mark.parametrize("tls", ["", "works"])
@pytest_twisted.ensureDeferred
async def test_letters_leave_in_clear_or_by_tls(listen: Listen, tls: str) -> None:
    sink = Sink(tls=tls)
    courier = await sender().connect(target(listen(sink)))
    for _ in range(2):
        (verdict,) = await courier.send(a_letter())
        assert verdict.reply.is_positive
    assert courier.usable
    await courier.leave()
    assert [mail.octets for mail in sink.mails] == [OCTETS, OCTETS]
    assert (courier.session.stream.tls is not None) == bool(tls)
    assert (b"MAIL" in b" ".join(sink.after_tls)) == bool(tls)
    assert sink.connections == 1


@pytest.mark.threat("T4")
@pytest_twisted.ensureDeferred
async def test_a_host_whose_tls_is_broken_gets_it_in_clear_and_that_is_counted(
    listen: Listen,
) -> None:
    sink = Sink(tls="fails")
    made = sender()
    courier = await made.connect(target(listen(sink)))
    (verdict,) = await courier.send(a_letter())
    courier.abort()
    assert verdict.reply.is_positive
    assert (sink.connections, made.in_clear) == (2, 1)


@pytest.mark.threat("W4")
@pytest_twisted.ensureDeferred
async def test_octets_before_the_handshake_are_dropped(listen: Listen) -> None:
    sink = Sink(tls="injects")
    courier = await sender().connect(target(listen(sink)))
    assert sink.after_tls == [b"EHLO us.test"]
    assert courier.session.engine.mechanisms == frozenset()
    courier.abort()


@pytest.mark.threat("T5")
@pytest_twisted.ensureDeferred
async def test_a_password_goes_to_a_host_whose_certificate_holds(
    listen: Listen, pair: Pair
) -> None:
    sink = Sink(tls="works", extensions=["AUTH PLAIN"])
    courier = await sender(pair.certificate).connect(target(listen(sink), Security.VERIFIED))
    assert any(line.startswith(b"AUTH PLAIN ") for line in sink.after_tls)
    courier.abort()


@pytest.mark.threat("T5")
@pytest.mark.parametrize(("trusted", "name"), [(False, NAME), (True, "other.test")])
@pytest_twisted.ensureDeferred
async def test_no_password_goes_to_anybody_else(
    listen: Listen, pair: Pair, trusted: bool, name: str
) -> None:
    """Signed by nobody we trust; or for another name."""
    sink = Sink(tls="works", extensions=["AUTH PLAIN"])
    made = sender(pair.certificate if trusted else None)
    with pytest.raises(HostFailed):
        await made.connect(target(listen(sink), Security.VERIFIED, name))
    assert "AUTH" not in sink.verbs
    assert sink.connections == 1


@pytest_twisted.ensureDeferred
async def test_nobody_there_is_told_in_words(listen: Listen) -> None:
    with pytest.raises(HostFailed, match="cannot connect to mx"):
        await sender().connect(target(1))


@pytest_twisted.ensureDeferred
async def test_a_connection_that_breaks_in_the_middle_is_a_verdict(listen: Listen) -> None:
    sink = Sink()
    sink.say("END", HANG_UP)
    courier = await sender().connect(target(listen(sink)))
    (verdict,) = await courier.send(a_letter())
    assert (verdict.reply.code, verdict.reply.status) == (451, "4.4.2")
    assert not courier.usable
    await courier.leave()


@pytest.mark.threat("S12")
@pytest_twisted.ensureDeferred
async def test_a_host_that_sends_without_end_is_cut_off(listen: Listen) -> None:
    with pytest.raises(HostFailed):
        await sender().connect(target(listen(Sink(greeting=b"220-x\r\n" * 100_000))))


@pytest.mark.threat("S12")
@pytest_twisted.ensureDeferred
async def test_a_silent_host_is_given_up_at_the_deadline(listen: Listen) -> None:
    made = SmtpSender("us.test", running, ClientTls(), Limits(relay_delivery_seconds=0))
    with pytest.raises(HostFailed, match="no answer in time"):
        await made.connect(target(listen(Sink(greeting=b""))))
