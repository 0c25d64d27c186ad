import pytest

from tests.dialogue import Dialogues


@pytest.mark.parametrize(
    ("body", "reply"),
    [("7bit", "250"), ("8BITMIME", "250"), ("BINARYMIME", "250"), ("9BIT", "501"), ("", "501")],
)
def test_bodies(mx: Dialogues, body: str, reply: str) -> None:
    mx.dialogue(f"C: MAIL FROM:<> BODY={body}\nS: {reply} ...")
