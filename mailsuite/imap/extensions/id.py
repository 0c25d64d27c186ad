"""ID (RFC 2971): logged, and nothing is ever decided by it."""

from mailsuite.imap.registry import Bad, Cursor, Done, Session, State, command, parsed_by

LARGEST_PAIRS = 30
LARGEST_FIELD = 30
LARGEST_VALUE = 1024
SHOWN = ("name", "version", "os", "os-version")
LOGGED = ("name", "version", "os", "os-version", "vendor")


def _fields(cursor: Cursor) -> dict[str, str]:
    if not cursor.sees(b"("):
        if cursor.word() != b"NIL":
            raise Bad("Expected a list or NIL")
        return {}
    cursor.enter()
    fields: dict[str, str] = {}
    while not cursor.leave():
        if fields:
            cursor.space()
        name = cursor.string()
        cursor.space()
        value = cursor.nstring() or b""
        # Limits of RFC 2971 §3.3.
        too_long = len(name) > LARGEST_FIELD or len(value) > LARGEST_VALUE
        if too_long or len(fields) >= LARGEST_PAIRS:
            raise Bad("Too much (RFC 2971, section 3.3)")
        fields[name.decode("utf-8", "replace").lower()] = value.decode("utf-8", "replace")
    return fields


@command(b"ID", parsed_by(_fields), states=State.ANY, capability=b"ID")
async def tell_id(session: Session, fields: dict[str, str]) -> Done:
    """Log who the client says it is, and say who we are (RFC 2971 §3.1)."""
    # Shown to the operator beside the session (`mailsuite session list`).
    session.client = " ".join(fields[name] for name in SHOWN if fields.get(name))
    session.note("client", **{n.replace("-", "_"): fields[n] for n in LOGGED if n in fields})
    session.untagged(b'ID ("name" "mailsuite")')
    return Done()
