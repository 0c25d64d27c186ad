from tests.dialogue import Dialogues


def test_rset_ends_the_transaction(mx: Dialogues) -> None:
    mx.dialogue("""
        C: MAIL FROM:<>
        S: 250 ...
        C: RCPT TO:<ada@example.org>
        S: 250 ...
        C: RSET x
        S: 501 5.5.4 ...
        C: RSET
        S: 250 2.0.0 Ok
        C: DATA
        S: 503 5.5.1 ...
    """)
