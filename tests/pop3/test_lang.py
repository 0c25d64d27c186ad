"""LANG: what people read."""

from tests.directory.people import PASSWORD
from tests.pop3.conftest import Pop


def test_languages_are_listed_with_their_own_names(pop: Pop) -> None:
    pop.dialogue("""
        S: +OK ...
        C: LANG
        S: +OK Languages
        S: i-default English, in ASCII
        S: en English
        S: de Deutsch
        S: .
    """)


def test_all_answers_are_in_the_chosen_language_from_its_own_on(pop: Pop) -> None:
    """Numbers and codes stay what programs read (RFC 6856 §3.2)."""
    pop.dialogue("""
        S: +OK ...
        C: LANG de-AT
        S: +OK de Von jetzt an auf Deutsch
        C: USER ann@example.test
        S: +OK
        C: PASS wrong
    """)
    pop.house.clock.advance(3)
    pop.dialogue(f"""
        S: -ERR [AUTH] Benutzer oder Passwort falsch
        C: USER ann@example.test
        S: +OK
        C: PASS {PASSWORD}
        S: +OK 0 Nachrichten (0 Oktette)
        C: STAT
        S: +OK 0 0
        C: LIST
        S: +OK 0 Nachrichten (0 Oktette)
        S: .
        C: RETR 1
        S: -ERR Diese Nachricht gibt es nicht
        C: FROB
        S: -ERR Diesen Befehl gibt es nicht
        C: LANG MUL
        S: -ERR Diese Sprache wird nicht unterstützt
        C: LANG *
        S: +OK i-default From now on in English
        C: QUIT
        S: +OK Goodbye
    """)
