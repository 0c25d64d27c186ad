"""Numbers that are chosen to collide in a table of hashes (threat R7)."""

import re
from pathlib import Path

import pytest

from tests.attack.victim import Victim

# A table of up to 2^20 places sees the low bits of these first: all the same.
CRAFTED = [n << 20 for n in range(1, 4096)]


@pytest.mark.threat("R7")
@pytest.mark.threat("R6")
@pytest.mark.parametrize(
    "said", ["UID FETCH {} FLAGS", "UID SEARCH UID {}", "UID STORE {} FLAGS ()"]
)
def test_crafted_numbers_hold_up_nobody(victim: Victim, said: str) -> None:
    """The whole set is answered, and the reactor was never at work for over 50 ms (`victim`)."""
    numbers = ",".join(map(str, CRAFTED))
    with victim.connect("imap") as talk:
        talk.send(b"a LOGIN ann@example.test secret\r\nb SELECT INBOX\r\n")
        talk.until(b"b OK")
        talk.send(f"c {said.format(numbers)}\r\n".encode())
        told = talk.until(b"c ")
    assert told[-1].startswith(b"c OK")


@pytest.mark.threat("R7")
def test_hashes_of_text_are_random(victim: Victim) -> None:
    """Nobody set a seed for the process, which would make them known."""
    octets = Path(f"/proc/{victim.pid}/environ").read_bytes()
    seed = re.search(rb"(?:^|\0)PYTHONHASHSEED=([^\0]*)", octets)
    assert seed is None or seed[1] == b"random"
