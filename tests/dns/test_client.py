"""The DNS client against a server that answers, lies, stalls and truncates; on loopback."""

from collections.abc import Iterator
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor as running
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.task import Clock

from mailsuite.dns import exchange
from mailsuite.dns.answers import (
    Mx,
    NoAnswer,
    NoSuchName,
    NoSuchRecord,
    TemporaryFailure,
    Tlsa,
)
from mailsuite.dns.client import ROUNDS, Dns
from mailsuite.dns.exchange import Server
from tests.nameserver import TTL, Listening, Nameserver, Zone

ZONE: Zone = {
    "example.test": {
        "MX": ["10 MX1.example.test.", "20 mx2.example.test."],
        "A": ["192.0.2.1"],
        "TXT": ['"v=spf1 " "-all"'],
        "AAAA!": "SERVFAIL",
    },
    "mx1.example.test": {"A": ["192.0.2.10", "192.0.2.11"], "AAAA": ["2001:db8::10"]},
    "alias.test": {"CNAME": ["example.test."]},
    "_25._tcp.mx1.example.test": {"TLSA": ["3 1 1 " + "ab" * 32]},
    "null.test": {"MX": ["0 ."]},
    "lie.test": {"A": ["192.0.2.2"], "A!": "LIE"},
    "big.test": {"A": [f"192.0.2.{n}" for n in range(1, 200)], "A!": "TRUNCATE"},
    "old.test": {"A": ["192.0.2.3"], "A!": "FORMERR"},
    "silent.test": {"A!": "STALL"},
    "refused.test": {"A!": "REFUSED"},
    "garbage.test": {"MX": ["10 mx."], "MX!": "GARBAGE", "A": ["192.0.2.4"]},
}


