"""What comes as BINARYMIME is stored as lines."""

import binascii

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailsuite.errors import BadMessage
from mailsuite.message.parts import Kind, section
from mailsuite.message.scan import scan
from tests.intake.conftest import House

HEAD = b"From: s@x\r\nContent-Transfer-Encoding: binary\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"


def binary(house: House, octets: bytes) -> bytes:
    """What is stored of a message that came by BDAT."""
    envelope = evolve(house.envelope("me@example.test"), body="BINARYMIME")
    house.accept(house.source(), envelope, octets)
    return house.stored()[-1][1].partition(b" +0000\r\n")[2]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300).filter(lambda octets: b"--b" not in octets))
def test_a_binary_part_comes_back_from_base64(house: House, body: bytes) -> None:
    stored = binary(
        house,
        HEAD + b"--b\r\nX: y\r\nContent-Transfer-Encoding: BINARY\r\n\r\n" + body
        + b"\r\n--b\r\n\r\ntext\r\n--b--\r\n",
    )  # fmt: skip
    assert stored.count(b"\n") == stored.count(b"\r") == stored.count(b"\r\n")
    parts = scan(stored).parts
    encoded = section(stored, parts, [1])
    assert encoded is not None
    assert binascii.a2b_base64(encoded) == body
    mime = section(stored, parts, [1], Kind.MIME)
    assert mime == b"Content-Transfer-Encoding: base64\r\nX: y\r\n\r\n"
    assert section(stored, parts, [2]) == b"text"
    assert stored.startswith(b"Content-Transfer-Encoding: 8bit\r\nFrom: s@x\r\n")


def test_a_message_that_is_one_binary_part(house: House) -> None:
    stored = binary(house, b"Content-Transfer-Encoding: binary\r\n\r\n\0\n\r")
    assert stored == b"Content-Transfer-Encoding: base64\r\n\r\nAAoN\r\n"


def test_what_does_not_say_that_it_is_binary_is_made_of_lines(house: House) -> None:
    for octets in (b"A: b\r\n\r\nx\ny", HEAD + b"\n--b\r\n\r\nx\r\n--b--\r\n"):
        with pytest.raises(BadMessage):
            binary(house, octets)
    plain = b"A: b\r\n\r\nx\r\n"
    assert binary(house, plain) == plain
