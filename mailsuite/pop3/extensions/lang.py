"""LANG: the language of what people read (RFC 6856 §3); texts are in `mailsuite.wire.languages`."""

from mailsuite.pop3.ports import Session
from mailsuite.pop3.registry import Refusal, State, capability, command, ok, optional_text
from mailsuite.wire.languages import LANGUAGES, chosen


@command(b"LANG", optional_text, states=State.ANY)
async def lang(session: Session, wanted: str) -> bytes:
    """Speak the language that a range means, or list those that there are (RFC 6856 §3.2)."""
    if not wanted:
        lines = (f"{one.tag} {one.name}\r\n".encode() for one in LANGUAGES.values())
        return b"%b%b.\r\n" % (ok("Languages"), b"".join(lines))
    found = chosen([wanted])
    if found is None:
        raise Refusal("Unsupported language")
    session.language = found
    said = found.words("From now on in English")
    return b"+OK %b %b\r\n" % (found.tag.encode("ascii"), said)


@capability(b"LANG")
def offered(_: Session) -> bytes:
    """LANG is there (RFC 6856 §3.1)."""
    return b""
