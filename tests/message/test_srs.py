"""Reverse-paths of forwarded mail: they lead back, they end, and nobody else can make one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsuite.message.addresses import Address
from mailsuite.message.srs import DAY, VALID_DAYS, Srs, may_be_srs

HERE, THERE = Srs(b"h" * 32), Srs(b"t" * 32)
NOW = 1_800_000_000
ANN = Address.parse("Ann.Lee+news@author.example")

LOCALS = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.just(" "),
    min_size=1,
    max_size=60,
).filter(lambda local: not may_be_srs(Address(local, "a.example")))


def test_a_bounce_leads_back_to_the_author() -> None:
    path = HERE.forward(ANN, "ours.example", NOW)
    assert str(path).startswith("SRS0=")
    assert str(path).endswith("=author.example=Ann.Lee+news@ours.example")
    assert HERE.reverse(path, NOW + 5 * DAY) == ANN


def test_the_second_forwarder_sends_it_to_the_first_who_alone_knows_the_author() -> None:
    first = HERE.forward(ANN, "ours.example", NOW)
    second = THERE.forward(first, "theirs.example", NOW)
    third = HERE.forward(second, "ours.example", NOW)
    assert second.localpart.startswith("SRS1=")
    assert third.localpart.startswith("SRS1=")
    assert len(third.localpart) == len(second.localpart)
    assert THERE.reverse(second, NOW) == first
    assert HERE.reverse(third, NOW) == first
    assert HERE.reverse(first, NOW) == ANN


@pytest.mark.parametrize("change", [str.upper, str.lower])
def test_hosts_may_change_the_case(change: object) -> None:
    path = HERE.forward(ANN, "ours.example", NOW)
    found = HERE.reverse(Address(change(path.localpart), path.domain), NOW)  # type: ignore[operator]
    assert found is not None
    assert found.canonical == ANN.canonical


def test_it_ends_and_a_forged_one_leads_nowhere() -> None:
    path = HERE.forward(ANN, "ours.example", NOW)
    assert HERE.reverse(path, NOW + VALID_DAYS * DAY) == ANN
    assert HERE.reverse(path, NOW + (VALID_DAYS + 1) * DAY) is None
    assert HERE.reverse(path, NOW - DAY) is None
    assert THERE.reverse(path, NOW) is None
    forged = Address(path.localpart.replace("Ann.Lee", "Eve"), path.domain)
    assert HERE.reverse(forged, NOW) is None
    for local in ("SRS0", "SRS0=", "SRS1==", "SRS0=AAAAAAAA=AA=x.example=a", "ann"):
        assert HERE.reverse(Address(local, "ours.example"), NOW) is None


def test_what_would_be_too_long_stays() -> None:
    long = Address("a" * 240, "author.example")
    assert HERE.forward(long, "ours.example", NOW) == long


@given(local=LOCALS, octets=st.text(max_size=40))
def test_every_address_comes_back_and_nothing_raises(local: str, octets: str) -> None:
    sender = Address(local, "author.example")
    path = HERE.forward(sender, "ours.example", NOW)
    if path != sender:
        assert HERE.reverse(path, NOW) == sender
        again = THERE.forward(path, "theirs.example", NOW)
        assert again == path or THERE.reverse(again, NOW) == path
    HERE.reverse(Address(f"SRS0={octets}", "ours.example"), NOW)
    HERE.reverse(Address(f"SRS1={octets}", "ours.example"), NOW)
