"""NOTIFY (RFC 5465): every example of it, and what phones send."""

import pytest

from mailsuite.imap.notifying import notices
from mailsuite.store.annotations import SERVER, set_annotations
from mailsuite.store.flags import FlagChange, Mode
from mailsuite.store.placements import store_flags
from mailsuite.store.placements_expunge import expunge_messages
from tests.imap.people import Imap, now

ALL = "(MessageNew MessageExpunge FlagChange)"
BOTH = "(MessageNew MessageExpunge)"
SEEN = FlagChange(Mode.ADD, ("\\Seen",))
DELETED = FlagChange(Mode.ADD, ("\\Deleted",))


def flag(imap: Imap, mailbox: str, uid: int, change: FlagChange = SEEN) -> None:
    """Change a flag behind everybody's back."""
    row = now(imap.ann.status(mailbox))
    now(imap.store.writer.run(store_flags, row.id, [(uid, uid)], change))


def expunge(imap: Imap, mailbox: str, uid: int) -> None:
    """Remove a message behind everybody's back."""
    row = now(imap.ann.status(mailbox))
    now(imap.store.writer.run(expunge_messages, row.id, [(uid, uid)], 0))


def annotate(imap: Imap, mailbox: str, value: bytes | None) -> None:
    """Set /shared/comment of a mailbox, or of the server."""
    number = now(imap.ann.status(mailbox)).id if mailbox else SERVER
    account = imap.porter.accounts["ann"].id
    now(imap.store.writer.run(set_annotations, number, account, {"/shared/comment": value}))


@pytest.fixture
def phone(imap: Imap) -> Imap:
    """Ann with one message in INBOX, and INBOX selected."""
    imap.put()
    imap.signed_in(select="INBOX")
    return imap


@pytest.fixture
def lists(imap: Imap) -> Imap:
    """Ann with mailboxes for lists, one message in two of them."""
    for name in ("Lists", "Lists/Im2000", "Lists/Lemonade", "misc"):
        now(imap.ann.create(name))
    imap.put("Lists/Lemonade")
    imap.put("misc")
    imap.signed_in()
    return imap


def test_status_first_and_then_what_happens(lists):
    """RFC 5465 §3.1, the example, its event groups written as its own §8 has them."""
    lists.dialogue("""
        C: b notify set status (selected (MessageNew (uid body.peek[header.fields (from to subject)]) MessageExpunge)) (subtree Lists (MessageNew MessageExpunge))
        S: * STATUS Lists (MESSAGES 0 UIDNEXT 1 UIDVALIDITY ... UNSEEN 0)
        S: * STATUS Lists/Im2000 (MESSAGES 0 UIDNEXT 1 UIDVALIDITY ... UNSEEN 0)
        S: * STATUS Lists/Lemonade (MESSAGES 1 UIDNEXT 2 UIDVALIDITY ... UNSEEN 1)
        S: b OK ...
        C: c select inbox
        S*: c OK ...
    """)
    lists.put("Lists/Lemonade")
    lists.dialogue("""
        S: * STATUS Lists/Lemonade (MESSAGES 2 UIDNEXT 3 UIDVALIDITY ... UNSEEN 2)
    """)
    lists.put()
    lists.dialogue("""
        S: * 1 EXISTS
        S: * 0 RECENT
        S: * 1 FETCH (UID 1 BODY[HEADER.FIELDS (from to subject)] {41}
        S: From: bob@example.org
        S: Subject: hello
        S:
        S: )
        C: d STATUS misc (UIDVALIDITY UIDNEXT MESSAGES)
        S: * STATUS misc (UIDVALIDITY ... UIDNEXT 2 MESSAGES 1)
        S: d OK ...
        C: e notify set (selected (MessageNew (uid body.peek[header.fields (from to subject)]) MessageExpunge)) (subtree Lists (MessageNew MessageExpunge)) (mailboxes misc (MessageNew MessageExpunge))
        S: e OK ...
    """)
    lists.put("misc")
    lists.dialogue("""
        S: * STATUS misc (MESSAGES 2 UIDNEXT 3 UIDVALIDITY ... UNSEEN 2)
    """)


