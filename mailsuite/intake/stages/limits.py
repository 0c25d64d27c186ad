"""Headers that are there to cost time or memory (threats S14, S15)."""

from mailsuite.errors import BadMessage
from mailsuite.intake.letter import Letter
from mailsuite.message.header import check_limits


def check_header(letter: Letter) -> None:
    """Refuse, never cut, a header over the limits of octets, octets a field and lines.

    Raises:
        BadMessage: it is over one of them.
    """
    limits = letter.house.limits
    # A letter looks no further than this for the end of its header.
    if letter.body_at > limits.header_octets:
        raise BadMessage
    check_limits(
        letter.header,
        octets=limits.header_octets,
        field_octets=limits.header_field_octets,
        lines=limits.header_lines,
    )
