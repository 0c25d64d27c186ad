"""8-bit parts become base64 before a message is signed (RFC 6376 §5.3)."""

from mailsuite.intake.letter import Letter
from mailsuite.message.sevenbit import CannotConvert, seven_bit


def convert_eightbit(letter: Letter) -> None:
    """Encode what a host without 8BITMIME would need encoded: afterwards is too late.

    What cannot be converted is signed as it is; the relay converts by the same rules, so it cannot
    convert that either, and a signature of ours is never broken by us.
    """
    if letter.signing is None or not letter.signing.is_sure or not letter.eightbit:
        return
    try:
        converted = seven_bit(letter.octets[:])
    except CannotConvert:
        return
    letter.replace(converted)
    letter.eightbit = False
