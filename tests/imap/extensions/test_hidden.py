"""A switch per account hides any capability: it is neither told nor taken (clients.md §0.10)."""

from attrs import evolve

from tests.imap.people import Imap


def test_a_hidden_capability_is_neither_told_nor_taken(imap: Imap) -> None:
    ann = imap.porter.accounts["ann"]
    names = frozenset({b"IDLE", b"COMPRESS", b"CONDSTORE", b"UIDPLUS"})
    imap.porter.accounts["ann"] = evolve(ann, hidden=names)
    told = imap.say(b"a LOGIN ann secret\r\n").split(b"]")[-2].split()
    assert {b"MOVE", b"ENABLE"} <= set(told)
    assert names.isdisjoint(told)
    assert b"COMPRESS=DEFLATE" not in told
    imap.dialogue("""
        C: b IDLE
        S: b BAD Unknown command
        C: c COMPRESS DEFLATE
        S: c BAD Unknown command
        C: d SELECT INBOX
        S*: d OK ...
        C: e UID EXPUNGE 1
        S: e BAD Unknown command
        C: f ENABLE CONDSTORE
        S: * ENABLED
        S: f OK ...
        C: g UNAUTHENTICATE
        S: g OK ...
        C: h LOGIN bob secret
        S: h OK [CAPABILITY ...COMPRESS=DEFLATE... IDLE...
        C: i IDLE
        S: + idling
        C: DONE
        S: i OK ...
    """)


def test_where_condstore_is_hidden_select_does_not_tell_of_it(imap: Imap) -> None:
    """A program that takes HIGHESTMODSEQ for the capability must not see it (RFC 7162 §3.1.2.1)."""
    ann = imap.porter.accounts["ann"]
    imap.porter.accounts["ann"] = evolve(ann, hidden=frozenset({b"CONDSTORE", b"QRESYNC"}))
    imap.signed_in("1")
    imap.signed_in("2", user="bob")
    assert b"MODSEQ" not in imap.say(b"a SELECT INBOX\r\n", "1")
    assert b"HIGHESTMODSEQ" in imap.say(b"a SELECT INBOX\r\n", "2")
