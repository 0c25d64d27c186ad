"""`mailsuite check` says what other hosts see of this one, in plain words."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor as running

from mailsuite.cli.checking import Findings, Keys, look_up
from mailsuite.dns.client import Dns
from mailsuite.dns.exchange import Server
from tests.nameserver import Listening, Nameserver, Zone

HOST = {"A": ["192.0.2.1"], "AAAA": ["2001:db8::1"]}
MX = {"MX": ["10 mail.example.test."]}
GOOD: Zone = {"mail.example.test": HOST, "example.test": MX}

Look = Callable[..., Awaitable[Findings]]


@pytest.fixture
def look() -> Iterator[Look]:
    """Look at domains through a name server with this zone."""
    open_ports: list[Listening] = []

    async def looked(zone: Zone, *domains: str, keys: Keys | None = None) -> Findings:
        listening = Listening(running, Nameserver(zone))
        open_ports.append(listening)
        found = Findings()
        dns = Dns([Server("127.0.0.1", listening.port)], running)
        await look_up(dns, "mail.example.test", list(domains or ("example.test",)), found, keys)
        return found

    yield looked
    for listening in open_ports:
        pytest_twisted.blockon(listening.close())


@pytest_twisted.ensureDeferred
async def test_a_host_that_others_find(look: Look) -> None:
    found = await look(GOOD)
    assert found.lines == [
        ("ok", "DNS: mail.example.test has 192.0.2.1, 2001:db8::1"),
        ("ok", "DNS: mail for example.test comes here"),
    ]
    assert found.code == 0


@pytest.mark.parametrize(
    ("record", "state", "finding"),
    [
        ('"v=DKIM1; k=ed25519; p=AA" "AA"', "signing", "ok"),
        ('"v=DKIM1; k=ed25519; p=BBBB"', "signing", "wrong"),
        (None, "signing", "wrong"),
        (None, "waiting", "note"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_key_signs_what_others_can_verify(
    look: Look, record: str | None, state: str, finding: str
) -> None:
    name = "20261124e._domainkey.example.test"
    key = {"record_name": name, "public": "AAAA", "state": state}
    zone = {**GOOD, **({name: {"TXT": [record]}} if record else {})}
    found = await look(zone, keys={"example.test": [key]})
    kind, words = found.lines[-1]
    assert kind == finding
    assert name in words


WRONG: list[tuple[dict[str, Any], str]] = [
    (
        {"example.test": {"A": ["192.0.2.9"]}},
        "DNS: example.test has no MX record; add one: example.test. MX 10 mail.example.test.",
    ),
    (
        {"example.test": {"MX": ["20 b.other.test.", "10 a.other.test."]}},
        "DNS: mail for example.test goes to a.other.test, b.other.test, not to mail.example.test",
    ),
    (
        {"example.test": {"MX": ["0 ."]}},
        "DNS: example.test says that it takes no mail (MX 0 .); let its MX be mail.example.test",
    ),
    (
        {"mail.example.test": {"TXT": ["x"]}},
        "DNS: mail.example.test has no address; add an A or AAAA record for it",
    ),
    (
        {"example.test": {"MX!": "SERVFAIL"}},
        "DNS: no answer about example.test MX: SERVFAIL; is [dns] servers right?",
    ),
]


@pytest.mark.parametrize(("changed", "words"), WRONG)
@pytest_twisted.ensureDeferred
async def test_what_is_wrong_is_told_once_with_what_to_do(
    look: Look, changed: dict[str, Any], words: str
) -> None:
    found = await look({**GOOD, **changed})
    assert [told for kind, told in found.lines if kind == "wrong"] == [words]
    assert found.code == 1


@pytest_twisted.ensureDeferred
async def test_a_name_that_does_not_exist_has_no_address(look: Look) -> None:
    found = await look({"example.test": MX})
    assert ("wrong", WRONG[3][1]) in found.lines


@pytest_twisted.ensureDeferred
async def test_nobody_is_told_to_add_a_record_that_could_not_be_looked_up(look: Look) -> None:
    found = await look({**GOOD, "mail.example.test": {"A!": "SERVFAIL", "AAAA!": "SERVFAIL"}})
    assert "has no address" not in str(found.lines)
    assert found.code == 1


@pytest_twisted.ensureDeferred
async def test_a_host_that_is_second_is_noted_and_each_domain_is_looked_at(look: Look) -> None:
    second = {"MX": ["10 first.test.", "20 mail.example.test."]}
    found = await look({**GOOD, "b.test": second}, "example.test", "b.test")
    assert found.lines[-1] == (
        "note",
        "DNS: mail for b.test comes here only when first.test does not answer",
    )
    assert found.code == 0
