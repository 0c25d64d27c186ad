"""What a person types, as values; or one sentence about what is wrong with it."""

from mailsuite.errors import MailError
from mailsuite.message.addresses import Address, BadAddress, parse_domain

LONGEST_NOTE = 200


class Refused(MailError):  # noqa: N818 - named for what happened, as in `errors`
    """What was asked for cannot be; the words say why."""


def typed_domain(text: str) -> str:
    """A domain in its canonical form. Raises `Refused`."""
    try:
        return parse_domain(text)
    except BadAddress as error:
        raise Refused(f'"{text}" is no domain: {error}') from None


def typed_address(text: str) -> Address:
    """An address in its canonical form. Raises `Refused`."""
    try:
        return Address.parse(text).canonical
    except BadAddress as error:
        raise Refused(f'"{text}" is no address: {error}') from None


def typed_note(text: str) -> str:
    """A note for people. Raises `Refused`."""
    note = text.strip()
    if len(note) > LONGEST_NOTE or not note.isprintable():
        raise Refused(f"A note has at most {LONGEST_NOTE} printable characters")
    return note
