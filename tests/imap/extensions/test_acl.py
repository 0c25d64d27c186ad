"""ACL (RFC 4314): the dialogues of the RFC, and what its sections demand."""

import pytest

from mailsuite.mailbox.service import Append
from mailsuite.message.addresses import Address
from mailsuite.store.accounts import change_role
from mailsuite.store.addresses import add_alias, remove_alias
from tests.imap.people import LETTER, Imap, now

DRAFTS = '"Other Users/ann@example.test/Drafts"'


@pytest.fixture
def two(imap: Imap) -> Imap:
    """Ann on client 1, bob on client 2."""
    imap.signed_in("1")
    imap.signed_in("2", "bob")
    return imap


def grant(imap: Imap, name: str, rights: str, whom: str = "bob") -> None:
    """Ann lets bob do something."""
    said = imap.say(f'g SETACL "{name}" {whom} "{rights}"\r\n'.encode(), "1")
    assert said == b"g OK SETACL completed\r\n", said


def test_capabilities(ann):
    said = ann.say(b"a CAPABILITY\r\n").split()
    assert b"ACL" in said
    assert b"RIGHTS=texk" in said


def test_setacl_and_getacl(two):
    """RFC 4314 §2.1.1, §3.1: the virtual rights are understood and told, + and - change some."""
    two.dialogue("""
        C1: A001 SeTacl Drafts bob lrswida
        S1: A001 OK ...
        C1: A002 getacl Drafts
        S1: * ACL Drafts ann@example.test lrswipkxteacd bob@example.test lrswitead
        S1: A002 OK ...
        C1: A003 Setacl Drafts bob lrswikda
        S1: A003 OK ...
        C1: A004 GETACL Drafts
        S1: * ACL Drafts ann@example.test lrswipkxteacd bob@example.test lrswikteacd
        S1: A004 OK ...
        C1: A005 SETACL Drafts bob lrswi
        S1: A005 OK ...
        C1: A006 SETACL Drafts bob +cda
        S1: A006 OK ...
        C1: A007 GETACL Drafts
        S1: * ACL Drafts ann@example.test lrswipkxteacd bob@example.test lrswikxteacd
        S1: A007 OK ...
        C1: A008 SETACL Drafts bob -swcda
        S1: A008 OK ...
        C1: A009 GETACL Drafts
        S1: * ACL Drafts ann@example.test lrswipkxteacd bob@example.test lri
        S1: A009 OK ...
        C1: A035 SETACL Drafts bob lrQswicda
        S1: A035 BAD Uppercase rights are not allowed
        C1: A036 SETACL Drafts bob lrqswicda
        S1: A036 BAD The q right is not supported
    """)


def test_deleteacl_leaves_other_entries(two):
    """RFC 4314 §3.2: what is withheld from somebody is an entry of its own."""
    now(two.store.writer.run(add_alias, Address("team", "example.test"), ["bob@example.test"]))
    two.dialogue("""
        C1: a SETACL INBOX bob rwipslxetad
        S1: a OK ...
        C1: b SETACL INBOX -bob wetd
        S1: b OK ...
        C1: c SETACL INBOX $team w
        S1: c OK ...
        C1: B001 getacl INBOX
        S1: * ACL INBOX ann@example.test lrswipkxteacd $team@example.test w -bob@example.test wted bob@example.test lrswipxteacd
        S1: B001 OK ...
        C1: B002 DeleteAcl INBOX bob@example.test
        S1: B002 OK ...
        C1: B003 GETACL INBOX
        S1: * ACL INBOX ann@example.test lrswipkxteacd $team@example.test w -bob@example.test wted
        S1: B003 OK ...
    """)


def test_listrights(two):
    """RFC 4314 §3.4: the owner has everything; nothing is tied to something else."""
    two.dialogue("""
        C1: a001 LISTRIGHTS Drafts bob
        S1: * LISTRIGHTS Drafts bob "" l r s w i p k x t e a c d
        S1: a001 OK ...
        C1: a002 LISTRIGHTS Drafts ann
        S1: * LISTRIGHTS Drafts ann lrswipkxteacd
        S1: a002 OK ...
        C1: a005 LISTRIGHTS Drafts anyone
        S1: * LISTRIGHTS Drafts anyone "" l r s w i p k x t e a c d
        S1: a005 OK ...
        C1: a006 LISTRIGHTS Drafts nobody
        S1: a006 NO [NONEXISTENT] ...
    """)