@pytest.fixture
def server() -> Iterator[Nameserver]:
    """A name server, its port in `server.port`."""
    answering = Nameserver(dict(ZONE))
    listening = Listening(running, answering)
    answering.port = listening.port  # type: ignore[attr-defined]
    yield answering
    pytest_twisted.blockon(listening.close())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def dns(server: Any, clock: Clock) -> Dns:
    return Dns([Server("127.0.0.1", server.port)], running, clock)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What never answers is given up soon."""
    monkeypatch.setattr(exchange, "UDP_SECONDS", 0.2)


@pytest_twisted.ensureDeferred
async def test_records_of_every_type_that_mail_asks_for(dns: Dns) -> None:
    mx = await dns.query("Example.TEST.", "mx")
    assert set(mx.records) == {Mx(10, "mx1.example.test"), Mx(20, "mx2.example.test")}
    assert mx.name == "example.test"
    assert mx.ttl == TTL
    assert (await dns.query("example.test", "A")).records == ("192.0.2.1",)
    assert (await dns.query("mx1.example.test", "AAAA")).records == ("2001:db8::10",)
    assert (await dns.query("example.test", "TXT")).records == (b"v=spf1 -all",)
    tlsa = await dns.query("_25._tcp.mx1.example.test", "TLSA")
    assert tlsa.records == (Tlsa(3, 1, 1, b"\xab" * 32),)
    assert (await dns.query("null.test", "MX")).records == (Mx(0, ""),)


@pytest_twisted.ensureDeferred
async def test_an_alias_is_followed_and_its_end_told(dns: Dns) -> None:
    answer = await dns.query("alias.test", "A")
    assert (answer.canonical, answer.records) == ("example.test", ("192.0.2.1",))


@pytest.mark.parametrize(
    ("name", "kind", "how"),
    [
        ("nowhere.test", "MX", NoSuchName),
        ("null.test", "A", NoSuchRecord),
        ("alias.test", "TLSA", NoSuchRecord),
        ("example.test", "AAAA", TemporaryFailure),
        ("refused.test", "A", TemporaryFailure),
    ],
)
@pytest_twisted.ensureDeferred
async def test_three_ways_of_having_no_records(
    dns: Dns, name: str, kind: str, how: type[NoAnswer]
) -> None:
    with pytest.raises(how):
        await dns.query(name, kind)


@pytest.mark.threat("D1")
@pytest_twisted.ensureDeferred
async def test_wrong_answers_are_ignored_until_the_right_one_comes(dns: Dns) -> None:
    """Another id, another question, half a message, nothing: none of them ends the wait."""
    assert (await dns.query("lie.test", "A")).records == ("192.0.2.2",)
    assert dns.asked == 1


@pytest.mark.threat("D1")
@pytest_twisted.ensureDeferred
async def test_every_question_has_its_own_id_and_port(dns: Dns, server: Nameserver) -> None:
    for n in range(8):
        with pytest.raises(NoSuchName):
            await dns.query(f"n{n}.test", "A")
    assert len({port for _, port in server.sources}) > 4
    assert len(set(server.ids)) > 4


@pytest.mark.threat("D1")
@pytest_twisted.ensureDeferred
async def test_a_truncated_answer_is_asked_for_by_tcp(dns: Dns) -> None:
    assert len((await dns.query("big.test", "A")).records) == 199


@pytest_twisted.ensureDeferred
async def test_a_server_without_edns_is_asked_without(dns: Dns) -> None:
    assert (await dns.query("old.test", "A")).records == ("192.0.2.3",)


@pytest.mark.threat("D3")
@pytest.mark.usefixtures("impatient")
@pytest_twisted.ensureDeferred
async def test_malformed_records_fail_that_name_only_and_only_for_now(dns: Dns) -> None:
    with pytest.raises(TemporaryFailure):
        await dns.query("garbage.test", "MX")
    assert (await dns.query("garbage.test", "A")).records == ("192.0.2.4",)


@pytest.mark.usefixtures("impatient")
@pytest_twisted.ensureDeferred
async def test_silence_is_a_temporary_failure_after_every_server_and_round(
    dns: Dns, server: Nameserver
) -> None:
    with pytest.raises(TemporaryFailure):
        await dns.query("silent.test", "A")
    assert len(server.asked) == ROUNDS
    assert await dns.query("example.test", "A")


@pytest.mark.usefixtures("impatient")
@pytest_twisted.ensureDeferred
async def test_the_next_server_is_asked_when_one_is_dead(server: Any, clock: Clock) -> None:
    """A stopped resolver is refused at once, or, where the system does not tell, is silent."""
    servers = [Server("127.0.0.1", 1), Server("127.0.0.1", server.port)]
    dns = Dns(servers, running, clock)
    assert (await dns.query("example.test", "A")).records == ("192.0.2.1",)


@pytest_twisted.ensureDeferred
async def test_without_any_server_it_says_so() -> None:
    with pytest.raises(TemporaryFailure, match="no resolver"):
        await Dns([], running).query("example.test", "A")


@pytest.mark.threat("D5")
@pytest_twisted.ensureDeferred
async def test_the_same_question_is_asked_once_at_a_time_and_then_remembered(
    dns: Dns, clock: Clock
) -> None:
    running_at_once = [Deferred.fromCoroutine(dns.query("example.test", "MX")) for _ in range(20)]
    answers = await gatherResults(running_at_once)
    assert {answer.name for answer in answers} == {"example.test"}
    assert dns.asked == 1
    clock.advance(TTL - 1)
    assert (await dns.query("example.test", "MX")).ttl == 1
    assert dns.asked == 1
    clock.advance(1)
    await dns.query("example.test", "MX")
    assert dns.asked == 2


@pytest.mark.threat("D5")
@pytest_twisted.ensureDeferred
async def test_those_who_wait_for_a_question_share_its_failure(dns: Dns) -> None:
    waiting = [Deferred.fromCoroutine(dns.query("gone.test", "A")) for _ in range(3)]
    for deferred in waiting:
        with pytest.raises(NoSuchName):
            await deferred
    assert dns.asked == 1


@pytest_twisted.ensureDeferred
async def test_what_does_not_exist_is_remembered_as_long_as_its_soa_says(
    dns: Dns, clock: Clock
) -> None:
    for _ in range(2):
        with pytest.raises(NoSuchName):
            await dns.query("nowhere.test", "A")
    assert dns.asked == 1
    clock.advance(61)  # the SOA's minimum is 60
    with pytest.raises(NoSuchName):
        await dns.query("nowhere.test", "A")
    assert dns.asked == 2


@pytest.mark.threat("D14")
@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "a..b",
        "x" * 64 + ".test",
        "é" * 65_536,
        ("é" * 60 + ".") * 5,
        "a\tb.test",
        "a\r\n.test",
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_name_that_cannot_be_is_never_asked_for(dns: Dns, name: str) -> None:
    with pytest.raises(NoSuchName):
        await dns.query(name, "A")
    assert dns.asked == 0
