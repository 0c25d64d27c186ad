import pytest

from tests.dialogue import Dialogues
from tests.smtp.conftest import House


def test_what_the_sender_asked_for_is_noted(mx: Dialogues, house: House) -> None:
    mx.dialogue("""
        C: MAIL FROM:<x@y.example> RET=hdrs ENVID=QQ+2B314
        S: 250 ...
        C: RCPT TO:<ada@example.org> NOTIFY=success,DELAY ORCPT=rfc822;Ada+2Bx@example.org
        S: 250 ...
        C: RCPT TO:<bo@example.org> NOTIFY=NEVER ORCPT=utf-8;bö@example.org
        S: 250 ...
        C: DATA
        S: 354 ...
        C: .
        S: 250 ...
    """)
    envelope = house.box.stored[0].envelope
    assert (envelope.ret, envelope.envid) == ("HDRS", "QQ+314")
    ada, bo = envelope.recipients
    assert (ada.notify, ada.orcpt) == (frozenset({"SUCCESS", "DELAY"}), "rfc822;Ada+x@example.org")
    assert (bo.notify, bo.orcpt) == (frozenset({"NEVER"}), "utf-8;bö@example.org")


@pytest.mark.threat("S11")
@pytest.mark.parametrize("parameter", ["RET=ALL", "ENVID=a+0D+0Ab", "ENVID=" + "x" * 101, "RET"])
def test_broken_parameters_of_mail(mx: Dialogues, parameter: str) -> None:
    mx.dialogue(f"C: MAIL FROM:<> {parameter}\nS: 501 5.5.4 ...")


@pytest.mark.threat("S11")
@pytest.mark.parametrize(
    "parameter",
    [
        "NOTIFY=NEVER,DELAY", "NOTIFY=DELAY,DELAY", "NOTIFY=", "NOTIFY=x", "ORCPT=ada@example.org",
        "ORCPT=rfc822;a+0D+0ABcc:x", "ORCPT=rfc822;" + "x" * 500, "ORCPT=r f;x", "ORCPT=\u00fc;x",
    ],
)  # fmt: skip
def test_broken_parameters_of_rcpt(mx: Dialogues, parameter: str) -> None:
    mx.dialogue(
        f"C: MAIL FROM:<>\nS: 250 ...\nC: RCPT TO:<ada@example.org> {parameter}\nS: 501 ..."
    )
