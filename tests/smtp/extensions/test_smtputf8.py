from tests.dialogue import Dialogues


def test_smtputf8_has_no_value(mx: Dialogues) -> None:
    mx.dialogue(
        "C: MAIL FROM:<> SMTPUTF8=1\nS: 501 ...\nC: MAIL FROM:<ü@ü.example> SMTPUTF8\nS: 250 ..."
    )
