"""What was asked beside MAIL, as the relay obeys it (RFC 8689, 2852, 4865, 6710)."""

from typing import Any

import pytest
from attrs import evolve

from mailsuite.dns.answers import Mx
from mailsuite.message.terms import Terms
from mailsuite.relay.settings import RelaySettings, Smarthost
from mailsuite.store.opening import Store
from tests.relay.sink import ALL, Sink
from tests.relay.world import DAY, HOUR, START, World

REQUIRETLS = (*ALL, "REQUIRETLS")
SECRET = Terms(tls="required")


def safe(world: World, **how: Any) -> Sink:
    """A domain that is its own host: its name cannot be forged."""
    world.dns.records["there.test", "A"] = ("8.8.8.8",)
    sink = Sink(**{"tls": "valid", "extensions": REQUIRETLS, **how})
    world.sender.sinks["8.8.8.8"] = sink
    return sink


def test_over_verified_tls_to_a_host_that_promises_it(world: World) -> None:
    sink = safe(world)
    world.start()
    world.queue("bob@there.test", terms=SECRET)
    (mail,) = sink.mails
    assert mail.sender.endswith(b" REQUIRETLS")
    assert mail.sender in sink.after_tls


@pytest.mark.threat("T4")
@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({"extensions": ALL}, b"5.7.30"),
        ({"tls": "works"}, b"5.7.10"),
        ({"tls": "fails"}, b"5.7.10"),
        ({"tls": ""}, b"5.7.10"),
    ],
)
def test_otherwise_it_goes_back(world: World, how: dict[str, Any], status: bytes) -> None:
    sink = safe(world, **how)
    world.start()
    world.queue("bob@there.test", terms=SECRET, ret="FULL")
    assert sink.mails == []
    ((to, report),) = world.intake.reports
    assert to == "ann@us.test"
    assert b"Status: " + status in report
    # RFC 8689 §5: the report is one, and does not tell what the message says.
    assert world.intake.terms[0].tls == "required"
    assert b"the text itself" not in report
    assert world.entries() == []


@pytest.mark.threat("T4")
def test_a_name_from_dns_alone_is_not_enough(world: World) -> None:
    """RFC 8689 §4.2.1 (2): an MX that nobody vouches for may be forged."""
    sink = world.host("there.test", tls="valid", extensions=REQUIRETLS)
    world.start()
    world.queue("bob@there.test", terms=SECRET)
    assert sink.connections == 0
    assert b"Status: 5.7.10" in world.intake.reports[0][1]


def test_an_authenticated_answer_is_enough(store: Store) -> None:
    world = World(store, RelaySettings("us.test", trust_ad=True))
    sink = world.host("there.test", tls="valid", extensions=REQUIRETLS)
    world.dns.authenticated = True
    world.start()
    world.queue("bob@there.test", terms=SECRET)
    assert len(sink.mails) == 1


def test_a_host_that_is_down_may_come_back(world: World) -> None:
    world.dns.records["there.test", "A"] = ("8.8.8.8",)
    world.start()
    world.queue("bob@there.test", terms=SECRET)
    assert world.states() == ["waiting"]
    sink = safe(world)
    world.pass_time(HOUR)
    assert len(sink.mails) == 1


def test_another_host_may_promise_it(world: World) -> None:
    world.dns.records["there.test", "MX"] = (Mx(1, "there.test"), Mx(2, "there.test"))
    world.dns.records["there.test", "A"] = ("8.8.8.1", "8.8.8.2")
    for address, extensions in (("8.8.8.1", ALL), ("8.8.8.2", REQUIRETLS)):
        world.sender.sinks[address] = Sink(tls="valid", extensions=extensions)
    world.start()
    world.queue("bob@there.test", terms=SECRET)
    assert [len(sink.mails) for sink in world.sender.sinks.values()] == [0, 1]


def test_ordinary_mail_in_the_same_batch_goes_as_ever(world: World) -> None:
    sink = safe(world, extensions=ALL, tls="works")
    world.queue("bob@there.test", terms=SECRET)
    world.queue("bob@there.test")
    world.start()
    assert len(sink.mails) == 1
    assert len(world.intake.reports) == 1


