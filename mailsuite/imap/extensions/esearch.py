"""ESEARCH (RFC 4731): SEARCH RETURN, all that the suite knows of it."""

from collections.abc import Callable

from mailsuite.imap.commands.search import RETURNS, Found, Tells
from mailsuite.imap.registry import ATOM, Bad, Cursor, State, advertise, list_of
from mailsuite.imap.writing import astring, uid_set

OPTIONS: dict[bytes, Callable[[list[int]], bytes | None]] = {
    b"MIN": lambda told: b"%d" % told[0] if told else None,
    b"MAX": lambda told: b"%d" % told[-1] if told else None,
    b"ALL": lambda told: uid_set(told) if told else None,
    b"COUNT": lambda told: b"%d" % len(told),
}


def read_return(cursor: Cursor) -> Tells:
    """Read the options after RETURN; none means ALL (RFC 4731 §3.1).

    Raises:
        Bad: an option that we do not know.
    """
    names = [name.upper() for name in list_of(ATOM, empty=True).parse(cursor)] or [b"ALL"]
    if not all(name in OPTIONS for name in names):
        raise Bad("Unknown RETURN option")
    wanted = list(dict.fromkeys(names))

    def tells(found: Found) -> bytes:
        told = list(found.told)
        line = b"ESEARCH (TAG %b)" % _quoted(found.session.tag)
        if found.session.by_uid:
            line += b" UID"
        for name in wanted:
            value = OPTIONS[name](told)
            if value is not None:
                line += b" %b %b" % (name, value)
        if found.modseq is not None and told:
            line += b" MODSEQ %d" % _modseq(found, wanted)
        return line

    return tells


def _modseq(found: Found, wanted: list[bytes]) -> int:
    """With MIN or MAX alone it is that of those messages (RFC 4731 §3.2)."""
    if not {b"ALL", b"COUNT"} & set(wanted):
        ends = {b"MIN": found.uids[0], b"MAX": found.uids[-1]}
        return max(found.view.mailbox.modseq_of(ends[name]) or 0 for name in wanted)
    return found.modseq or 0


def _quoted(tag: bytes) -> bytes:
    text = astring(tag)
    return text if text.startswith(b'"') else b'"%b"' % text


RETURNS.append(read_return)
advertise(b"ESEARCH", states=State.AUTHENTICATED)
