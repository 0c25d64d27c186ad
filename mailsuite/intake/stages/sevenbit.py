"""What a transport would change is changed before a message is signed (RFC 6376 §5.3)."""

from mailsuite.intake.letter import Letter
from mailsuite.message.sevenbit import LINE_OCTETS, CannotConvert, has_long_line, seven_bit


def convert_eightbit(letter: Letter) -> None:
    """Encode 8-bit parts and parts with overlong lines, fold overlong fields.

    A host without 8BITMIME needs the one, and every host the other: afterwards is too late. What
    cannot be converted is signed as it is; the relay converts by the same rules, so it cannot
    convert that either.
    """
    if letter.signing is None or not letter.signing.is_sure:
        return
    if not letter.eightbit and not _has_long_line(letter):
        return
    try:
        converted = seven_bit(letter.octets[:])
    except CannotConvert:
        pass
    else:
        letter.replace(converted)
        letter.eightbit = False
    if has_long_line(letter.header):
        letter.header = _folded(letter.header)


def _has_long_line(letter: Letter) -> bool:
    rest = b""
    for piece in letter.pieces():
        lines = rest + piece
        if has_long_line(lines):
            return True
        rest = lines[lines.rfind(b"\r\n") + 2 :] if b"\r\n" in lines else lines
    return False


def _folded(header: bytes) -> bytes:
    """Lines cut where white space is: that changes nothing (RFC 5322 §2.2.3)."""
    made = []
    for line in header.split(b"\r\n"):
        rest = line
        while len(rest) > LINE_OCTETS:
            cut = max(rest.rfind(b" ", 1, LINE_OCTETS), rest.rfind(b"\t", 1, LINE_OCTETS))
            if cut < 0 or not rest[:cut].strip():
                break
            made.append(rest[:cut])
            rest = rest[cut:]
        made.append(rest)
    return b"\r\n".join(made)
