import pytest

from tests.dialogue import Dialogues


@pytest.mark.threat("W15")
@pytest.mark.parametrize(
    ("size", "reply"),
    [
        ("0", "250 2.1.0"), ("52428800", "250 2.1.0"), ("00000000000000000001", "250 2.1.0"),
        ("52428801", "552 5.3.4"), ("2147483648", "552 5.3.4"), ("4294967296", "552 5.3.4"),
        ("9223372036854775808", "552 5.3.4"), ("18446744073709551616", "552 5.3.4"),
        ("-1", "501 5.5.4"), ("1e3", "501 5.5.4"), ("", "501 5.5.4"), ("9" * 3000, "501 5.5.4"),
    ],
)  # fmt: skip
def test_a_declared_size(mx: Dialogues, size: str, reply: str) -> None:
    mx.dialogue(f"C: MAIL FROM:<> SIZE={size}\nS: {reply} ...")
