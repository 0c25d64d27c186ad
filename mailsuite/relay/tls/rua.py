"""Where a domain wants its TLS reports: the `_smtp._tls` record (RFC 8460 §3)."""

import re
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

MOST = 10  # addresses of one record
_EXTENSION = re.compile(rb"[A-Za-z0-9][A-Za-z0-9_.\-]{0,31}=[!-:<>-~]+")
_URI = re.compile(r"(?:[#$&-+\-./0-9:=?@A-Z\[\]_a-z~]|%[0-9A-Fa-f]{2})+")


def find_rua(records: Iterable[object]) -> tuple[str, ...]:
    """The URIs (mailto, https) of a domain's TXT records; (): it wants no reports."""
    split = [_fields(record) for record in records if isinstance(record, bytes)]
    found = [fields for fields in split if fields[0] == b"v=TLSRPTv1"]
    if len(found) != 1:
        return ()
    _, *fields = found[0]
    if fields and fields[-1] == b"":
        fields.pop()
    uris: tuple[str, ...] = ()
    for each in fields:
        name, _, value = each.partition(b"=")
        if name == b"rua":
            read = _uris(value)
            if not read:
                return ()
            uris = uris or read
        elif not _EXTENSION.fullmatch(each):
            return ()
    return uris[:MOST]


def _fields(record: bytes) -> list[bytes]:
    # It begins with its version, and no white space before that.
    first, *rest = record.split(b";")
    return [first.rstrip(b" \t"), *(field.strip(b" \t") for field in rest)]


def _uris(value: bytes) -> tuple[str, ...]:
    """Every URI of the list; (): one of them is none."""
    uris = [uri.strip(" \t") for uri in value.decode("latin-1").split(",")]
    return tuple(uris) if all(_is_uri(uri) for uri in uris) else ()


def _is_uri(uri: str) -> bool:
    if not _URI.fullmatch(uri):
        return False
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    return bool(parts.scheme) and bool(parts.path or parts.netloc)


def mail_address(uri: str) -> str | None:
    """The address of a mailto URI, its first where there are several (RFC 6068 §2)."""
    scheme, _, rest = uri.partition(":")
    if scheme.lower() != "mailto":
        return None
    return unquote(rest.partition("?")[0].partition(",")[0], errors="replace")
