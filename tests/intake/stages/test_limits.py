"""Headers that cost too much."""

import pytest

from mailsuite.errors import BadMessage
from mailsuite.intake.stages.limits import check_header
from tests.intake.stages.test_octets import letter, mapped


@pytest.mark.threat("S14")
@pytest.mark.threat("S15")
@pytest.mark.parametrize(
    "header",
    [
        b"A: " + b"x" * (20 * 1024 * 1024),
        b"A: " + b"x" * (256 * 1024),
        b"A: b\r\n" * 200_000,
        b"A: b\r\n" * 10_001,
        b"A: b\r\n" + b" c\r\n" * 70_000,
        b"A: " + b"x" * 100_000 + b"\r\nB: " + b"y" * 1_000_000,
    ],
)
def test_refused_not_cut(header: bytes) -> None:
    with pytest.raises(BadMessage):
        check_header(letter(header + b"\r\n\r\nbody"))
    with mapped(header + b"\r\n\r\nbody") as file, pytest.raises(BadMessage):
        check_header(letter(file))


def test_a_large_body_is_no_header() -> None:
    found = letter(b"A: b\r\n\r\n" + b"x\r\n" * 1_000_000)
    check_header(found)
    assert found.header == b"A: b\r\n\r\n"