def test_myrights(two):
    """RFC 4314 §3.5: any right but the private ones lets it answer."""
    grant(two, "Drafts", "lrs")
    two.dialogue(f"""
        C1: A003 MYRIGHTS INBOX
        S1: * MYRIGHTS INBOX lrswipkxteacd
        S1: A003 OK ...
        C2: A004 MYRIGHTS {DRAFTS}
        S2: * MYRIGHTS {DRAFTS} lrs
        S2: A004 OK ...
        C1: a SETACL Drafts bob swp
        S1: a OK ...
        C2: A005 MYRIGHTS {DRAFTS}
        S2: A005 NO [NONEXISTENT] No such mailbox
    """)


def test_identifiers(two):
    """RFC 4314 §3: what names nobody is refused, and what no name can be is BAD."""
    for line, answer in (
        ('INBOX "" l', b"BAD"), ('INBOX "-" l', b"BAD"), ('INBOX "a\tb" l', b"BAD"),
        ("INBOX nobody l", b"NO [NONEXISTENT]"), ("INBOX a@b@c l", b"NO [NONEXISTENT]"),
        ("INBOX $bob l", b"NO [NONEXISTENT]"), ("INBOX bob@elsewhere.test l", b"NO [NONEXISTENT]"),
        ("INBOX ann lr", b"NO [NOPERM]"), ("INBOX -ann lr", b"NO [NOPERM]"), ("INBOX Bob lr", b"OK"),
        ("INBOX BOB@EXAMPLE.TEST lr", b"OK"), ("INBOX anyone l", b"OK"), ("INBOX Anyone l", b"OK"),
        ("INBOX bob l l", b"BAD"), ("INBOX bob", b"BAD"), ('INBOX bob ""', b"OK"),
        ("INBOX " + "x" * 501 + " l", b"BAD"), ("Nowhere bob l", b"NO [NONEXISTENT]"),
    ):  # fmt: skip
        said = two.say(f"a SETACL {line}\r\n".encode(), "1")
        assert said.startswith(b"a " + answer), (line, said)


def test_a_group_is_who_is_in_it_now(two):
    """Whoever joins or leaves the address of a group gains or loses what it was granted."""
    team = Address("team", "example.test")
    now(two.store.writer.run(add_alias, team, ["bob@example.test"]))
    grant(two, "Drafts", "lr", "$team@example.test")
    two.dialogue(f"""
        C2: a SELECT {DRAFTS}
        S2*: a OK [READ-ONLY] ...
    """)
    now(two.store.writer.run(remove_alias, team))
    two.dialogue("""
        S2: * BYE You may no longer read this mailbox
        S2: <closed>
    """)
    two.signed_in("3", "bob")
    two.dialogue(f"""
        C3: b MYRIGHTS {DRAFTS}
        S3: b NO [NONEXISTENT] No such mailbox
    """)


def test_negative_rights_cannot_be_outweighed(two):
    grant(two, "Drafts", "lrsw", "anyone")
    grant(two, "Drafts", "w", "-bob")
    two.dialogue(f"""
        C2: a MYRIGHTS {DRAFTS}
        S2: * MYRIGHTS {DRAFTS} lrs
        S2: a OK ...
    """)


def test_list_and_subscriptions(two):
    """RFC 4314 §4, LIST: without "l" on a mailbox it is as if it were not there."""
    assert now(two.ann.create("Projects/one"))
    now(two.ann.create("Projects/two"))
    grant(two, "Projects/one", "lr")
    two.dialogue(r"""
        C2: a LIST "" "Other Users/*"
        S2: * LIST (\HasNoChildren) "/" "Other Users/ann@example.test/Projects/one"
        S2: a OK ...
        C2: b LIST "" "Other Users/%"
        S2: * LIST (\Noselect \HasChildren) "/" "Other Users/ann@example.test"
        S2: b OK ...
        C2: c SUBSCRIBE "Other Users/ann@example.test/Projects/two"
        S2: c NO [NONEXISTENT] No such mailbox
        C2: d SUBSCRIBE "Other Users/ann@example.test/Projects/one"
        S2: d OK ...
        C2: e LSUB "" "Other Users/*"
        S2: * LSUB (\HasNoChildren) "/" "Other Users/ann@example.test/Projects/one"
        S2: e OK ...
        C1: f SETACL Projects/one bob r
        S1: f OK ...
        C2: g LIST "" "Other Users/*"
        S2: g OK ...
        C2: h SELECT "Other Users/ann@example.test/Projects/one"
        S2*: h OK [READ-ONLY] ...
    """)