def test_what_fairemail_asks_for(phone):
    """clients.md §4: the one phone program that uses NOTIFY; one line for each delivery."""
    phone.dialogue("""
        C: 1 NOTIFY SET STATUS (selected (MessageNew (uid) MessageExpunge FlagChange)) (subscribed (MessageNew MessageExpunge FlagChange))
        S: * STATUS Archive (MESSAGES 0 UIDNEXT 1 UIDVALIDITY ... UNSEEN 0 HIGHESTMODSEQ 1)
        S: * STATUS Drafts (MESSAGES 0 ...
        S: * STATUS Junk (MESSAGES 0 ...
        S: * STATUS Sent (MESSAGES 0 ...
        S: * STATUS Trash (MESSAGES 0 ...
        S: 1 OK NOTIFY completed
    """)
    phone.put("Junk")
    phone.put()
    flag(phone, "INBOX", 2)
    expunge(phone, "INBOX", 1)
    phone.dialogue(r"""
        S: * STATUS Junk (MESSAGES 1 UIDNEXT 2 UIDVALIDITY ... UNSEEN 1)
        S: * 2 EXISTS
        S: * 0 RECENT
        S: * 2 FETCH (UID 2)
        S: * 2 FETCH (UID 2 FLAGS (\Seen))
        S: * 1 EXPUNGE
    """)
    flag(phone, "Junk", 1)
    phone.dialogue("S: * STATUS Junk (MESSAGES 1 UIDNEXT 2 UIDVALIDITY ... UNSEEN 0)")


def test_a_flag_in_the_selected_mailbox_and_in_another(phone):
    """RFC 5465 §5.1, both examples; without CONDSTORE only what UNSEEN tells."""
    phone.put("Junk")
    phone.dialogue(f"""
        C: a NOTIFY SET (selected {ALL}) (personal {ALL})
        S: a OK ...
    """)
    flag(phone, "INBOX", 1, FlagChange(Mode.ADD, ("$Junk",)))
    flag(phone, "Junk", 1, DELETED)
    phone.dialogue(r"""
        S: * FLAGS (...$Junk)
        S: * OK [PERMANENTFLAGS ...
        S: * 1 FETCH (UID 1 FLAGS ($Junk))
        C: b ENABLE CONDSTORE
        S*: b OK ...
    """)
    flag(phone, "Junk", 1, FlagChange(Mode.ADD, ("\\Answered",)))
    phone.dialogue("""
        S: * STATUS Junk (MESSAGES 1 UIDNEXT 2 UIDVALIDITY ... UNSEEN 1 HIGHESTMODSEQ 4)
    """)


def test_a_new_message_in_the_selected_mailbox_and_in_another(phone):
    """RFC 5465 §5.2, both examples; one EXISTS may stand for several messages."""
    phone.dialogue("""
        C: a NOTIFY SET (selected (MessageNew (uid) MessageExpunge)) (personal (MessageNew MessageExpunge))
        S: a OK ...
    """)
    phone.put()
    phone.put("Trash")
    phone.dialogue("""
        S: * 2 EXISTS
        S: * 0 RECENT
        S: * 2 FETCH (UID 2)
        S: * STATUS Trash (MESSAGES 1 UIDNEXT 2 ...
    """)


def test_an_expunge_in_the_selected_mailbox_and_in_another(phone):
    """RFC 5465 §5.3, its three examples."""
    phone.put("Trash")
    phone.dialogue(f"""
        C: a NOTIFY SET (selected {BOTH}) (mailboxes Trash {BOTH})
        S: a OK ...
    """)
    expunge(phone, "INBOX", 1)
    expunge(phone, "Trash", 1)
    phone.dialogue("""
        S: * 1 EXPUNGE
        S: * STATUS Trash (MESSAGES 0 UIDNEXT 2 ...
        C: b ENABLE QRESYNC
        S*: b OK ...
    """)
    phone.put()
    phone.dialogue("""
        S: * 1 EXISTS
        S: * 0 RECENT
    """)
    expunge(phone, "INBOX", 2)
    phone.dialogue("S: * VANISHED 2")


