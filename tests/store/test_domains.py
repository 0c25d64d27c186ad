"""Domains that this host takes mail for."""

import pytest

from mailsuite.store.domains import add_domain, own_domain
from mailsuite.store.opening import Store
from tests.store.letters import done


@pytest.mark.parametrize(
    ("hostname", "own"),
    [
        ("mail.b.test", "b.test"),
        ("mx.in.b.test", "in.b.test"),  # the nearest
        ("mail.elsewhere.test", "a.test"),
        ("mail.backup.test", "a.test"),  # another host has its mailboxes
    ],
)
def test_the_domain_that_a_host_stands_in(store: Store, hostname: str, own: str) -> None:
    assert done(store.readers.run(own_domain, hostname)) == hostname
    for name in ("a.test", "b.test", "in.b.test"):
        done(store.writer.run(add_domain, name))
    done(store.writer.run(add_domain, "backup.test", "mx.backup.test"))
    assert done(store.readers.run(own_domain, hostname)) == own