def test_create_inherits_the_list(two):
    """RFC 4314 §4, CREATE: "k" on what stands above, whose list the new mailbox gets."""
    grant(two, "Drafts", "lrk")
    two.dialogue(f"""
        C2: a CREATE "Other Users/ann@example.test/Drafts/new/one"
        S2: a OK ...
        C1: b GETACL Drafts/new/one
        S1: * ACL Drafts/new/one ann@example.test lrswipkxteacd bob@example.test lrkc
        S1: b OK ...
        C2: c CREATE "Other Users/ann@example.test/mine"
        S2: c NO [NOPERM] Not permitted
        C2: d CREATE "Other Users/nobody@example.test/mine"
        S2: d NO [NOPERM] Not permitted
        C2: e CREATE "Other Users/ann@example.test/Drafts/new/x" (USE (\\Sent))
        S2: e NO ...
        C2: f CREATE {DRAFTS}
        S2: f NO [NOPERM] Not permitted
    """)


def test_delete_and_rename(two):
    """RFC 4314 §4: "x" for the mailbox, "k" where its new name stands; the lists stay."""
    now(two.ann.create("D"))
    now(two.ann.create("A/B/C"))
    grant(two, "A/B/C", "lx")
    home = "Other Users/ann@example.test"
    two.dialogue(f"""
        C2: a RENAME "{home}/A/B/C" "{home}/D/E"
        S2: a NO [NOPERM] ...
        C1: b SETACL D bob lk
        S1: b OK ...
        C2: c RENAME "{home}/A/B/C" "{home}/D/E"
        S2: c OK ...
        C2: d MYRIGHTS "{home}/D/E"
        S2: * MYRIGHTS "{home}/D/E" lxc
        S2: d OK ...
        C2: e RENAME "{home}/D/E" Mine
        S2: e NO [NOPERM] ...
        C2: f DELETE "{home}/D"
        S2: f NO [NOPERM] ...
        C2: g DELETE "{home}/D/E"
        S2: g OK ...
        C1: h CREATE D/E
        S1: h OK ...
        C2: i MYRIGHTS "{home}/D/E"
        S2: * MYRIGHTS "{home}/D/E" lkc
        S2: i OK ...
    """)


def test_copy_and_append_lose_flags(two):
    """RFC 4314 §4, COPY: its example, with both sets of rights."""
    grant(two, "Archive", "rwis")
    home = "Other Users/ann@example.test/Archive"
    bob = two.services.of(two.porter.accounts["bob"])
    for flags in (("\\Draft", "\\Deleted"), ("\\Answered",), ("$Forwarded", "\\Seen")):
        now(bob.append("INBOX", [append_of(flags)]))
    two.dialogue(f"""
        C2: s SELECT INBOX
        S2*: s OK ...
        C2: A003 MYRIGHTS "{home}"
        S2: * MYRIGHTS "{home}" rswi
        S2: A003 OK ...
        C2: A005 COPY 1:3 "{home}"
        S2: A005 OK [COPYUID ...] ...
        C2: A006 SELECT "{home}"
        S2*: A006 OK [READ-WRITE] ...
        C2: A007 FETCH 1:3 (FLAGS)
        S2: * 1 FETCH (FLAGS (\\Draft))
        S2: * 2 FETCH (FLAGS (\\Answered))
        S2: * 3 FETCH (FLAGS (\\Seen $Forwarded))
        S2: A007 OK ...
        C1: b SETACL Archive bob rsti
        S1: b OK ...
        C2: s SELECT INBOX
        S2*: s OK ...
        C2: A008 COPY 1:3 "{home}"
        S2: A008 OK ...
        C2: A009 SELECT "{home}"
        S2*: A009 OK [READ-WRITE] ...
        C2: A010 FETCH 4:6 (FLAGS)
        S2: * 4 FETCH (FLAGS (\\Deleted))
        S2: * 5 FETCH (FLAGS ())
        S2: * 6 FETCH (FLAGS (\\Seen))
        S2: A010 OK ...
        C2: A011 APPEND "{home}" (\\Seen \\Flagged \\Deleted Work) {{4+}}
        C2: X: y
        S2: * 7 EXISTS
        S2: * 0 RECENT
        S2: A011 OK [APPENDUID ...
        C2: A012 FETCH 7 FLAGS
        S2: * 7 FETCH (FLAGS (\\Seen \\Deleted))
        S2: A012 OK ...
    """)


