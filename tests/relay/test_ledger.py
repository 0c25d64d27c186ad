"""The ledger: whatever hosts answer and wherever they break off, each recipient ends once."""

import re
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailsuite.relay.settings import RelaySettings
from mailsuite.store.opening import Store
from tests.relay.sink import HANG_UP, Answer, Sink, done
from tests.relay.world import HOUR, World

OK, LATER, NO = b"250 ok\r\n", b"451 4.3.0 later\r\n", b"550 5.1.1 no\r\n"
# Refused, put off, cut off, rubbish, nothing at all (which times out), and a door that shuts.
REPLIES = st.sampled_from([OK, OK, OK, LATER, NO, HANG_UP, b"rubbish\r\n", b"", b"421 4.3.2 x\r\n"])
ENDS = st.sampled_from([OK, OK, OK, LATER, NO, HANG_UP, b"rubbish\r\n", b""])
GREETINGS = st.sampled_from([b"220 hello\r\n", b"220 hello\r\n", b"421 no\r\n", b"554 no\r\n", b""])
HOSTS = st.fixed_dictionaries(
    {
        "MAIL": st.lists(REPLIES, max_size=3),
        "RCPT": st.lists(REPLIES, max_size=5),
        "DATA": st.lists(st.sampled_from([b"354 go\r\n", LATER, NO, HANG_UP, OK]), max_size=3),
        "END": st.lists(ENDS, max_size=4),
        "RSET": st.lists(REPLIES, max_size=1),
        "greeting": GREETINGS,
    }
)
DOMAINS = ("a.test", "b.test", "c.test")
PEOPLE = [f"p{n}@{domain}" for domain in DOMAINS for n in range(2)]
MESSAGES = 3


def scripted(sink: Sink, how: dict[str, list[Answer]]) -> None:
    for verb, answers in how.items():
        if verb == "greeting":
            continue
        if answers:
            # After the script all is well: what waits has an end.
            sink.say(verb, *answers, b"354 go\r\n" if verb == "DATA" else OK)


def delivered(sinks: list[Sink]) -> Counter[tuple[int, str]]:
    """Who has which message, by the hosts' own books."""
    found: Counter[tuple[int, str]] = Counter()
    for sink in sinks:
        for mail in sink.mails:
            number = re.search(rb"X-Number: (\d+)", mail.octets)
            assert number
            for line in mail.recipients:
                found[int(number[1]), line.partition(b"<")[2].partition(b">")[0].decode()] += 1
    return found


def bounced(world: World) -> Counter[tuple[int, str]]:
    """Who was told of, in which message."""
    found: Counter[tuple[int, str]] = Counter()
    for _, report in world.intake.reports:
        number = re.search(rb"X-Number: (\d+)", report)
        assert number
        if b"Action: failed" in report:
            for address in re.findall(rb"Final-Recipient: rfc822; (\S+)", report):
                found[int(number[1]), address.decode()] += 1
    return found


LATITUDE = [HealthCheck.function_scoped_fixture]


@pytest.mark.threat("S13")
@settings(max_examples=3, deadline=None, suppress_health_check=LATITUDE)
@given(hosts=st.lists(HOSTS, min_size=3, max_size=3))
def test_each_recipient_ends_once(store: Store, hosts: list[dict[str, list[Answer]]]) -> None:
    balanced(store, hosts)


@pytest.mark.long
@settings(max_examples=200, deadline=None, suppress_health_check=LATITUDE)
@given(hosts=st.lists(HOSTS, min_size=3, max_size=3))
def test_each_recipient_ends_once_in_many_worlds(
    store: Store, hosts: list[dict[str, list[Answer]]]
) -> None:
    balanced(store, hosts)


def balanced(store: Store, hosts: list[dict[str, list[Answer]]]) -> None:
    """Run the queue to its end; every recipient has one fate."""
    world = World(store, RelaySettings("us.test", retry=(300, 600), delay_warning=0))
    sinks: list[Sink] = []
    for n, (domain, how) in enumerate(zip(DOMAINS, hosts, strict=True)):
        sink = world.host(domain, f"8.8.8.{n}")
        greeting = how["greeting"]
        assert isinstance(greeting, bytes)
        sink.greeting = greeting
        scripted(sink, how)
        sinks.append(sink)
    world.start()
    numbers = range(MESSAGES)
    for n in numbers:
        octets = b"From: ann@us.test\r\nX-Number: %d\r\n\r\ntext\r\n" % n
        world.queue(*PEOPLE, octets=octets, expire=2 * HOUR)
    world.pass_time(3 * HOUR, step=150)
    done(world.relay.stop())  # the store is the next example's too
    have, told = delivered(sinks), bounced(world)
    assert world.entries() == []
    for n in numbers:
        for address in PEOPLE:
            fate = have[n, address], told[n, address]
            assert fate in {(1, 0), (0, 1)}, (n, address, fate)
