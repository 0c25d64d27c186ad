import pytest

from mailsuite.errors import MailLoop
from tests.dialogue import Dialogues
from tests.smtp.conftest import House

BEGIN = """
    C: MAIL FROM:<>
    S: 250 ...
    C: RCPT TO:<ada@example.org>
    S: 250 ...
    C: DATA
    S: 354 End with CRLF dot CRLF
"""


def test_dots_and_an_empty_message(mx: Dialogues, house: House) -> None:
    mx.dialogue(BEGIN + "C: ..\nC: .x\nC: ...\nC: .\nS: 250 2.0.0 Ok: queued as t1.1")
    mx.dialogue(BEGIN + "C: .\nS: 250 2.0.0 Ok: queued as t1.2")
    assert house.bodies == [b".\r\nx\r\n..\r\n", b""]


@pytest.mark.threat("S7")
def test_a_message_over_the_limit(house: House) -> None:
    house.limit(message_octets=1000)
    talks = house.mx()
    talks.dialogue("S: 220 ...\nC: EHLO x\nS*: 250 ...")
    for size, reply in ((998, "250 2.0.0"), (1000, "552 5.3.4"), (1900, "552 5.3.4")):
        talks.dialogue(f"{BEGIN}\nC: {'x' * size}\nC: .\nS: {reply} ...\nC: NOOP\nS: 250 ...")
    assert house.box.spools[1].discarded
    talks.dialogue(f"{BEGIN}\nC: {'x' * 2000}\nS: 552 5.3.4 ...\nS: <closed>")
    assert len(house.bodies) == 1


def test_a_loop_is_refused(mx: Dialogues, house: House) -> None:
    house.box.trouble = MailLoop()
    mx.dialogue(BEGIN + "C: .\nS: 554 5.4.6 ...")


def test_a_line_without_end_in_the_text(house: House) -> None:
    house.limit(smtp_text_line_octets=100)
    talks = house.mx()
    talks.dialogue("S: 220 ...\nC: EHLO x\nS*: 250 ...")
    talks.dialogue(
        f"{BEGIN}\nC: {'x' * 100}\nC: .\nS: 250 ...\n{BEGIN}\nC: {'x' * 101}\nC: .\nS: 554 ..."
    )


def test_data_takes_no_argument_and_no_binarymime(mx: Dialogues) -> None:
    mx.dialogue("""
        C: MAIL FROM:<> BODY=BINARYMIME
        S: 250 ...
        C: RCPT TO:<ada@example.org>
        S: 250 ...
        C: DATA now
        S: 501 5.5.4 ...
        C: DATA
        S: 503 5.5.1 ...
    """)