def test_a_report_about_it_goes_as_well_as_it_can(world: World) -> None:
    """RFC 8689 §4.2.1, §5: it is not lost for want of REQUIRETLS."""
    sink = safe(world, extensions=ALL, tls="works")
    world.start()
    world.queue("bob@there.test", terms=SECRET, reverse_path="")
    (mail,) = sink.mails
    assert b"REQUIRETLS" not in mail.sender


def test_tls_that_was_given_up_is_tried_and_not_needed(world: World) -> None:
    sink = safe(world, tls="fails")
    world.start()
    # A handshake that fails is followed by clear text; the sender of the tests gives up before.
    world.queue("bob@there.test", terms=Terms(tls="no"))
    assert world.states() == ["waiting"]
    sink.tls = ""
    world.pass_time(HOUR)
    assert len(sink.mails) == 1


# Deliver by ------------------------------------------------------------------------------------

TIMED = (*ALL, "DELIVERBY 240")


def by(seconds: int, mode: str, *, trace: bool = False) -> Terms:
    return Terms(deliver_by=START + seconds, by_mode=mode, by_trace=trace)


def test_what_is_left_is_passed_on(world: World) -> None:
    """RFC 2852 §6, third dialogue: 22 of 120 seconds have gone."""
    sink = world.host("there.test", extensions=(*ALL, "DELIVERBY 30"))
    world.queue("bob@there.test", terms=by(120, "R"), expire=120)
    world.clock.advance(22)
    world.start()
    assert sink.mails[0].sender.endswith(b" BY=98;R")
    assert world.intake.reports == []


@pytest.mark.parametrize("extensions", [ALL, TIMED])
def test_with_r_it_goes_back_where_the_time_cannot_be_kept(
    world: World, extensions: tuple[str, ...]
) -> None:
    """RFC 2852 §6, second dialogue; §4.1.4.1."""
    sink = world.host("there.test", extensions=extensions)
    world.start()
    world.queue("bob@there.test", terms=by(120, "R"), expire=120)
    assert sink.mails == []
    report = world.intake.reports[0][1]
    assert b"Status: 5.3.3" in report
    assert b"Deliver-By-Date: Fri, 15 Jan 2027 08:02:00 +0000" in report
    assert b"Arrival-Date: " in report


def test_with_r_nothing_is_tried_after_its_time(world: World) -> None:
    world.dns.host("there.test", "8.8.8.8")
    world.start()
    world.queue("bob@there.test", terms=by(120, "R"), expire=120)
    world.pass_time(90)
    sink = world.host("there.test", extensions=TIMED)
    world.pass_time(HOUR)
    assert sink.mails == []
    (report,) = world.intake.reports
    assert b"Action: failed\r\nStatus: 5.4.7" in report[1]


def test_with_n_it_is_told_once_and_tried_on(world: World) -> None:
    world.dns.host("there.test", "8.8.8.8")
    world.start()
    world.queue("bob@there.test", terms=by(120, "N"))
    world.pass_time(240)
    (report,) = world.intake.reports
    assert b"Action: delayed\r\nStatus: 4.4.7" in report[1]
    sink = world.host("there.test", extensions=TIMED)
    world.pass_time(6 * HOUR)
    assert len(world.intake.reports) == 1
    (mail,) = sink.mails
    seconds = int(mail.sender.rpartition(b"BY=")[2].partition(b";")[0])
    assert seconds < 0


@pytest.mark.parametrize(("notify", "count"), [("", 1), ("FAILURE", 1), ("NEVER", 0)])
def test_with_n_the_sender_knows_where_the_time_was_lost(
    world: World, notify: str, count: int
) -> None:
    """RFC 2852 §4.1.4.2."""
    sink = world.host("there.test")
    world.start()
    world.queue("bob@there.test", terms=by(120, "N"), notify=notify)
    assert len(world.intake.reports) == count
    assert all(b"Action: relayed" in report for _, report in world.intake.reports)
    asked = {"": b"NOTIFY=FAILURE,DELAY", "FAILURE": b"NOTIFY=FAILURE,DELAY"}
    assert asked.get(notify, b"NOTIFY=NEVER") in sink.mails[0].recipients[0]
    assert world.entries() == []


