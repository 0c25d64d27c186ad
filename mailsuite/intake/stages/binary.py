"""Binary parts become base64: what is stored is made of lines (RFC 3030 §3, RFC 2045 §6.2)."""

from mailsuite.intake.letter import Letter
from mailsuite.message.transfer import encode_parts, is_binary


def encode_binary(letter: Letter) -> None:
    """Encode each part that says it is binary, in a message that came as BINARYMIME.

    IMAP4rev1 cannot send NUL, POP3 cannot send lines without CRLF, and hardly a host takes
    BINARYMIME from us: so it is done once, here. Whatever else in it is not made of lines is
    refused by the next stage, as in any message.
    """
    if letter.envelope.body != "BINARYMIME":
        return
    encoded = encode_parts(letter.octets[:], is_binary)
    if encoded is not None:
        letter.replace(encoded)
