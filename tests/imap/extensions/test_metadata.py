"""METADATA (RFC 5464): the dialogues of the RFC, bounds, and who may what."""

import pytest

from mailsuite.message.addresses import Address
from mailsuite.store import annotations
from mailsuite.store.accounts import change_role
from mailsuite.store.annotations import SERVER, read_annotations
from tests.imap.people import Imap, now


@pytest.fixture
def two(imap: Imap) -> Imap:
    """Ann on client 1, bob on client 2."""
    imap.signed_in("1")
    imap.signed_in("2", "bob")
    return imap


def test_capabilities(ann):
    said = ann.say(b"a CAPABILITY\r\n").split()
    assert {b"METADATA", b"METADATA-SERVER", b"LIST-METADATA"} <= set(said)


def test_values_are_set_and_told(ann):
    """RFC 5464 §4.2, §4.3."""
    ann.dialogue("""
        C: a SETMETADATA INBOX (/private/comment {33}
        S: + OK
        C: My new comment across
        C: two lines.)
        S: a OK SETMETADATA completed
        C: b GETMETADATA INBOX /private/comment
        S: * METADATA INBOX (/private/comment {33}
        S: My new comment across
        S: two lines.)
        S: b OK GETMETADATA completed
        C: c SETMETADATA INBOX (/private/comment NIL)
        S: c OK ...
        C: d GETMETADATA "INBOX" /private/comment
        S: * METADATA INBOX (/private/comment NIL)
        S: d OK ...
        C: e SETMETADATA INBOX (/private/comment "My own comment" /shared/comment "Shared comment")
        S: e OK ...
        C: f GETMETADATA "INBOX" (/shared/comment /private/comment)
        S: * METADATA INBOX (/shared/comment "Shared comment" /private/comment "My own comment")
        S: f OK ...
        C: g GETMETADATA "INBOX" /private/comment /shared/comment
        S: * METADATA INBOX (/private/comment "My own comment" /shared/comment "Shared comment")
        S: g OK ...
    """)


def test_maxsize(ann):
    """RFC 5464 §4.2.1; the options stand before the name, as the grammar has them, or after it."""
    ann.dialogue(f"""
        C: a SETMETADATA INBOX (/private/comment "My own comment" /shared/comment {{2199+}}
        C: {"x" * 2199})
        S: a OK ...
        C: b GETMETADATA "INBOX" (MAXSIZE 1024) (/shared/comment /private/comment)
        S: * METADATA INBOX (/private/comment "My own comment")
        S: b OK [METADATA LONGENTRIES 2199] ...
        C: c GETMETADATA (MAXSIZE 1024 DEPTH 0) INBOX (/shared/comment)
        S: c OK [METADATA LONGENTRIES 2199] ...
    """)


def test_depth(ann):
    """RFC 5464 §4.2.2."""
    ann.dialogue(r"""
        C: a SETMETADATA INBOX (/private/filters/values/small "SMALLER 5000" /private/filters/values/boss "FROM \"boss@example.com\"" /private/filters/values/a/b x)
        S: a BAD ...
        C: a SETMETADATA INBOX (/private/filters/values/small "SMALLER 5000" /private/filters/values/boss "FROM \"boss@example.com\"" /private/filters/values/a/b "x")
        S: a OK ...
        C: b GETMETADATA "INBOX" (DEPTH 1) (/private/filters/values)
        S: * METADATA INBOX (/private/filters/values/boss "FROM \"boss@example.com\"" /private/filters/values/small "SMALLER 5000")
        S: b OK ...
        C: c GETMETADATA (DEPTH infinity) INBOX (/private)
        S: * METADATA INBOX (/private/filters/values/a/b "x" /private/filters/values/boss "FROM \"boss@example.com\"" /private/filters/values/small "SMALLER 5000")
        S: c OK ...
        C: d GETMETADATA (DEPTH 0) INBOX /private/filters/values
        S: * METADATA INBOX (/private/filters/values NIL)
        S: d OK ...
        C: e GETMETADATA (DEPTH 1) INBOX /private/none
        S: e OK ...
    """)


def test_the_server(two):
    """RFC 5464 §6.2.1: how to reach who looks after it; shared entries are an administrator's."""
    two.dialogue("""
        C1: a GETMETADATA "" /shared/admin
        S1: * METADATA "" (/shared/admin "mailto:postmaster@example.test")
        S1: a OK ...
        C1: b SETMETADATA "" (/shared/comment "Shared comment")
        S1: b NO [NOPERM] ...
        C1: c SETMETADATA "" (/private/vendor/x/y "mine")
        S1: c OK ...
        C2: d GETMETADATA "" (/private/vendor/x/y)
        S2: * METADATA "" (/private/vendor/x/y NIL)
        S2: d OK ...
    """)
    now(two.store.writer.run(change_role, Address("bob", "example.test"), "admin"))
    two.dialogue("""
        C2: e SETMETADATA "" (/shared/comment "Shared comment")
        S2: e OK ...
        C2: f SETMETADATA "" (/shared/admin "mailto:x@y")
        S2: f NO [NOPERM] ...
        C1: a GETMETADATA "" /shared/comment
        S1: * METADATA "" (/shared/comment "Shared comment")
        S1: a OK ...
    """)