def append_of(flags):
    """A letter with these flags."""
    return Append(LETTER, flags)


def test_store_sets_what_may_be_set(two):
    """RFC 4314 §4, STORE: it fails only where nothing of it may be done."""
    two.put("Archive", LETTER, "\\Flagged", "\\Deleted")
    grant(two, "Archive", "lrs")
    two.dialogue(r"""
        C2: a SELECT "Other Users/ann@example.test/Archive"
        S2: * FLAGS (\Seen \Answered \Flagged \Deleted \Draft)
        S2: * OK [PERMANENTFLAGS (\Seen)] Flags
        S2*: a OK [READ-WRITE] ...
        C2: b STORE 1 +FLAGS (\Seen \Answered)
        S2: * 1 FETCH (FLAGS (\Seen \Flagged \Deleted))
        S2: b OK ...
        C2: c STORE 1 +FLAGS (\Answered Work)
        S2: c NO [NOPERM] Not permitted
        C2: d STORE 1 FLAGS ()
        S2: * 1 FETCH (FLAGS (\Flagged \Deleted))
        S2: d OK ...
        C2: e STORE 1 -FLAGS (\Deleted)
        S2: e NO [NOPERM] ...
        C2: f EXPUNGE
        S2: f NO [NOPERM] ...
        C2: g MOVE 1 INBOX
        S2: g NO [NOPERM] ...
        C2: h CLOSE
        S2: h OK ...
        C1: i STATUS Archive (MESSAGES DELETED UNSEEN)
        S1: * STATUS Archive (MESSAGES 1 DELETED 1 UNSEEN 1)
        S1: i OK ...
    """)


def test_reading_marks_nothing_without_the_right_to(two):
    """RFC 4314 §4, FETCH."""
    two.put("Archive")
    grant(two, "Archive", "lrw")
    two.dialogue("""
        C2: a SELECT "Other Users/ann@example.test/Archive"
        S2*: a OK [READ-WRITE] ...
        C2: b FETCH 1 BODY[TEXT]
        S2: * 1 FETCH (BODY[TEXT] {5}
        S2: Hi!
        S2: )
        S2: b OK ...
        C1: c STATUS Archive (UNSEEN)
        S1: * STATUS Archive (UNSEEN 1)
        S1: c OK ...
    """)


@pytest.mark.parametrize(
    ("rights", "code"),
    [("lrp", "READ-ONLY"), ("r", "READ-ONLY"), ("ri", "READ-WRITE"), ("re", "READ-WRITE"),
     ("rs", "READ-WRITE"), ("rt", "READ-WRITE"), ("rw", "READ-WRITE"), ("lrkxa", "READ-ONLY")],
)  # fmt: skip
def test_read_write_is_some_change(two, rights, code):
    """RFC 4314 §5.2."""
    grant(two, "Drafts", rights)
    two.dialogue(f"""
        C2: a SELECT {DRAFTS}
        S2*: a OK [{code}] ...
    """)


def test_permanent_flags_are_those_that_one_may_set(two):
    r"""RFC 4314 §5.1.1, its examples: without `t` no \Deleted; and both commands in one segment."""
    grant(two, "Drafts", "lrwis")
    two.dialogue(rf"""
        C2!: A142 SELECT {DRAFTS}\r\nA143 MYRIGHTS {DRAFTS}\r\n
        S2: * FLAGS (\Seen \Answered \Flagged \Deleted \Draft)
        S2: * OK [PERMANENTFLAGS (\Seen \Answered \Flagged \Draft \*)] ...
        S2*: A142 OK [READ-WRITE] SELECT completed
        S2: * MYRIGHTS {DRAFTS} lrswi
        S2: A143 OK MYRIGHTS completed
    """)


@pytest.mark.threat("I10")
def test_rights_that_go_act_on_open_sessions(two):
    """RFC 4314 §5.1.1: flags that may be set are told anew; who may not read is shown out."""
    two.put("Archive")
    grant(two, "Archive", "lrswte")
    two.dialogue(r"""
        C2: a SELECT "Other Users/ann@example.test/Archive"
        S2*: a OK [READ-WRITE] ...
        C1: b SETACL Archive bob -w
        S1: b OK ...
        C2: c NOOP
        S2: * FLAGS (\Seen \Answered \Flagged \Deleted \Draft)
        S2: * OK [PERMANENTFLAGS (\Seen \Deleted)] Flags
        S2: c OK ...
        C2: d STORE 1 +FLAGS (\Flagged)
        S2: d NO [NOPERM] ...
        C2: e IDLE
        S2: + idling
        C1: f SETACL Archive bob lr
        S1: f OK ...
        S2: * FLAGS (\Seen \Answered \Flagged \Deleted \Draft)
        S2: * OK [PERMANENTFLAGS ()] Flags
        C2: DONE
        S2: e OK ...
        C2: g STORE 1 +FLAGS (\Seen)
        S2: g NO Mailbox is read-only
        C1: h DELETEACL Archive bob
        S1: h OK ...
        S2: * BYE You may no longer read this mailbox
        S2: <closed>
    """)


