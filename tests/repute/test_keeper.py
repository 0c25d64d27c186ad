"""Who may connect, begin a message and reach a recipient (threats S5, S17, S18)."""

import pytest
from attrs import evolve

from mailsuite.directory.identity import Account
from mailsuite.message.addresses import Address
from mailsuite.message.reputation import Reputation
from mailsuite.repute.settings import Greylisting
from mailsuite.repute.verdicts import Denied
from mailsuite.store.correspondents import Use, note_uses
from mailsuite.wire.link import Peer
from mailsuite.wire.tallies import DAY, HOUR, MINUTE
from tests.repute.conftest import ANN, PEER, Door, now
from tests.store.letters import done

OWNER = Account(7, "ann@us.test", "user", 1)


def people(n: int) -> Address:
    return Address(f"p{n}", "far.example")


def words(found: object) -> str:
    return found.words if isinstance(found, Denied) else ""


def test_an_address_and_its_network_connect_so_often(door: Door) -> None:
    door.rates(
        connections_per_address=((MINUTE, 2),), connections_per_network=((MINUTE, 3), (HOUR, 5))
    )
    refuses = door.keeper.refuses_connection
    assert [refuses(PEER) is None for _ in range(3)] == [True, True, False]
    told = refuses(Peer("192.0.2.8"))
    assert told is not None
    assert told.words == "Too many connections from your network: 3 a minute, try again later"
    assert refuses(Peer("198.51.100.1")) is None
    door.clock.advance(60)
    assert refuses(PEER) is None
    over = refuses(PEER)
    assert over is not None
    assert over.window is HOUR


def test_an_ipv6_host_counts_as_its_64(door: Door) -> None:
    door.rates(connections_per_address=((MINUTE, 2),))
    found = [door.keeper.refuses_connection(Peer(f"2001:db8::{n}", 1)) for n in range(1, 4)]
    assert [over is None for over in found] == [True, True, False]


def test_messages_and_recipients_of_a_source_are_counted(door: Door) -> None:
    door.repute(greylist=Greylisting.OFF)
    door.rates(messages_per_address=((MINUTE, 2),), recipients_per_sender=((HOUR, 1),))
    assert door.reach() == Reputation()
    over = door.reach()
    assert over.words == "Too many recipients from this sender: 1 an hour, try again later"
    assert (over.kind, over.code, over.enhanced) == ("limited", 450, "4.7.1")
    assert "Too many messages from your address" in words(door.reach("t@far.example"))


def test_nobody_uses_up_the_share_of_a_sender_he_forges(door: Door) -> None:
    door.rates(messages_per_sender=((HOUR, 1),))
    door.reach(peer=Peer("203.0.113.5"))
    assert "this sender" in words(door.reach(peer=Peer("203.0.113.5")))
    assert "this sender" not in words(door.reach(peer=PEER))


@pytest.mark.threat("S5")
@pytest.mark.parametrize("near", ["192.0.2.200", "2001:db8::9"])
def test_who_guesses_recipients_is_turned_away_and_so_is_its_network(door: Door, near: str) -> None:
    """A thousand names tried, then again from the same /24 and /64."""
    first = Peer("2001:db8::1" if ":" in near else "192.0.2.7")
    for _ in range(100):
        door.keeper.unknown(first)
    over = door.keeper.refuses_connection(Peer(near))
    assert over is not None
    assert "unknown recipients" in over.words
    door.clock.advance(HOUR.seconds)
    assert door.keeper.refuses_connection(Peer(near)) is None
    for _ in range(600):
        door.keeper.unknown(first)
    door.clock.advance(HOUR.seconds)
    assert door.keeper.refuses_connection(Peer(near)) is not None  # the day's count stays


@pytest.mark.threat("S18")
def test_a_stolen_account_is_slowed_and_its_people_are_told_once(door: Door) -> None:
    """10,000 submissions: what is beyond is put off with 450, and two mails say so."""
    door.rates(messages_per_account=((HOUR, 3_600),))
    found = [now(door.keeper.accounts.may_submit(OWNER, "t")) for _ in range(10_000)]
    denied = [each for each in found if each is not None]
    assert len(denied) == 10_000 - 3_600
    assert {each.code for each in denied} == {450}
    assert [to for to, _ in door.box.sent] == ["ann@us.test", "postmaster@us.test"]
    assert b"3600 an hour" in door.box.sent[0][1]
    door.clock.advance(HOUR.seconds)
    for _ in range(3_601):
        now(door.keeper.accounts.may_submit(OWNER, "t"))
    assert len(door.box.sent) == 4


@pytest.mark.threat("S18")
def test_a_days_use_counts_after_a_restart(door: Door) -> None:
    done(door.store.writer.run(note_uses, [Use(7, 1), Use(7, 1)]))
    door.rates(messages_per_account=((DAY, 2),))
    denied = now(door.keeper.accounts.may_submit(OWNER, "t"))
    assert denied is not None
    assert denied.words == "Too many messages from your account: 2 a day, try again later"
    assert now(door.keeper.accounts.may_submit(evolve(OWNER, id=8), "t")) is None


@pytest.mark.threat("S18")
def test_strangers_are_limited_and_correspondents_are_not(door: Door) -> None:
    """A hijacked account shows in whom it writes to for the first time."""
    known = [str(people(n)) for n in range(50)]
    done(door.store.writer.run(note_uses, [Use(7, 50, tuple(known))]))
    door.rates(strangers_per_account=((HOUR, 3), (DAY, 52)))
    reach = door.keeper.accounts.may_submit_to
    new: set[str] = set()
    for n in range(50):
        assert now(reach(OWNER, people(n), n, new, "t")) is None
    assert new == set()
    assert now(reach(OWNER, people(50), 50, new, "t")) is None
    assert now(reach(OWNER, people(51), 51, new, "t")) is None
    assert len(new) == 2
    over = now(reach(OWNER, people(52), 52, new, "t"))
    assert words(over) == "Too many new recipients from your account: 52 a day, try again later"
    assert now(reach(OWNER, people(1), 53, new, "t")) is None


def test_recipients_of_an_account_are_limited(door: Door) -> None:
    door.rates(recipients_per_account=((HOUR, 2), (DAY, 3)))
    reach = door.keeper.accounts.may_submit_to
    assert now(reach(OWNER, people(1), 0, set(), "t")) is None
    assert now(reach(OWNER, people(2), 1, set(), "t")) is None
    assert "2 an hour" in words(now(reach(OWNER, people(3), 2, set(), "t")))
    done(door.store.writer.run(note_uses, [Use(7, 3)]))
    door.clock.advance(HOUR.seconds)
    assert "3 a day" in words(now(reach(OWNER, people(3), 0, set(), "t")))


def test_nothing_is_asked_where_nothing_is_configured(door: Door) -> None:
    door.repute(greylist=Greylisting.OFF)
    assert door.reach() == Reputation()
    assert door.zone.asked == []


def test_postmaster_is_reached_by_everybody(door: Door) -> None:
    assert isinstance(door.reach(), Denied)
    assert isinstance(door.reach(to=Address("Postmaster", "us.test")), Reputation)
    assert isinstance(door.reach(to=Address("abuse", "us.test")), Reputation)
    assert isinstance(door.reach(to=ANN), Denied)