def test_private_values_are_each_ones_own(two):
    """RFC 5464 §3.3: "l" and one right more to see them; "w" to change what others see."""
    two.dialogue("""
        C1: a SETMETADATA Drafts (/private/comment "ann's" /shared/comment "all's")
        S1: a OK ...
        C2: b GETMETADATA "Other Users/ann@example.test/Drafts" /shared/comment
        S2: b NO [NONEXISTENT] No such mailbox
        C1: c SETACL Drafts bob l
        S1: c OK ...
        C2: d GETMETADATA "Other Users/ann@example.test/Drafts" /shared/comment
        S2: d NO [NOPERM] ...
        C1: e SETACL Drafts bob lr
        S1: e OK ...
        C2: f GETMETADATA "Other Users/ann@example.test/Drafts" (/shared/comment /private/comment)
        S2: * METADATA "Other Users/ann@example.test/Drafts" (/shared/comment "all's" /private/comment NIL)
        S2: f OK ...
        C2: g SETMETADATA "Other Users/ann@example.test/Drafts" (/shared/comment "bob's")
        S2: g NO [NOPERM] ...
        C2: h SETMETADATA "Other Users/ann@example.test/Drafts" (/private/comment "bob's")
        S2: h OK ...
        C1: i GETMETADATA Drafts (/shared/comment /private/comment)
        S1: * METADATA Drafts (/shared/comment "all's" /private/comment "ann's")
        S1: i OK ...
    """)


def test_special_use_is_an_entry(ann):
    r"""RFC 6154 §5.4: the use goes to another mailbox; what is none is refused."""
    ann.dialogue(r"""
        C: t1 CREATE SavedDrafts
        S: t1 OK ...
        C: t2 GETMETADATA "Drafts" /private/specialuse
        S: * METADATA Drafts (/private/specialuse "\\Drafts")
        S: t2 OK ...
        C: t3 SETMETADATA "SavedDrafts" (/private/specialuse "\\Drafts")
        S: t3 OK ...
        C: t4 LIST "" %Drafts RETURN (SPECIAL-USE)
        S: * LIST (\HasNoChildren) "/" Drafts
        S: * LIST (\HasNoChildren \Drafts) "/" SavedDrafts
        S: t4 OK ...
        C: t5 SETMETADATA "SavedDrafts" (/private/specialuse NIL)
        S: t5 OK ...
        C: t6 SETMETADATA "SavedDrafts" (/private/specialuse "\\Nonsense")
        S: t6 NO [USEATTR] ...
        C: t7 SETMETADATA INBOX (/private/specialuse "\\Sent")
        S: t7 NO [USEATTR] ...
        C: t8 GETMETADATA SavedDrafts /private/specialuse
        S: * METADATA SavedDrafts (/private/specialuse NIL)
        S: t8 OK ...
    """)


def test_list_tells_values(ann):
    """RFC 9590: NIL where there is none; nothing for what is told of for its children only."""
    ann.dialogue(r"""
        C: a SETMETADATA INBOX (/shared/vendor/cmu/color "#b71c1c")
        S: a OK ...
        C: b CREATE foo/bar
        S: b OK ...
        C: c SUBSCRIBE foo/bar
        S: c OK ...
        C: A00 LIST "" (INBOX foo) RETURN (METADATA ("/shared/vendor/cmu/color"))
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * METADATA INBOX (/shared/vendor/cmu/color "#b71c1c")
        S: * LIST (\HasChildren) "/" foo
        S: * METADATA foo (/shared/vendor/cmu/color NIL)
        S: A00 OK ...
        C: A01 LIST (SUBSCRIBED RECURSIVEMATCH) "" (INBOX foo) RETURN (METADATA ("/shared/vendor/cmu/color"))
        S: * LIST (\Subscribed \HasNoChildren) "/" INBOX
        S: * METADATA INBOX (/shared/vendor/cmu/color "#b71c1c")
        S: * LIST (\HasChildren) "/" foo ("CHILDINFO" ("SUBSCRIBED"))
        S: A01 OK ...
        C: A02 LIST "" INBOX RETURN (METADATA (bad))
        S: A02 BAD ...
        C: A03 LIST "" Drafts RETURN (METADATA ("/private/specialuse"))
        S: * LIST (\HasNoChildren \Drafts) "/" Drafts
        S: * METADATA Drafts (/private/specialuse "\\Drafts")
        S: A03 OK ...
    """)