@pytest.mark.threat("I10")
def test_who_idles_is_shown_out_at_once(two):
    """No command is needed for it, and what is told of the mailbox ends with the right to read."""
    grant(two, "Archive", "lr")
    two.dialogue("""
        C2: a SELECT "Other Users/ann@example.test/Archive"
        S2*: a OK [READ-ONLY] ...
        C2: b IDLE
        S2: + idling
        C1: c SETACL Archive bob l
        S1: c OK ...
        S2: * BYE You may no longer read this mailbox
        S2: <closed>
        C1: d APPEND Archive {4+}
        C1: X: y
        S1: d OK ...
    """)


def test_a_mailbox_that_goes_is_gone_for_all(two):
    grant(two, "Archive", "lr")
    two.dialogue("""
        C2: a SELECT "Other Users/ann@example.test/Archive"
        S2*: a OK [READ-ONLY] ...
        C1: b DELETE Archive
        S1: b OK ...
        S2: * BYE ...
        S2: <closed>
    """)


def test_shared_mailboxes_of_nobody(two):
    """An administrator makes them and grants; an account in the list uses them."""
    two.dialogue("""
        C2: a CREATE Shared/Team
        S2: a NO [NOPERM] ...
    """)
    now(two.store.writer.run(change_role, Address("bob", "example.test"), "admin"))
    two.dialogue(r"""
        C2: b CREATE Shared/Team/Plans
        S2: b OK ...
        C2: c GETACL Shared/Team/Plans
        S2: * ACL Shared/Team/Plans
        S2: c OK ...
        C2: d SETACL Shared/Team/Plans ann lri
        S2: d OK ...
        C2: e LIST "" Shared/*
        S2: * LIST (\HasChildren) "/" Shared/Team
        S2: * LIST (\HasNoChildren) "/" Shared/Team/Plans
        S2: e OK ...
        C1: f LIST "" Shared/*
        S1: * LIST (\HasNoChildren) "/" Shared/Team/Plans
        S1: f OK ...
        C1: g APPEND Shared/Team/Plans {4+}
        C1: X: y
        S1: g OK [APPENDUID ...
        C1: h STATUS Shared/Team (MESSAGES)
        S1: h NO [NONEXISTENT] No such mailbox
        C1: i GETQUOTAROOT Shared/Team/Plans
        S1: * QUOTAROOT Shared/Team/Plans shared
        S1: * QUOTA shared (MAILBOX 2 10000)
        S1: i OK ...
    """)


def test_what_is_put_into_a_mailbox_counts_against_its_owner(store, tmp_path):
    imap = Imap(store, tmp_path, quota_octets=150)
    imap.signed_in("1")
    imap.signed_in("2", "bob")
    grant(imap, "Archive", "lrswite")
    bob = imap.services.of(imap.porter.accounts["bob"])
    for _ in range(3):
        now(bob.append("INBOX", [append_of(())]))
    imap.put("INBOX", b"X: " + b"y" * 60 + b"\r\n")
    imap.dialogue("""
        C2: s SELECT INBOX
        S2*: s OK ...
        C2: a COPY 1:3 "Other Users/ann@example.test/Archive"
        S2: a NO [OVERQUOTA] ...
        C2: b MOVE 1:3 "Other Users/ann@example.test/Archive"
        S2: b NO [OVERQUOTA] ...
        C2: c MOVE 1 "Other Users/ann@example.test/Archive"
        S2: * OK [COPYUID ...
        S2: * 1 EXPUNGE
        S2: c OK ...
    """)
    usage = [now(imap.services.of(imap.porter.accounts[who]).quota()) for who in ("ann", "bob")]
    assert [one.used_messages for one in usage] == [2, 2]
    assert [one.used_octets for one in usage] == [65 + len(LETTER), 2 * len(LETTER)]
