"""WITHIN (RFC 5032); the store's clock stands at 1,800,000,000."""

import pytest

from tests.imap.people import Imap

NOW = 1_800_000_000


def test_ages_are_counted_from_now(imap: Imap) -> None:
    """The example of RFC 5032 §4, and both ends of an interval."""
    for age in (0, 259_200, 259_201):
        imap.put(date=NOW - age)
    imap.signed_in(select="INBOX")
    imap.dialogue(r"""
        C: a0 CAPABILITY
        S: * CAPABILITY ... WITHIN
        S: a0 OK ...
        C: a1 SEARCH UNSEEN YOUNGER 259200
        S: * SEARCH 1 2
        S: a1 OK ...
        C: a2 SEARCH OLDER 259200
        S: * SEARCH 2 3
        S: a2 OK ...
        C: a3 SEARCH OLDER 4294967295
        S: * SEARCH
        S: a3 OK ...
    """)


@pytest.mark.parametrize("interval", ["0", "-1", "x", "4294967296", ""])
def test_an_interval_is_a_number_above_0(imap: Imap, interval: str) -> None:
    imap.signed_in(select="INBOX")
    assert imap.say(f"a SEARCH YOUNGER {interval}\r\n".encode()).startswith(b"a BAD ")
