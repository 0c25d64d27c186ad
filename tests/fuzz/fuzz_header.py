"""Fields, encoded words, dates and parameters against any octets."""

from mailsuite.message.content import content_type, disposition, tokens
from mailsuite.message.dates import format_date, parse_date
from mailsuite.message.header import fields, omit_fields, select_fields, split_message, unfold
from mailsuite.message.imap_text import nstring
from mailsuite.message.words import decode_words
from tests.message.responses import read


def one_input(octets: bytes) -> None:
    """Nothing raises, nothing is lost, and every value can be sent as an IMAP string."""
    header, body = split_message(octets)
    assert header + body == octets
    names = {name for name, _ in fields(header)}
    assert select_fields(header, names).endswith(b"\r\n")
    omit_fields(header, names)
    for value in (octets, *(unfold(value) for _, value in fields(header))):
        decode_words(value).encode("utf-8")
        content_type(value)
        disposition(value)
        tokens(value)
        moment = parse_date(value)
        if moment is not None:
            assert parse_date(format_date(*moment).encode()) == moment
        read(nstring(value))
