"""SAVELIMIT: how many messages a COPY or APPEND may save; nothing else is limited."""

from pathlib import Path

from mailsuite.mailbox.service import Append
from mailsuite.store.opening import Store
from mailsuite.wire.limits import Limits
from tests.imap.people import LETTER, Imap, now


def test_only_copy_and_append_are_limited(store: Store, tmp_path: Path) -> None:
    """RFC 9738 §3."""
    imap = Imap(store, tmp_path, Limits(imap_save_limit=2))
    now(imap.ann.append("INBOX", [Append(LETTER)] * 4))
    imap.signed_in(select="INBOX")
    capabilities = imap.say(b"a CAPABILITY\r\n")
    assert b" SAVELIMIT=2 " in capabilities
    assert b"MESSAGELIMIT" not in capabilities
    imap.dialogue(r"""
        C: 05 COPY 1:4 Trash
        S: 05 NO [MESSAGELIMIT 2 3] ...
        C: a COPY 1:2 Trash
        S: a OK [COPYUID ... 1:2 1:2] ...
        C: b UID SEARCH ALL
        S: * SEARCH 1 2 3 4
        S: b OK SEARCH completed
        C: c STORE 1:4 +FLAGS.SILENT (\Seen)
        S: c OK STORE completed
        C: d MOVE 1:4 Archive
        S: * OK [COPYUID ... 1:4 1:4] ...
        S: * 4 EXPUNGE
        S: * 3 EXPUNGE
        S: * 2 EXPUNGE
        S: * 1 EXPUNGE
        S: d OK MOVE completed
        C!: e APPEND Drafts {3+}\r\nA:b {3+}\r\nA:b {3+}\r\nA:b\r\n
        S: e NO [MESSAGELIMIT 2] ...
    """)


def test_the_lower_limit_counts() -> None:
    assert Limits().imap_saved_at_once == 0
    assert Limits(imap_message_limit=5).imap_saved_at_once == 5
    assert Limits(imap_message_limit=5, imap_save_limit=2).imap_saved_at_once == 2
