"""What a submission server adds, removes and asks (RFC 6409 §6.1, §8)."""

from mailsuite.errors import NotYourAddress
from mailsuite.intake.envelope import Kind
from mailsuite.intake.letter import Letter
from mailsuite.message.address_lists import owned_addresses
from mailsuite.message.addresses import Address, BadAddress
from mailsuite.message.compose import addresses, message_id, structured
from mailsuite.message.dates import format_date
from mailsuite.message.header import fields, omit_fields, unfold

HIDDEN = (b"bcc", b"resent-bcc")  # RFC 5322 §3.6.3: nobody else may read them
AUTHORS = frozenset({b"from", b"sender"})
CLAIMS = 100  # addresses that one message may be from


def complete_submission(letter: Letter) -> None:
    """Remove Bcc, add what is missing, and list whom the message says it is from.

    Every address in every From and Sender counts, not only the first (threat S2); whether the
    account may send as them is asked afterwards.

    Raises:
        NotYourAddress: From or Sender cannot be read in one way only, or holds no address.
    """
    if letter.source.kind is not Kind.SUBMISSION:
        return
    found = [(name, value) for name, value in fields(letter.header) if value]
    names = {name for name, _ in found}
    claimed: dict[Address, None] = {}
    for name, value in found:
        if name in AUTHORS:
            claimed.update(dict.fromkeys(_authors(unfold(value))))
    if len(claimed) > CLAIMS:
        raise NotYourAddress("too many authors")
    letter.claimed += claimed
    if not names.isdisjoint(HIDDEN):
        letter.header = omit_fields(letter.header, HIDDEN)
    letter.header = b"".join(_missing(letter, names)) + letter.header


def _authors(value: bytes) -> list[Address]:
    try:
        found = owned_addresses(value)
    except BadAddress as error:
        raise NotYourAddress(str(error)) from error
    if not found:
        raise NotYourAddress("no address in it")
    return found


def _missing(letter: Letter, names: set[bytes]) -> list[bytes]:
    made = []
    if b"date" not in names:
        made.append(structured("Date", [format_date(letter.now)]))
    if b"from" not in names and letter.envelope.reverse_path is not None:
        made.append(addresses("From", [("", letter.envelope.reverse_path)]))
    if b"message-id" not in names:
        identity = message_id(letter.house.hostname, letter.now, letter.random)
        made.append(structured("Message-ID", [identity]))
    return made
