"""QUOTA (RFC 9208): the dialogues of the RFC, and who may see and set what."""

import pytest

from mailsuite.directory.identity import Account
from tests.imap.people import LETTER, Imap


@pytest.fixture
def admin(imap: Imap) -> Imap:
    """Ann on client 1; bob, an administrator, on client 2."""
    bob = imap.porter.accounts["bob"]
    imap.porter.accounts["bob"] = Account(bob.id, bob.name, "admin", 1)
    imap.signed_in("1")
    imap.signed_in("2", "bob")
    return imap


def test_what_is_held_is_told(store, tmp_path):
    """RFC 9208 §4.1: STORAGE in units of 1024 octets, begun ones counted."""
    imap = Imap(store, tmp_path, quota_octets=512 * 1024, quota_messages=100)
    imap.put("INBOX", b"x" * 1025)
    imap.signed_in()
    imap.dialogue("""
        C: A003 GETQUOTAROOT inbox
        S: * QUOTAROOT INBOX ""
        S: * QUOTA "" (STORAGE 2 512 MESSAGE 1 100 MAILBOX 6 10000)
        S: A003 OK GETQUOTAROOT completed
        C: G0001 GETQUOTA ""
        S: * QUOTA "" (STORAGE 2 512 MESSAGE 1 100 MAILBOX 6 10000)
        S: G0001 OK GETQUOTA completed
        C: a GETQUOTA "other"
        S: a NO [NONEXISTENT] ...
        C: b GETQUOTAROOT Nowhere
        S: b NO [NONEXISTENT] ...
        C: S0000 SETQUOTA "" (STORAGE 1)
        S: S0000 NO [NOPERM] ...
        C: c GETQUOTA "user/ann@example.test"
        S: * QUOTA user/ann@example.test (STORAGE 2 512 MESSAGE 1 100 MAILBOX 6 10000)
        S: c OK ...
        C: d GETQUOTA "user/bob@example.test"
        S: d NO [NONEXISTENT] No such thing
        C: e GETQUOTA "user/nobody@example.test"
        S: e NO [NONEXISTENT] No such thing
    """)


def test_without_a_limit_of_ones_own(ann):
    """RFC 9208 §3.2: a limit that everybody has is told."""
    ann.dialogue("""
        C: a GETQUOTA ""
        S: * QUOTA "" (MAILBOX 6 10000)
        S: a OK ...
    """)


def test_setquota_replaces_all_limits(admin):
    """RFC 9208 §4.1.3: for administrators; what is not named has no limit any more."""
    admin.put("INBOX", LETTER)
    admin.dialogue("""
        C2: a SETQUOTA "user/ann@example.test" (STORAGE 111 MESSAGE 1000)
        S2: * QUOTA user/ann@example.test (STORAGE 1 111 MESSAGE 1 1000 MAILBOX 6 10000)
        S2: a OK ...
        C2: S0001 SETQUOTA "user/ann@example.test" (STORAGE 512)
        S2: * QUOTA user/ann@example.test (STORAGE 1 512 MAILBOX 6 10000)
        S2: S0001 OK ...
        C2: b SETQUOTA user/ann@example.test (MAILBOX 7)
        S2: * QUOTA user/ann@example.test (MAILBOX 6 7)
        S2: b OK ...
        C1: c CREATE one
        S1: c OK ...
        C1: d CREATE two
        S1: d NO [OVERQUOTA] ...
        C1: e CREATE one/two/three
        S1: e NO [OVERQUOTA] ...
        C1: f RENAME one up/one
        S1: f NO [OVERQUOTA] ...
        C2: g SETQUOTA user/ann@example.test ()
        S2: * QUOTA user/ann@example.test (MAILBOX 7 10000)
        S2: g OK ...
        C2: h SETQUOTA user/nobody@example.test ()
        S2: h NO [NONEXISTENT] ...
        C2: i SETQUOTA "" (ANNOTATION-STORAGE 1)
        S2: i NO [CANNOT] ...
        C2: j SETQUOTA "" (STORAGE 0)
        S2: j NO [CANNOT] ...
        C2: k SETQUOTA "" (STORAGE 9223372036854775807)
        S2: k NO [CANNOT] ...
        C2: l SETQUOTA "" (STORAGE 1 STORAGE 2)
        S2: l BAD ...
        C2: m SETQUOTA "" STORAGE
        S2: m BAD ...
    """)


def test_only_administrators_are_told_of_quotaset(admin):
    assert b" QUOTASET" not in admin.say(b"a CAPABILITY\r\n", "1")
    said = admin.say(b"a CAPABILITY\r\n", "2").split()
    assert {b"QUOTA", b"QUOTASET", b"QUOTA=RES-STORAGE", b"QUOTA=RES-MESSAGE",
            b"QUOTA=RES-MAILBOX"} <= set(said)  # fmt: skip


def test_what_expunging_would_free(ann):
    """RFC 9208 §4.1.4."""
    for count in range(12):
        ann.put("INBOX", LETTER, *(("\\Deleted",) if count < 4 else ()))
    ann.dialogue(rf"""
        C: S0003 STATUS INBOX (MESSAGES DELETED DELETED-STORAGE)
        S: * STATUS INBOX (MESSAGES 12 DELETED 4 DELETED-STORAGE {4 * len(LETTER)})
        S: S0003 OK STATUS completed
        C: a STATUS Drafts (DELETED-STORAGE)
        S: * STATUS Drafts (DELETED-STORAGE 0)
        S: a OK ...
        C: b LIST "" INBOX RETURN (STATUS (DELETED-STORAGE DELETED))
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * STATUS INBOX (DELETED-STORAGE {4 * len(LETTER)} DELETED 4)
        S: b OK ...
    """)


def test_over_quota(store, tmp_path):
    """RFC 9208 §4.3.1: the code that stops programs from trying for ever."""
    imap = Imap(store, tmp_path, quota_octets=70)
    imap.put()
    imap.signed_in(select="INBOX")
    imap.dialogue(r"""
        C: A003 APPEND Sent (\Seen) {326}
        S: A003 NO [OVERQUOTA] ...
        C: A004 COPY 1 Sent
        S: A004 NO [OVERQUOTA] ...
        C: A005 MOVE 1 Sent
        S*: A005 OK ...
    """)
