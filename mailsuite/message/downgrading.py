"""Header fields in UTF-8 for programs that know ASCII alone (RFC 6857 §3).

Only what has UTF-8 in it is touched. A field whose octets are no UTF-8 was never one of RFC 6532:
it stays as old programs wrote it, and as old programs guess at it. What cannot be said in ASCII at
all is left out (RFC 6858 §2.4), and no address comes out that could be somebody else's.
"""

from collections.abc import Callable, Iterator, Sequence

from mailsuite.message.address_lists import Entry, parse_list, tokens
from mailsuite.message.addresses import Address, BadAddress, parse_domain
from mailsuite.message.compose import BadField, parameter_tokens, structured, unstructured
from mailsuite.message.content import parameters, token
from mailsuite.message.header import raw_fields, unfold
from mailsuite.message.words import encode_words

ADDRESSES = frozenset(
    b"from sender to cc bcc reply-to resent-from resent-sender resent-to resent-cc resent-bcc "
    b"resent-reply-to return-path disposition-notification-to".split()
)
COMMENTED = frozenset(
    b"date resent-date mime-version content-id content-transfer-encoding content-language "
    b"accept-language auto-submitted".split()
)
ENCAPSULATED = frozenset(
    b"message-id resent-message-id in-reply-to references original-recipient "
    b"final-recipient".split()
)
MIME = frozenset((b"content-type", b"content-disposition"))
CLAUSES = frozenset(("for", "id"))  # of Received: left out where ASCII cannot say them
QUOTED_NAME = 60  # characters of a display name that stays in quotes
NO_ATOM = frozenset('()<>[]:;@\\,."')

Tokens = Iterator[str]


def downgrade_header(header: bytes) -> bytes:
    """A header, with the blank line that it had, in ASCII wherever it was UTF-8."""
    if header.isascii():
        return header
    end = b"\r\n" if header.endswith(b"\r\n\r\n") or header == b"\r\n" else b""
    made = [downgrade_field(field.removesuffix(b"\r\n")) for field in raw_fields(header)]
    return b"".join(made) + end


def downgrade_field(field: bytes) -> bytes:
    """One field (RFC 6857 §3.2), with its CRLF; nothing where it has to be left out."""
    if field.isascii():
        return field + b"\r\n"
    name, colon, value = field.partition(b":")
    try:
        text = unfold(value).decode("utf-8")
    except UnicodeDecodeError:
        return field + b"\r\n"
    name = name.rstrip(b" \t")
    if not colon or not name.isascii():
        return b""
    try:
        return _method(name.lower())(name.decode("ascii"), text)
    except BadField:
        return b""


def _method(name: bytes) -> Callable[[str, str], bytes]:
    if name in ADDRESSES:
        return _addresses
    if name in COMMENTED:
        return _commented
    if name in ENCAPSULATED:
        return _identified
    if name in MIME:
        return _mime
    if name == b"received":
        return _received
    return _keywords if name == b"keywords" else unstructured


# Addresses (RFC 6857 §3.2.1).


def _addresses(name: str, text: str) -> bytes:
    items = list(_items(parse_list(text.encode())))
    return structured(name, _listed(items) or _encoded(text))


def _items(entries: Sequence[Entry]) -> Iterator[list[str]]:
    """Each address, and each group, as tokens."""
    group: list[Entry] | None = None
    name = ""
    for entry in entries:
        if entry.host is None:  # a group begins, or ends (`Entry`)
            if entry.mailbox is not None:
                group, name = [], _text(entry.mailbox)
            elif group is not None:
                yield _group(name, group)
                group = None
        elif group is not None:
            group.append(entry)
        else:
            yield _mailbox(entry) or [*_phrase(_text(entry.name)), *_encoded(_spec(entry))]


def _group(name: str, members: Sequence[Entry]) -> list[str]:
    """A group (RFC 6857 §3.1.7): its members as words, where one cannot be an address."""
    known = [_mailbox(member) for member in members]
    begun = _phrase(name) or ['""']
    if all(known):
        return [*begun[:-1], f"{begun[-1]}:", *_listed([one for one in known if one]), ";"]
    return [*begun, *_encoded(", ".join(map(_spec, members)))]


