"""Octets that no message may hold (RFC 5322 §2.1, §3.5; RFC 5321 §2.3.8)."""

from mailsuite.errors import BadMessage
from mailsuite.intake.letter import Letter


def check_octets(letter: Letter) -> None:
    """Refuse a bare CR or LF, and NUL; note whether there are 8-bit octets.

    A lone CR or LF that one host takes for a line's end and another does not hides one message in
    another (threat W1). NUL can stand in no IMAP literal (RFC 3501 §9, CHAR8), ends a text in too
    many programs, and is allowed in no body (RFC 5322 §3.5).

    Raises:
        BadMessage: there is one.
    """
    for piece in letter.pieces():
        # Counting is the cheapest test that there is: a regex costs forty times as much.
        ends = piece.count(b"\r\n")
        if piece.count(b"\r") != ends or piece.count(b"\n") != ends or b"\0" in piece:
            raise BadMessage
        letter.eightbit = letter.eightbit or not piece.isascii()
