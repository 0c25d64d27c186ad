"""BINARYMIME (RFC 3030 §3): by BDAT, a message need not be made of lines."""

from mailsuite.smtp.ports import Session
from mailsuite.smtp.registry import BODIES, keyword

BODIES.add("BINARYMIME")


@keyword(b"BINARYMIME")
def binary_mime(_: Session) -> bytes:
    """Say so; DATA refuses such a message (RFC 3030 §3)."""
    return b""
