"""Which hosts are tried for what is asked of TLS, after the domain's own policies."""

import pytest
from attrs import evolve

from mailsuite.message.terms import OPTIONAL, REQUIRED
from mailsuite.relay.hosts import UNSURE, Hosts
from mailsuite.relay.ports import Login, Policy, Reply, Security, Target

HOST = Target("mx.a.test", "8.8.8.8", 25, policy=Policy("a.test"))
NOT_NAMED = Reply(451, "4.7.5", "the policy does not name it")


def chosen(demand: str, target: Target) -> list[tuple[Security, bool]]:
    """What TLS must give, and whether the session is counted."""
    return [(one.security, one.policy is not None) for one in Hosts(demand).chosen([target])]


@pytest.mark.parametrize(
    ("security", "required"),
    [
        (Security.OPPORTUNISTIC, Security.VERIFIED),
        (Security.TESTED, Security.VERIFIED),
        (Security.ENCRYPTED, Security.VERIFIED),
        (Security.VERIFIED, Security.VERIFIED),
        (Security.PINNED, Security.PINNED),
    ],
)
def test_required_tls_is_verified_one_way_or_the_other(
    security: Security, required: Security
) -> None:
    """RFC 8689 §2: by an authority, or by DANE; of a host whose name nobody can have forged."""
    target = evolve(HOST, security=security)
    assert chosen(REQUIRED, target) == []
    assert chosen(REQUIRED, evolve(target, vouched=True)) == [(required, True)]
    assert chosen("", target) == [(security, True)]


@pytest.mark.threat("D13")
def test_what_carries_reports_is_not_counted() -> None:
    """It goes out with TLS-Required: No; else two hosts would report about reports for ever."""
    assert chosen(OPTIONAL, HOST) == [(Security.OPPORTUNISTIC, False)]
    assert chosen(OPTIONAL, evolve(HOST, security=Security.VERIFIED)) == [
        (Security.OPPORTUNISTIC, False)
    ]


@pytest.mark.threat("T5")
def test_a_password_of_ours_is_sent_in_no_other_way() -> None:
    target = evolve(HOST, security=Security.VERIFIED, login=Login("us", "secret"))
    assert chosen(OPTIONAL, target) == [(Security.VERIFIED, False)]


def test_why_no_host_is_left() -> None:
    assert Hosts("", failed=[NOT_NAMED]).none_left() == NOT_NAMED
    assert Hosts(REQUIRED, failed=[NOT_NAMED]).none_left() == NOT_NAMED
    assert Hosts(REQUIRED).none_left() == UNSURE