def test_device_tokens_are_kept(ann):
    """Delta Chat sets one of each device in the same entry; all of them are needed for push."""
    for number in range(10):
        ann.dialogue(f"""
            C: a SETMETADATA INBOX (/private/devicetoken "token-{number}")
            S: a OK ...
        """)
    ann.dialogue("""
        C: a SETMETADATA INBOX (/private/devicetoken "token-8")
        S: a OK ...
        C: b GETMETADATA INBOX (/private/devicetoken)
        S: * METADATA INBOX (/private/devicetoken "token-8")
        S: b OK ...
    """)
    box, account = now(ann.ann.status("INBOX")).id, ann.porter.accounts["ann"].id
    kept = now(ann.store.readers.run(read_annotations, box, account))["/private/devicetoken"]
    assert kept.split() == [b"token-%d" % number for number in (2, 3, 4, 5, 6, 7, 9, 8)]


def test_what_is_no_entry(ann):
    for entry in ("comment", "/comment", "/private/", "/private//x", "/private/x/", "/private/a*",
                  '"/private/a%"', "/private/vendor/x", "/shared/" + "x" * 500, '"/private/\t"'):  # fmt: skip
        said = ann.say(f'a SETMETADATA INBOX ({entry} "x")\r\n'.encode())
        assert said.startswith(b"a BAD"), entry
    for line in ("INBOX", "INBOX ()", "(MAXSIZE) INBOX /private/x", "(DEPTH 2) INBOX /private/x",
                 "(NONE 1) INBOX /private/x", "INBOX /private/x*", "(MAXSIZE 1"):  # fmt: skip
        assert ann.say(f"a GETMETADATA {line}\r\n".encode()).startswith(b"a BAD"), line
    many = " ".join(f"/private/{number}" for number in range(101))
    assert ann.say(f"a GETMETADATA INBOX ({many})\r\n".encode()).startswith(b"a BAD")
    pairs = " ".join(f'/private/{number} "x"' for number in range(101))
    assert ann.say(f"a SETMETADATA INBOX ({pairs})\r\n".encode()).startswith(b"a BAD")


def test_any_octets_are_kept(ann):
    """RFC 5464 §5: a value may be a literal8, and comes back as one where it must."""
    assert ann.say(b"a SETMETADATA INBOX (/private/x ~{3+}\r\n\0\r\n)\r\n").startswith(b"a OK")
    said = ann.say(b"b GETMETADATA INBOX (/PRIVATE/X)\r\n")
    assert said.startswith(b"* METADATA INBOX (/PRIVATE/X ~{3}\r\n\0\r\n)\r\nb OK")


@pytest.mark.threat("I14")
def test_entries_are_counted_and_weighed(ann, monkeypatch):
    monkeypatch.setattr(annotations, "MOST_HERE", 3)
    monkeypatch.setattr(annotations, "MOST_OCTETS", 100_000)
    ann.dialogue("""
        C: a SETMETADATA INBOX (/private/a "1" /private/b "2" /private/c "3")
        S: a OK ...
        C: b SETMETADATA INBOX (/private/a "4" /private/d "5")
        S: b NO [METADATA TOOMANY] ...
        C: c GETMETADATA INBOX (/private/a /private/d)
        S: * METADATA INBOX (/private/a "1" /private/d NIL)
        S: c OK ...
        C: d SETMETADATA INBOX (/private/a NIL /private/d "5")
        S: d OK ...
    """)
    large = b"a SETMETADATA INBOX (/private/b {%d+}\r\n%b)\r\n"
    assert b"[METADATA MAXSIZE 65536]" in ann.say(large % (65_537, b"x" * 65_537))
    assert ann.say(large % (65_536, b"x" * 65_536)).startswith(b"a OK")
    assert b"[OVERQUOTA]" in ann.say(large.replace(b"/b", b"/c") % (60_000, b"x" * 60_000))


def test_values_go_with_their_mailbox(ann):
    """RFC 5464 §4.1: RENAME takes them along, DELETE removes them, INBOX keeps them."""
    ann.dialogue("""
        C: a SETMETADATA Drafts (/shared/comment "d")
        S: a OK ...
        C: b RENAME Drafts Moved
        S: b OK ...
        C: c GETMETADATA Moved /shared/comment
        S: * METADATA Moved (/shared/comment "d")
        S: c OK ...
        C: d DELETE Moved
        S: d OK ...
        C: e CREATE Moved
        S: e OK ...
        C: f GETMETADATA Moved /shared/comment
        S: * METADATA Moved (/shared/comment NIL)
        S: f OK ...
        C: g SETMETADATA INBOX (/shared/comment "i")
        S: g OK ...
        C: h RENAME INBOX Old
        S: h OK ...
        C: i LIST "" (INBOX Old) RETURN (METADATA (/shared/comment))
        S: * LIST (\\HasNoChildren) "/" INBOX
        S: * METADATA INBOX (/shared/comment "i")
        S: * LIST (\\HasNoChildren) "/" Old
        S: * METADATA Old (/shared/comment "i")
        S: i OK ...
    """)
    assert now(ann.store.readers.run(read_annotations, SERVER, 0)) == {}
