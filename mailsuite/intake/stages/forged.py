"""What only this host may say of a message, taken out where others said it (threat D9)."""

from mailsuite.intake.envelope import Kind
from mailsuite.intake.letter import Letter
from mailsuite.message.authentication_results import FIELD, authserv_id
from mailsuite.message.header import BREAK, unfold

FROM_HOSTS = frozenset({Kind.MX, Kind.LOCAL})
OURS = (b"x-spam-",)  # beginnings of the names that the suite writes


def remove_forged(letter: Letter) -> None:
    """Remove Authentication-Results with our name, and our X- fields (RFC 8601 §5).

    A trusted relay of our own (`[inbound] trusted`, a local socket) may have written them. In
    names case and spaces before the colon do not matter, and our name counts in any label form. A
    field that names nobody is taken for ours: some reader will.
    """
    source, marks = letter.source, letter.house.marks
    if source.kind not in FROM_HOSTS:
        return
    if not letter.mentions(FIELD) and not any(letter.mentions(name) for name in OURS):
        return
    if source.peer.local or source.peer.within(marks.trusted):
        return
    ours = {marks.authserv_id.lower() or letter.house.hostname.lower(), ""}
    kept = [field for field in BREAK.split(letter.header) if not _is_forged(field, ours)]
    letter.header = b"\r\n".join(kept)


def _is_forged(field: bytes, ours: set[str]) -> bool:
    name, colon, value = field.partition(b":")
    name = name.rstrip(b" \t\r\n").lower()
    if not colon:
        return False
    if name == FIELD:
        return authserv_id(unfold(value)) in ours
    return name.startswith(OURS)
