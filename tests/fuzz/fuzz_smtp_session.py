"""A whole SMTP session under any octets: it answers, keeps its bounds, and never breaks."""

from tests.smtp.conftest import House


def one_input(octets: bytes) -> None:
    """Whatever a client sends is answered with whole lines that hold only ASCII."""
    house = House(message_octets=1000, smtp_line_octets=256, smtp_text_line_octets=256)
    client = house.mx().client()
    client.send(b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<ada@example.org>\r\n" + octets)
    said = client.wire.take()
    assert said.endswith(b"\r\n")
    assert said.isascii()
    assert b"451 4.3.0" not in said  # the answer to a bug of ours
    for line in said[:-2].split(b"\r\n"):
        assert line[:3].isdigit()
        assert line[3:4] in b" -"
    for body in house.bodies:
        rest = body.replace(b"\r\n", b"")
        assert b"BINARYMIME" in octets.upper() or (b"\r" not in rest and b"\n" not in rest)
    client.gone()
    assert all(spool.discarded for spool in house.box.spools)