def test_a_trace_tells_each_step(world: World) -> None:
    sink = world.host("there.test", extensions=TIMED)
    world.start()
    world.queue("bob@there.test", terms=by(300, "R", trace=True), expire=300)
    assert sink.mails[0].sender.endswith(b" BY=300;RT")
    (report,) = world.intake.reports
    assert b"Action: relayed" in report[1]


# Priority and future release -------------------------------------------------------------------


def test_the_urgent_go_first(world: World) -> None:
    sink = world.host("there.test", extensions=(*ALL, "MT-PRIORITY MIXER"))
    for priority in (-4, 0, 1, 9, -9):
        world.queue("bob@there.test", terms=Terms(priority=priority))
    world.start()
    told = [mail.sender.partition(b"MT-PRIORITY=")[2] for mail in sink.mails]
    assert told == [b"1", b"9", b"", b"-4", b"-9"]


def test_the_urgent_go_first_through_a_smarthost_too(store: Store) -> None:
    world = World(store, RelaySettings("us.test", smarthost=Smarthost("8.8.8.8", 25)))
    sink = world.sender.sinks["8.8.8.8"] = Sink(extensions=(*ALL, "MT-PRIORITY"))
    world.queue("bob@a.test")
    world.queue("bob@b.test", terms=Terms(priority=4))
    world.start()
    assert [mail.recipients[0][-7:] for mail in sink.mails] == [b"b.test>", b"a.test>"]


def test_a_host_without_the_parameter_gets_the_field(world: World) -> None:
    """RFC 6758 §3.3."""
    sink = world.host("there.test")
    world.start()
    world.queue("bob@there.test", terms=Terms(priority=4), account_id=1)
    assert sink.mails[0].octets.startswith(b"Received: by us.test\r\nMT-Priority: 4\r\n")
    world.queue("bob@there.test", terms=Terms(priority=4))
    assert b"MT-Priority" not in sink.mails[1].octets


def test_a_report_is_as_urgent_and_names_the_request(world: World) -> None:
    sink = world.host("there.test")
    sink.say("RCPT", b"550 5.1.1 no\r\n")
    world.start()
    world.queue("bob@there.test", terms=Terms(priority=4, hold="for;60"))
    assert world.intake.terms == [Terms(priority=4)]
    assert b"Future-Release-Request: for;60\r\n" in world.intake.reports[0][1]


def test_no_delay_is_told_before_its_time(world: World) -> None:
    world.dns.host("there.test", "8.8.8.8")
    world.start()
    at = START + 5 * HOUR
    world.queue("bob@there.test", terms=Terms(release_at=at), next_try=at, expire=6 * DAY)
    world.pass_time(6 * HOUR, step=60)
    assert world.intake.reports == []


# Limits ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limits", "connections", "mails"),
    [
        ("RCPTMAX=2", 1, [2, 2, 1]),
        ("RCPTMAX=2 MAILMAX=1", 3, [2, 2, 1]),
        ("MAILMAX=1", 1, [5]),
        ("RCPTMAX=0 MAILMAX=x", 1, [5]),
        ("RCPTMAX=2;", 1, [5]),
    ],
)
def test_no_more_is_asked_than_a_host_allows(
    world: World, limits: str, connections: int, mails: list[int]
) -> None:
    """RFC 9422 §4."""
    sink = world.host("there.test", extensions=(*ALL, f"LIMITS {limits}"))
    world.start()
    world.queue(*(f"r{n}@there.test" for n in range(5)))
    assert [len(mail.recipients) for mail in sink.mails] == mails
    assert sink.connections == connections
    assert world.entries() == []


def test_a_smarthost_that_takes_few_domains_gets_more_connections(store: Store) -> None:
    settings = RelaySettings("us.test", smarthost=Smarthost("8.8.8.8", 25))
    world = World(store, evolve(settings))
    sink = world.sender.sinks["8.8.8.8"] = Sink(extensions=(*ALL, "LIMITS RCPTDOMAINMAX=2"))
    world.start()
    world.queue("x@a.test", "y@b.test", "z@c.test")
    assert [len(mail.recipients) for mail in sink.mails] == [2, 1]
    assert sink.connections == 2