def _mailbox(entry: Entry) -> list[str] | None:
    """An address in ASCII, with its name; None where its local part has none (§3.1.8)."""
    try:
        at = Address.parse(str(Address(_text(entry.mailbox), _text(entry.host))))
    except BadAddress:
        return None
    if not at.is_ascii:
        return None
    domain = at.domain if at.domain.isascii() else at.canonical.domain
    spec = str(Address(at.localpart, domain))
    return [*_phrase(_text(entry.name)), f"<{spec}>"] if entry.name else [spec]


def _spec(entry: Entry) -> str:
    at = "@" if entry.host else ""
    return f"{_text(entry.mailbox)}{at}{_text(entry.host)}"


def _encoded(text: str) -> list[str]:
    """What is no address for anybody: words that tell it, and an empty group (§3.1.8)."""
    return [*encode_words(text), ":;"]


def _phrase(name: str) -> list[str]:
    if not name:
        return []
    if name.isascii() and name.isprintable() and len(name) <= QUOTED_NAME and "=?" not in name:
        if NO_ATOM.isdisjoint(name) and "  " not in name:
            return name.split(" ")
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return [f'"{quoted}"']
    return encode_words(name)


def _listed(items: Sequence[list[str]]) -> list[str]:
    """The items with commas between them."""
    made: list[str] = []
    for item in items:
        if made:
            made[-1] += ","
        made += item
    return made


def _text(octets: bytes | None) -> str:
    return (octets or b"").decode("utf-8", "replace")


# Comments, and what has nothing else (RFC 6857 §3.1.3, §3.2.2, §3.2.3).


def _commented(name: str, text: str) -> bytes:
    words = list(_words(text))
    if not all(word.isascii() for word in words):
        raise BadField(f"{name}: nothing in ASCII means the same")
    return structured(name, words)


def _identified(name: str, text: str) -> bytes:
    """Identities: wrapped where they are not ASCII (RFC 6857 §3.1.10)."""
    words = list(_words(text))
    if all(word.isascii() for word in words):
        return structured(name, words)
    return unstructured(f"Downgraded-{name}", text)


def _words(text: str) -> Tokens:
    """What stands between white space outside of comments and quotes; comments in ASCII."""
    word = ""
    for octets in tokens(text.encode()):
        piece = octets.decode()
        if piece.isspace():
            if word:
                yield word
            word = ""
        elif piece[0] == "(" and not piece.isascii():
            if word:
                yield word
            word = ""
            told = encode_words(piece[1:].removesuffix(")").strip())
            told[0] = f"({told[0]}"
            told[-1] += ")"
            yield from told
        else:
            word += piece
    if word:
        yield word


# MIME (RFC 6857 §3.1.4, §3.2.5).


def _mime(name: str, text: str) -> bytes:
    kind, _, _ = text.partition(";")
    if token(kind.encode()) is None or not kind.isascii():
        raise BadField(f"{name}: no value in ASCII")
    items = [kind.strip()]
    for key, octets in parameters(text.encode()):
        items += _parameter(_text(key), _text(octets))
    return structured(name, [f"{item};" for item in items[:-1]] + items[-1:])


def _parameter(key: str, text: str) -> list[str]:
    if not key.isascii():
        return []
    if not text.isascii():
        return [] if key.endswith("*") else parameter_tokens(key, text)
    if key.endswith("*"):
        return [f"{key}={text}"]
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return [f'{key}="{quoted}"']


# The rest.


def _received(name: str, text: str) -> bytes:
    """Domains in A-labels; FOR and ID go where they cannot be said (RFC 6857 §3.2.4)."""
    made: list[str] = []
    for word in _words(text):
        if word.isascii():
            made.append(word)
            continue
        end = ";" if word.endswith(";") else ""
        try:
            made.append(parse_domain(word.removesuffix(";")) + end)
        except BadAddress:
            if not made or made[-1].lower() not in CLAUSES:
                raise BadField(f"{name}: a clause that ASCII cannot say") from None
            made.pop()
            if made:
                made[-1] += end
    return structured(name, made)


def _keywords(name: str, text: str) -> bytes:
    """Phrases with commas between them (RFC 6857 §3.2.7)."""
    return structured(name, _listed([_phrase(each.strip()) for each in text.split(",")]))
