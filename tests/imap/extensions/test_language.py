"""LANGUAGE (RFC 5255 §3): the examples of its §3.2."""

from tests.imap.people import Imap


def test_people_read_their_language(imap: Imap) -> None:
    """RFC 5255 §3.2, its examples in one session; the tags are those that we have."""
    imap.dialogue("""
        S: * OK [CAPABILITY ...LANGUAGE...
        C: A001 LOGIN ann secret
        S: A001 OK ... Signed in
        C: A002 LANGUAGE MUL
        S: A002 NO Unsupported language
        C: A003 LANGUAGE
        S: * LANGUAGE (i-default en de)
        S: A003 OK LANGUAGE completed
        C: C001 LANGUAGE DE
        S: * LANGUAGE (de)
        S: * NAMESPACE (("" "/")) (("Other Users/" "/" "TRANSLATION" ("Andere Benutzer/"))) (("Shared/" "/" "TRANSLATION" ("Gemeinsame Postf&AOQ-cher/")))
        S: C001 OK LANGUAGE ausgeführt
        C: D001 LANGUAGE FR
        S: D001 NO Diese Sprache wird nicht unterstützt
        C: D002 LANGUAGE DE-IT
        S: * LANGUAGE (de)
        S: * NAMESPACE (("" "/")) (("Other Users/" "/" "TRANSLATION" ("Andere Benutzer/"))) (...)
        S: D002 OK LANGUAGE ausgeführt
        C: D003 LANGUAGE "default"
        S: * LANGUAGE (i-default)
        S: * NAMESPACE (("" "/")) (("Other Users/" "/")) (("Shared/" "/"))
        S: D003 OK LANGUAGE completed
        C: E001 LANGUAGE FR-CA EN-CA
        S: * LANGUAGE (en)
        S: * NAMESPACE ...
        S: E001 OK LANGUAGE completed
    """)


def test_errors_and_the_goodbye_are_in_it(ann: Imap) -> None:
    ann.dialogue("""
        C: a LANGUAGE de
        S: * LANGUAGE (de)
        S: * NAMESPACE ...
        S: a OK LANGUAGE ausgeführt
        C: b STATUS Nowhere (MESSAGES)
        S: b NO [NONEXISTENT] Dieses Postfach gibt es nicht
    """)
    ann.client().talks.stopping()
    assert ann.client().wire.take() == b"* BYE Der Server wird beendet\r\n"


def test_it_may_be_chosen_before_signing_in(imap: Imap) -> None:
    imap.dialogue("""
        S: * OK ...
        C: a LANGUAGE de
        S: * LANGUAGE (de)
        S: a OK ...
        C: b LOGIN ann wrong
        S: b NO [AUTHENTICATIONFAILED] Benutzer oder Passwort falsch
    """)


def test_a_list_without_end_is_bad(ann: Imap) -> None:
    assert ann.say(b"a LANGUAGE" + b" xx" * 31 + b"\r\n") == b"a BAD Too many languages\r\n"
    assert ann.say(b"b LANGUAGE \xff\r\n").startswith(b"b BAD")
