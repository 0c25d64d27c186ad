"""What is sent to a host for each thing that TLS must give, however its TLS is (threat T4)."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from attrs import define, field
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from twisted.internet import reactor
from twisted.internet.ssl import DefaultOpenSSLContextFactory

from mailsuite.relay.ports import HostFailed, Policy, Security, Target
from mailsuite.smtp.client.sender import SmtpSender
from mailsuite.wire.client_tls import ClientTls
from mailsuite.wire.limits import Limits
from mailsuite.wire.proof import Pin
from mailsuite.wire.tls import Pair
from tests.relay.sink import ListeningSink, Sink
from tests.wire.test_tls import Authority

running: Any = reactor
NAME = "mx.a.test"
Listen = Callable[..., int]

# How the host is, and what its session is counted as for a policy that insists on a name.
HOSTS = {
    "good": "",
    "other name": "certificate-host-mismatch",
    "expired": "certificate-expired",
    "stranger": "certificate-not-trusted",
    "broken": "validation-failure",
    "none": "starttls-not-supported",
}
TLS, CLEAR, NOTHING = "tls", "clear", ""
# What a host of each kind gets, by what TLS must give.
GETS = {
    Security.OPPORTUNISTIC: [TLS, TLS, TLS, TLS, CLEAR, CLEAR],
    Security.TESTED: [TLS, TLS, TLS, TLS, CLEAR, CLEAR],
    Security.ENCRYPTED: [TLS, TLS, TLS, TLS, NOTHING, NOTHING],
    Security.VERIFIED: [TLS, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING],
    Security.PINNED: [TLS, NOTHING, NOTHING, NOTHING, NOTHING, NOTHING],
}
INSIST = {Security.TESTED, Security.VERIFIED}
MATRIX = [
    (security, host, gets)
    for security, row in GETS.items()
    for host, gets in zip(HOSTS, row, strict=True)
]


@define(eq=False)
class Noted:
    results: list[tuple[str, str]] = field(factory=list)

    def note(self, target: Target, result: str = "", reason: str = "", *, local: str = "") -> None:
        assert target.policy is not None
        self.results.append((result, local))


class Hosts:
    """A pair for each kind of host."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder)
        (folder / "strange").mkdir()
        stranger = Authority(folder / "strange")
        self.pairs = {
            "good": self.authority.issue("good", NAME),
            "other name": self.authority.issue("other", "mx.b.test"),
            "expired": self.authority.issue("expired", NAME, days=1),
            "stranger": stranger.issue("good", NAME),
        }
        good = self.pairs["good"].certificate.read_bytes()
        der = x509.load_pem_x509_certificate(good).public_bytes(Encoding.DER)
        self.pin = Pin(3, 0, 1, sha256(der).digest())


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Hosts:
    assert datetime.now(UTC).year >= 2026  # the expired one has expired
    return Hosts(tmp_path_factory.mktemp("hosts"))


@pytest.fixture
def listen(hosts: Hosts) -> Iterator[Listen]:
    opened: list[ListeningSink] = []

    def listening(sink: Sink, kind: str) -> int:
        pair: Pair = hosts.pairs.get(kind) or hosts.pairs["good"]
        context = DefaultOpenSSLContextFactory(str(pair.key), str(pair.certificate))
        opened.append(ListeningSink(running, sink, context))
        return opened[-1].port

    yield listening
    for one in opened:
        pytest_twisted.blockon(one.close())


async def outcome(sender: SmtpSender, target: Target, sink: Sink) -> str:
    """How a connection ends: with TLS, in clear, or not at all."""
    try:
        courier = await sender.connect(target)
    except HostFailed:
        return NOTHING
    secure = courier.session.stream.tls is not None
    assert courier.session.verified == (target.security in {Security.VERIFIED, Security.PINNED})
    courier.abort()
    return TLS if secure else CLEAR


@pytest.mark.threat("T4")
@pytest.mark.parametrize(("security", "kind", "gets"), MATRIX)
@pytest_twisted.ensureDeferred
async def test_clear_text_goes_only_where_nothing_forbids_it(
    hosts: Hosts, listen: Listen, security: Security, kind: str, gets: str
) -> None:
    sink = Sink(tls={"broken": "fails", "none": ""}.get(kind, "works"))
    noted = Noted()
    sender = SmtpSender("us.test", running, ClientTls(hosts.authority.file), Limits(), noted)
    target = Target(
        NAME, "127.0.0.1", listen(sink, kind), security, pins=(hosts.pin,), policy=Policy("a.test")
    )
    assert await outcome(sender, target, sink) == gets
    assert "MAIL" not in sink.verbs
    # Each fallback is counted, and each failure told as what it was.
    assert sender.in_clear == int(gets == CLEAR and kind == "broken")
    ((result, local),) = noted.results
    assert local == "127.0.0.1"
    if security in INSIST or kind in {"broken", "none", "good"}:
        assert result == HOSTS[kind]
    elif security is Security.PINNED:
        assert result == "certificate-not-trusted"
    else:
        assert not result


@pytest_twisted.ensureDeferred
async def test_sessions_of_nobodys_policy_are_not_counted(hosts: Hosts, listen: Listen) -> None:
    sink, noted = Sink(tls="works"), Noted()
    sender = SmtpSender("us.test", running, ClientTls(hosts.authority.file), Limits(), noted)
    assert await outcome(sender, Target(NAME, "127.0.0.1", listen(sink, "good")), sink) == TLS
    assert noted.results == []
