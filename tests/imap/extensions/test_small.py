"""ID, ENABLE, NAMESPACE, QUOTA, LITERAL+ and the table of capabilities."""

import sys

import pytest

from mailsuite.imap import registry, tables


def test_id_is_answered_in_every_state(imap):
    """RFC 2971 §3.1; Outlook's cloud sends it before it signs in."""
    imap.dialogue("""
        S: * OK ...
        C: a023 ID ("name" "sodr" "version" "19.34" "vendor" NIL)
        S: * ID ("name" "mailsuite")
        S: a023 OK ID completed
        C: b ID NIL
        S: * ID ("name" "mailsuite")
        S: b OK ...
        C: c ID ()
        S: * ID ("name" "mailsuite")
        S: c OK ...
        C: d ID (name x)
        S: d BAD ...
        C: e ID ("name")
        S: e BAD ...
    """)


def test_the_operator_sees_who_a_client_says_it_is(ann):
    """RFC 2971: it is shown beside the session, and nothing is decided by it."""
    ann.say(b'a ID ("name" "Mail" "version" "3\\"4" "vendor" NIL)\r\nb SELECT Trash\r\n')
    assert ann.client().talks.about() == {
        "account": "ann@example.test",
        "app": "",
        "client": 'Mail 3"4',
        "mailbox": "Trash",
    }


@pytest.mark.threat("I14")
def test_id_has_limits(ann):
    many = b" ".join(b'"k%d" "v"' % n for n in range(31))
    for fields in (many, b'"' + b"k" * 31 + b'" "v"', b'"k" "' + b"v" * 1025 + b'"'):
        assert ann.say(b"a ID (" + fields + b")\r\n").startswith(b"a BAD")


def test_enable_tells_what_it_switched_on(ann):
    """RFC 5161 §3: unknown ones are left out, and those that were on before."""
    ann.dialogue("""
        C: t1 ENABLE CONDSTORE X-GOOD-IDEA
        S: * ENABLED CONDSTORE
        S: t1 OK ENABLE completed
        C: t2 ENABLE condstore
        S: * ENABLED
        S: t2 OK ...
        C: t3 ENABLE
        S: t3 BAD ...
    """)


def test_namespace(ann):
    ann.dialogue("""
        C: A001 NAMESPACE
        S: * NAMESPACE (("" "/")) (("Other Users/" "/")) (("Shared/" "/"))
        S: A001 OK NAMESPACE completed
    """)


def test_literals_without_waiting(ann):
    """RFC 7888 §3."""
    ann.dialogue("""
        C: A001 SELECT {5+}
        C: inbox
        S*: A001 OK [READ-WRITE] ...
    """)


def test_every_row_cites_its_rfc_and_stands_in_one_module(ann):
    for table in (registry.COMMANDS, tables.FETCH_ITEMS):
        for name, row in table.items():
            assert "RFC" in row.doc + (sys.modules[row.module].__doc__ or ""), name
            assert row.module.startswith("mailsuite.imap."), name


def test_capability_tells_what_is_registered(ann):
    said = ann.say(b"a CAPABILITY\r\n").split(b"\r\n")[0].split()[2:]
    assert said[0] == b"IMAP4rev1"
    assert len(said) == len(set(said))
    assert {
        b"CHILDREN", b"ENABLE", b"ID", b"IDLE", b"LIST-EXTENDED", b"LIST-STATUS", b"LITERAL+",
        b"NAMESPACE", b"QUOTA", b"QUOTA=RES-STORAGE", b"QUOTA=RES-MESSAGE", b"SPECIAL-USE",
        b"STATUS=SIZE", b"MULTIAPPEND", b"CREATE-SPECIAL-USE",
    } <= set(said)  # fmt: skip
    assert not {b"STARTTLS", b"LOGINDISABLED", b"AUTH=PLAIN"} & set(said)


def test_signing_in_tells_all_that_there_is(imap):
    """Clients ask once: MOVE and UIDPLUS are told before a mailbox is selected."""
    client = imap.client("")
    client.send(b"a LOGIN ann secret\r\n")
    said = client.wire.take().split(b"[CAPABILITY ")[-1].split(b"]")[0].split()
    assert {b"IDLE", b"MOVE", b"MULTIAPPEND", b"UIDPLUS", b"UNSELECT"} <= set(said)
    client.send(b"b SELECT INBOX\r\nc CAPABILITY\r\n")
    told = client.wire.take().split(b"* CAPABILITY ")[1].split(b"\r\n")[0].split()
    assert told == said
