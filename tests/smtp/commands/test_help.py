from mailsuite.smtp.registry import COMMANDS
from tests.dialogue import Dialogues


def test_every_command_is_named(mx: Dialogues) -> None:
    mx.dialogue(f"""
        C: HELP me
        S: 214 2.0.0 {b" ".join(sorted(COMMANDS)).decode()}
    """)
