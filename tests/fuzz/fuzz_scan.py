"""The scanner against any octets."""

from mailsuite.message.parts import Kind, section
from tests.message.checks import checked

PATHS = ((), (1,), (2,), (1, 1), (1, 2), (2, 1), (1, 1, 1), (0,))


def one_input(octets: bytes) -> None:
    """No octets crash the scanner; its IMAP data parses, and parts nest and tile."""
    for message in (octets, octets.replace(b"\n", b"\r\n")):
        parts = checked(message).parts
        whole = section(message, parts, ())
        assert whole == message
        for path in PATHS:
            for kind in Kind:
                section(message, parts, path, kind)