def test_mailboxes_come_go_and_move(phone):
    """RFC 5465 §5.4, its three examples; a parent is affected by what comes and goes below it."""
    phone.dialogue("""
        C: a NOTIFY SET (personal (MailboxName))
        S: a OK ...
    """)
    now(phone.ann.create("NewMailbox"))
    phone.dialogue(r'S: * LIST (\HasNoChildren) "/" NewMailbox')
    now(phone.ann.create("NewMailbox/Deep"))
    phone.dialogue(r"""
        S: * LIST (\HasChildren) "/" NewMailbox
        S: * LIST (\HasNoChildren) "/" NewMailbox/Deep
    """)
    now(phone.ann.rename("NewMailbox", "Other"))
    phone.dialogue(r'S: * LIST (\HasChildren) "/" Other ("OLDNAME" (NewMailbox))')
    now(phone.ann.rename("Other/Deep", "Deep"))
    phone.dialogue(r'S: * LIST (\HasNoChildren) "/" Deep ("OLDNAME" (Other/Deep))')
    now(phone.ann.delete("Deep"))
    phone.dialogue(r'S: * LIST (\NonExistent \HasNoChildren) "/" Deep')


def test_subscriptions_change(phone):
    """RFC 5465 §5.5, the example, and the other way."""
    now(phone.ann.create("SubscribedMailbox"))
    phone.dialogue("""
        C: a NOTIFY SET (personal (SubscriptionChange))
        S: a OK ...
    """)
    now(phone.ann.subscribe("SubscribedMailbox"))
    phone.dialogue(r'S: * LIST (\Subscribed \HasNoChildren) "/" SubscribedMailbox')
    now(phone.ann.unsubscribe("SubscribedMailbox"))
    phone.dialogue(r'S: * LIST (\HasNoChildren) "/" SubscribedMailbox')


def test_annotations_change(phone):
    """RFC 5465 §5.6 and §5.7, the examples; what was removed is told, too."""
    phone.dialogue("""
        C: a NOTIFY SET (mailboxes INBOX (MailboxMetadataChange)) (personal (ServerMetadataChange))
        S: a OK ...
    """)
    annotate(phone, "INBOX", b"mine")
    phone.dialogue("S: * METADATA INBOX /shared/comment")
    annotate(phone, "INBOX", None)
    phone.dialogue("S: * METADATA INBOX /shared/comment")
    annotate(phone, "", b"ours")
    phone.dialogue('S: * METADATA "" /shared/comment')
    annotate(phone, "Trash", b"not asked for")
    phone.dialogue("""
        C: b NOOP
        S: b OK ...
    """)


@pytest.mark.threat("I12")
def test_too_many_mailboxes_are_refused_and_later_end_it(phone, monkeypatch):
    """RFC 5465 §5.8: as if a NOTIFY NONE had been given."""
    monkeypatch.setattr(notices, "MOST_WATCHED", 6)
    phone.dialogue(f"""
        C: a NOTIFY SET (selected {BOTH}) (personal {BOTH})
        S: a OK ...
    """)
    now(phone.ann.create("One more"))
    phone.dialogue("S: * OK [NOTIFICATIONOVERFLOW] Too many mailboxes")
    phone.put()
    phone.put("Trash")
    phone.dialogue(f"""
        C: b NOOP
        S: b OK ...
        C: c NOTIFY SET (selected {BOTH}) (personal {BOTH})
        S: c NO [NOTIFICATIONOVERFLOW] Too many mailboxes
        C: d NOTIFY SET (selected {BOTH}) (inboxes (MailboxName))
        S: * 2 EXISTS
        S: * 0 RECENT
        S: d OK ...
    """)


def test_groups_add_up_and_the_selected_mailbox_has_its_own(phone):
    """RFC 5465 §6, both examples."""
    phone.dialogue("""
        C: a notify set (mailboxes INBOX (Messagenew messageExpunge)) (personal (SubscriptionChange))
        S: a OK ...
    """)
    phone.put()
    now(phone.ann.unsubscribe("INBOX"))
    phone.dialogue(r"""
        S: * LIST (\HasNoChildren) "/" INBOX
        C: a notify set (selected (Messagenew (uid flags) messageExpunge)) (personal (MessageNew FlagChange MessageExpunge))
        S: * 2 EXISTS
        S: * 0 RECENT
        S: * 2 FETCH (UID 2 FLAGS ())
        S: a OK ...
    """)
    phone.put()
    phone.dialogue("""
        S: * 3 EXISTS
        S: * 0 RECENT
        S: * 3 FETCH (UID 3 FLAGS ())
    """)
    phone.say(b"b SELECT Trash\r\n")
    phone.put()
    phone.dialogue("S: * STATUS INBOX (MESSAGES 4 UIDNEXT 5 UIDVALIDITY ... UNSEEN 4)")


