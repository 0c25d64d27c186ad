"""APPENDLIMIT (RFC 7889): told before anything is sent in vain."""

from pathlib import Path

import pytest

from mailsuite.store.opening import Store
from mailsuite.wire.limits import Limits
from tests.imap.people import Imap


@pytest.fixture
def limited(store: Store, tmp_path: Path) -> Imap:
    imap = Imap(store, tmp_path, Limits(message_octets=257_890))
    imap.signed_in()
    return imap


def test_the_limit_is_told_by_capability_status_and_list(limited: Imap) -> None:
    """The examples of RFC 7889 §2, §3.1 and §3.2."""
    limited.dialogue("""
        C: t1 CAPABILITY
        S: * CAPABILITY ... APPENDLIMIT=257890 ...
        S: t1 OK ...
        C: t2 STATUS INBOX (APPENDLIMIT)
        S: * STATUS INBOX (APPENDLIMIT 257890)
        S: t2 OK ...
        C: t3 LIST "" INBOX RETURN (STATUS (MESSAGES APPENDLIMIT))
        S: * LIST ... INBOX
        S: * STATUS INBOX (MESSAGES 0 APPENDLIMIT 257890)
        S: t3 OK ...
    """)


def test_more_is_refused_before_it_is_sent(limited: Imap) -> None:
    """RFC 7889 §4: TOOBIG."""
    limited.dialogue("""
        C: a APPEND INBOX {257891}
        S: a NO [TOOBIG] ...
        C: b APPEND INBOX {257890}
        S: + OK
        C: <gone>
    """)
