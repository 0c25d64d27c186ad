import pytest

from tests.dialogue import Dialogues


@pytest.mark.threat("S5")
def test_nobody_is_told_who_exists(mx: Dialogues) -> None:
    mx.dialogue("""
        C: VRFY ada
        S: 252 $status $a...
        C: VRFY nobody
        S: 252 $status $a...
        C: EXPN list
        S: 502 5.5.1 ...
    """)