def test_events_that_nobody_can_tell_of_are_refused_with_those_that_can(phone):
    """RFC 5465 §3.1: NO, not BAD; what was asked for before holds."""
    phone.dialogue(f"""
        C: a NOTIFY SET (selected {BOTH})
        S: a OK ...
        C: b NOTIFY SET (selected (MessageNew MessageExpunge AnnotationChange)) (personal (MailboxSung))
        S: b NO [BADEVENT (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange MailboxMetadataChange ServerMetadataChange)] Unsupported event
    """)
    phone.put()
    phone.dialogue("""
        S: * 2 EXISTS
        S: * 0 RECENT
    """)


@pytest.mark.threat("I14")
@pytest.mark.parametrize(
    "rest",
    [
        "",
        "SET",
        "EVER",
        "NONE now",
        "SET STATUS",
        "SET STATUT (selected (MessageNew MessageExpunge))",
        "SET (selected)",
        "SET (selected ())",
        "SET (selected (MessageNew))",
        "SET (personal (MessageExpunge))",
        "SET (personal (FlagChange))",
        "SET (selected (MailboxName))",
        "SET (personal (MessageNew (uid) MessageExpunge))",
        "SET (selected (MessageExpunge (uid) MessageNew))",
        "SET (selected (MessageNew () MessageExpunge))",
        f"SET (selected {BOTH}) (selected-delayed {BOTH})",
        f"SET (mailboxes {BOTH})",
        f"SET (mailboxes () {BOTH})",
        f"SET (chosen {BOTH})",
        f"SET (selected {BOTH}",
        f"SET (selected {BOTH}) ",
        "SET" + f" (inboxes {BOTH})" * 101,
        "SET (mailboxes (" + " ".join(["x"] * 1001) + f") {BOTH})",
    ],
)
def test_what_does_not_follow_the_grammar_is_bad(phone, rest):
    """RFC 5465 §8, and the rules of §5 and §6.1."""
    assert phone.say(f"a NOTIFY {rest}\r\n".encode()).startswith(b"a BAD ")


def test_none_and_nothing_for_the_selected_mailbox_are_silence(phone):
    """RFC 5465 §3.1: not even NOOP tells; what was withheld is told once it is asked for."""
    for notify in ("NONE", "SET (selected NONE)", "SET (inboxes (MailboxName))"):
        assert phone.say(f"a NOTIFY {notify}\r\n".encode()) == b"a OK NOTIFY completed\r\n"
        phone.put()
        flag(phone, "INBOX", 1)
        assert phone.say(b"b NOOP\r\n") == b"b OK NOOP completed\r\n"
    phone.dialogue(f"""
        C: c NOTIFY SET (selected {ALL})
        S: * 4 EXISTS
        S: * 0 RECENT
        S: * 1 FETCH (UID 1 FLAGS (...))
        S: c OK ...
    """)


def test_delayed_expunges_wait_for_a_command_that_may_tell_them(phone):
    """RFC 5465 §6.1.2: numbers keep their meaning between commands, and in FETCH."""
    phone.put()
    phone.dialogue(f"""
        C: a NOTIFY SET (selected-delayed {BOTH})
        S: * 2 EXISTS
        S: * 0 RECENT
        S: a OK ...
    """)
    expunge(phone, "INBOX", 1)
    phone.dialogue("""
        C: b FETCH 2 (UID)
        S: * 2 FETCH (UID 2)
        S: b OK ...
        C: c NOOP
        S: * 1 EXPUNGE
        S: c OK ...
    """)
    expunge(phone, "INBOX", 2)
    phone.dialogue("""
        C: d IDLE
        S: + idling
        S: * 1 EXPUNGE
    """)
    phone.put()
    expunge(phone, "INBOX", 3)
    phone.dialogue("""
        S: * 1 EXISTS
        S: * 0 RECENT
        S: * 1 EXPUNGE
        C: DONE
        S: d OK ...
    """)


def test_idle_tells_the_same(phone):
    """RFC 5465 §4."""
    phone.dialogue(f"""
        C: a NOTIFY SET (selected (MessageNew (uid) MessageExpunge)) (personal {BOTH})
        S: a OK ...
        C: b IDLE
        S: + idling
    """)
    phone.put("Junk")
    phone.put()
    flag(phone, "INBOX", 1)
    phone.dialogue("""
        S: * STATUS Junk (MESSAGES 1 ...
        S: * 2 EXISTS
        S: * 0 RECENT
        S: * 2 FETCH (UID 2)
        C: DONE
        S: b OK ...
    """)


