"""Records and policies of MTA-STS, by RFC 8461 and by what others publish."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsuite.relay.tls.mta_sts import BadPolicy, Mode, StsPolicy, find_id, parse_policy

DATA = Path(__file__).parents[2] / "data" / "tls"
RECORDS = json.loads((DATA / "mtasts-record.json").read_text())
POLICIES = json.loads((DATA / "mtasts-policy.json").read_text())
GOOD = b"version: STSv1\nmode: enforce\nmx: mail.example.com\nmx: *.example.net\nmax_age: 86400\n"


@pytest.mark.parametrize("case", RECORDS["valid"])
def test_a_record_that_is_one(case: dict[str, str]) -> None:
    assert find_id([case["text"].encode()])


@pytest.mark.parametrize("case", RECORDS["invalid"])
def test_a_record_that_is_none(case: dict[str, str]) -> None:
    assert not find_id([case["text"].encode()])


def test_other_records_are_passed_over_and_two_are_none() -> None:
    """RFC 8461 §3.1."""
    mine = b"v=STSv1; id=20160831085700Z;"
    assert find_id([b"spf", b"v=STSv10; id=2", mine]) == "20160831085700Z"
    assert not find_id([mine, b"v=STSv1; id=2"])
    assert not find_id([])
    assert find_id([b"v=STSv1; id=1; id=2"]) == "1"


@pytest.mark.parametrize("case", POLICIES["valid"])
def test_a_policy_that_is_one(case: dict[str, str]) -> None:
    assert parse_policy(case["text"].encode()).max_age >= 0


@pytest.mark.parametrize("case", POLICIES["invalid"])
def test_a_policy_that_is_none(case: dict[str, str]) -> None:
    with pytest.raises(BadPolicy):
        parse_policy(case["text"].encode())


def test_lines_may_end_either_way_and_the_first_of_doubles_counts() -> None:
    policy = StsPolicy(Mode.ENFORCE, 86_400, ("mail.example.com", "*.example.net"))
    assert parse_policy(GOOD) == parse_policy(GOOD.replace(b"\n", b"\r\n")) == policy
    assert parse_policy(GOOD + b"mode: none\nx-new: y\n") == policy
    assert parse_policy("\n".join(policy.lines).encode()) == policy
    assert parse_policy(b"version: STSv1\nmode: none\nmax_age: 0").patterns == ()


def test_size_and_age_are_bounded() -> None:
    for bad in (
        GOOD + b"x: y\n" * 20_000,
        GOOD.replace(b"86400", b"31557601"),
        GOOD.replace(b"86400", b"9" * 5_000),
        GOOD.replace(b"mail.example.com", b"a" * 64 + b".example.com"),
        GOOD + b"mx: m.example.com\n" * 1_001,
    ):
        with pytest.raises(BadPolicy):
            parse_policy(bad)


@pytest.mark.threat("T6")
@pytest.mark.parametrize(
    ("pattern", "host", "covered"),
    [
        ("mail.a.test", "mail.a.test", True),
        ("mail.a.test", "MAIL.A.TEST.", True),
        ("*.a.test", "mail.a.test", True),
        ("*.a.test", "a.test", False),
        ("*.a.test", "x.mail.a.test", False),
        ("*.a.test", ".a.test", True),
        ("a.test", "mail.a.test", False),
        ("mail.a.test", "xmail.a.test", False),
        ("*.a.test", "mail.b.test", False),
        ("a", "", False),
    ],
)
def test_a_wildcard_is_one_whole_label(pattern: str, host: str, covered: bool) -> None:
    assert StsPolicy(Mode.ENFORCE, 1, (pattern,)).covers(host) is covered


@settings(max_examples=60)
@given(
    octets=st.lists(
        st.sampled_from(
            [*GOOD.splitlines(keepends=True), b"\r", b"\n", b"mx:", b" ", b"*.", b"\xff"]
        )
        | st.binary(max_size=8)
    ).map(b"".join)
)
def test_whatever_is_published_is_a_policy_or_none(octets: bytes) -> None:
    find_id([octets])
    try:
        policy = parse_policy(octets)
    except BadPolicy:
        return
    assert parse_policy("\r\n".join(policy.lines).encode()) == policy
