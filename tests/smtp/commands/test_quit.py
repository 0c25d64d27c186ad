from tests.dialogue import Dialogues


def test_quit_ends_whatever_is_in_hand(mx: Dialogues) -> None:
    mx.dialogue("""
        C: MAIL FROM:<>
        S: 250 ...
        C!: QUIT\\r\\nNOOP\\r\\n
        S: 221 2.0.0 Bye
        S: <closed>
    """)