def test_a_client_is_not_told_what_it_did_itself(phone):
    """RFC 5465 §5: of names; another client is."""
    phone.signed_in("2")
    for name in ("", "2"):
        said = phone.say(b"a NOTIFY SET (personal (MailboxName SubscriptionChange))\r\n", name)
        assert said == b"a OK NOTIFY completed\r\n"
    phone.dialogue(r"""
        C: b CREATE Mine
        S: b OK ...
        S2: * LIST (\HasNoChildren) "/" Mine
        C: c RENAME Mine Yours
        S: c OK ...
        S2: * LIST (\HasNoChildren) "/" Yours ("OLDNAME" (Mine))
        C: d SUBSCRIBE Yours
        S: d OK ...
        S2: * LIST (\Subscribed \HasNoChildren) "/" Yours
        C: e UNSUBSCRIBE Yours
        S: e OK ...
        S2: * LIST (\HasNoChildren) "/" Yours
        C: f DELETE Yours
        S: f OK ...
        S2: * LIST (\NonExistent \HasNoChildren) "/" Yours
    """)


@pytest.mark.threat("I12")
def test_a_slow_reader_is_told_the_outcome_and_not_each_step(phone):
    """While more than enough waits to be sent nothing is added, whatever happens."""
    phone.dialogue(f"""
        C: a NOTIFY SET (selected {BOTH}) (personal {BOTH})
        S: a OK ...
    """)
    wire = phone.client().wire
    wire.slow = True
    wire.sent += b"x" * 600_000
    for _ in range(20):
        phone.put()
        phone.put("Trash")
    assert len(wire.sent) == 600_000
    wire.slow = False
    wire.take()
    phone.dialogue("""
        S: * 21 EXISTS
        S: * 0 RECENT
        S: * STATUS Trash (MESSAGES 20 UIDNEXT 21 ...
    """)


def test_whoever_leaves_is_forgotten(phone):
    phone.dialogue(f"""
        C: a NOTIFY SET (selected {BOTH}) (personal {BOTH})
        S: a OK ...
        C: b NOTIFY SET (selected {BOTH}) (personal {ALL})
        S: b OK ...
    """)
    phone.client().gone()
    phone.put()
    phone.put("Trash")
    assert phone.client().wire.take() == b""


def test_what_the_selected_mailbox_told_is_known_when_it_is_left(phone):
    phone.dialogue(f"""
        C: a NOTIFY SET (selected {BOTH}) (personal {BOTH})
        S: a OK ...
    """)
    phone.put()
    phone.dialogue("""
        S: * 2 EXISTS
        S: * 0 RECENT
        C: b UNSELECT
        S: b OK ...
        C: c NOOP
        S: c OK ...
    """)
    phone.put()
    phone.dialogue("S: * STATUS INBOX (MESSAGES 3 UIDNEXT 4 ...")


SHARED = '"Other Users/ann@example.test/Drafts"'


@pytest.mark.threat("I10")
def test_rights_that_come_and_go(imap):
    """RFC 5465 §3.1 and §5.9: what may be listed only has no events, what may not is unknown."""
    imap.signed_in("1")
    imap.signed_in("2", "bob")

    def grant(rights: str) -> None:
        said = imap.say(f'g SETACL Drafts bob "{rights}"\r\n'.encode(), "1")
        assert said == b"g OK SETACL completed\r\n", said

    grant("l")
    imap.dialogue(f"""
        C2: a NOTIFY SET STATUS (mailboxes ({SHARED} "Other Users/ann@example.test/Sent") (MessageNew MessageExpunge MailboxName))
        S2: * LIST (\\NoAccess) "/" {SHARED}
        S2: a OK ...
    """)
    imap.put("Drafts")
    grant("lr")
    imap.dialogue(rf"""
        S2: * LIST (\HasNoChildren) "/" {SHARED}
        S2: * STATUS {SHARED} (MESSAGES 1 ...
    """)
    imap.put("Drafts")
    imap.dialogue(f"""
        S2: * STATUS {SHARED} (MESSAGES 2 UIDNEXT 3 UIDVALIDITY ... UNSEEN 2)
    """)
    grant("")
    imap.dialogue(rf'S2: * LIST (\NonExistent \HasNoChildren) "/" {SHARED}')
    imap.put("Drafts")
    imap.put("Sent")
    imap.dialogue("""
        C2: b NOOP
        S2: b OK ...
    """)
